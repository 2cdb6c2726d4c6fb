//! The access map of an API says which client can obtain the scopes of which endpoint.

use auth_core::access_map::{AccessModel, ClientModel};
use auth_core::routing::{get, post};
use auth_core::{AccessMap, Router, Scopes, public, requires};
use auth_server::{Client, DynamicRegistration, Resource};

use super::support::{API, CALLBACK, World};

const SHOP: &str = "https://shop.example.com";

#[derive(Clone, Copy, Scopes)]
enum ShopScope {
    /// See the orders.
    Read,
    /// Change the orders.
    #[scope(includes(Read))]
    Write,
    /// Forget the orders.
    Purge,
    /// Nothing asks for it.
    Unused,
}

#[requires(scope = ShopScope::Read)]
async fn list() {}
#[requires(scope = ShopScope::Write)]
async fn create() {}
#[requires(scope = ShopScope::Purge)]
async fn purge() {}
#[requires(authenticated)]
async fn me() {}
#[requires(any(scope = ShopScope::Purge, scope = ShopScope::Read))]
async fn either() {}
#[public(reason = "for all")]
async fn health() {}

/// A shop with clients of its own, beside those that have nothing to do with it.
async fn world() -> World {
    World::with(|it| {
        it.resource(Resource::new(SHOP).scopes::<ShopScope>())
            .client(
                Client::public("reader").redirect_uri(CALLBACK).scopes(["read"]).resources([SHOP]),
            )
            .client(
                Client::public("writer").redirect_uri(CALLBACK).scopes(["write"]).resources([SHOP]),
            )
            .dynamic_registration(DynamicRegistration::open().max_scopes(["read"]))
    })
    .await
}

fn map(world: &World) -> AccessMap {
    let app: Router = Router::new()
        .route("/orders", get(list).post(create).delete(purge))
        .route("/me", get(me))
        .route("/either", post(either))
        .route("/health", get(health));
    let clients = world.server.clients_of(SHOP).unwrap();
    app.access_map().with_vocabulary::<(ShopScope,)>().with_clients(clients)
}

fn clients<'a>(model: &'a AccessModel, endpoint: &str) -> Option<Vec<&'a str>> {
    let found = model.endpoints.iter().find(|it| it.to_string() == endpoint).unwrap();
    found.clients.as_ref().map(|it| it.iter().map(String::as_str).collect())
}

#[tokio::test]
async fn the_map_says_which_client_can_obtain_the_scopes_of_which_endpoint() {
    let world = world().await;
    let map = map(&world);
    let model = map.model();
    let registered = "any client that registers itself";
    // `native` may have `read` of any resource.
    assert_eq!(
        clients(model, "GET /orders").unwrap(),
        ["native", "reader", "writer", registered],
        "`write` includes `read`"
    );
    assert_eq!(clients(model, "POST /orders").unwrap(), ["writer"]);
    assert_eq!(clients(model, "DELETE /orders").unwrap(), [""; 0]);
    assert_eq!(clients(model, "POST /either"), clients(model, "GET /orders"));
    assert_eq!(clients(model, "GET /me"), None, "no scope is asked for");
    assert_eq!(clients(model, "GET /health"), None);
    assert_eq!(model.findings.scopes_without_client, ["purge"]);
    // The map does not list clients of other resources.
    assert!(!model.clients.iter().any(|it| it.id == "spa" || it.id == "worker"));
    let other = world.server.clients_of(API).unwrap();
    assert!(other.contains(&ClientModel::new("worker", ["read", "write"])), "{other:?}");
    assert!(world.server.clients_of("https://other.example.com").is_err());
}

#[tokio::test]
async fn clients_are_in_the_json_the_markdown_and_the_page() {
    let map = map(&world().await);
    let json = map.to_json();
    assert_eq!(&AccessModel::from_json(&json).unwrap(), map.model());
    assert!(json.contains(r#""scopes_without_client""#));
    let markdown = map.to_markdown();
    for line in [
        "| `writer` | `write` |",
        "- Clients that can obtain the scopes: `writer`",
        "- No client can obtain the scopes",
        "- Scopes that no client can be given: `purge`",
    ] {
        assert!(markdown.contains(line), "{line} is not in\n{markdown}");
    }
    let page = map.to_html();
    assert!(page.contains("Scopes that no client can be given:"));
    assert!(page.contains(r#""clients":"#));
    // A map that knows no clients is as before.
    let app: Router = Router::new().route("/orders", get(list));
    let without = app.access_map();
    assert!(!without.to_json().contains("client"));
    assert!(!without.to_markdown().contains("lients"));
}
