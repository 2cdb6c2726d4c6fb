use auth_core::{Router, routes};

#[utoipa::path(get, path = "/health", responses((status = 200)))]
async fn open() {}

fn main() {
    let _: Router<()> = Router::new().routes(routes!(open));
}
