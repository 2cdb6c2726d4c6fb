use auth_core::{Router, public, routes};

#[utoipa::path(get, path = "/health", responses((status = 200)))]
#[public]
async fn open() {}

#[test]
fn it_holds() {
    let _: Router<()> = Router::new().routes(routes!(open));
}
