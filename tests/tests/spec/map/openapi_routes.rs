//! `routes!(..)`: handlers under the method and path that `#[utoipa::path(..)]` names, each with
//! its policy, its endpoint in the map and its operation in the document.

use auth_core::{Router, public, requirement, requires, routes};
use auth_tests::http::{Permission, Role, Scope, authenticator, issuer};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::Request;
use serde_json::json;
use tower::ServiceExt as _;
use utoipa::{OpenApi, ToSchema};

#[derive(serde::Serialize, ToSchema)]
struct Order {
    id: u64,
}

/// Says that it is up.
#[utoipa::path(get, path = "/health", responses((status = 200, body = str)))]
#[public(reason = "liveness probe")]
async fn health() -> &'static str {
    "ok"
}

mod orders {
    use super::{Json, Order, Path, Permission, Role, Scope, State, requires};

    /// All orders.
    #[utoipa::path(get, path = "/", responses((status = 200, body = Vec<Order>)))]
    #[requires(scope = Read)]
    pub(crate) async fn list(State(shop): State<&'static str>) -> Json<Vec<Order>> {
        assert_eq!(shop, "shop");
        Json(vec![Order { id: 1 }])
    }

    /// Places one. The attributes stand the other way round.
    #[requires(role = Clerk, scope = Write)]
    #[utoipa::path(post, path = "/", responses((status = 201)))]
    pub(crate) async fn place() {}

    #[utoipa::path(method(get, head), path = "/{id}", responses((status = 200, body = Order)))]
    #[requires(permission = OrdersRead)]
    pub(crate) async fn show(Path(id): Path<u64>) -> Json<Order> {
        Json(Order { id })
    }
}

#[derive(OpenApi)]
#[openapi(info(title = "Shop", version = "1"))]
struct Document;

fn app() -> Router {
    let orders = Router::new()
        .routes(routes!(orders::list, orders::place))
        .routes(routes!(orders::show))
        .require(requirement!(authenticated));
    Router::new().routes(routes!(health)).nest("/orders", orders).with_state("shop")
}

#[test]
fn each_handler_has_its_endpoint_and_its_operation() {
    let app = app();
    let listed: Vec<String> = app.access_map().iter().map(ToString::to_string).collect();
    let expected =
        ["GET /health", "GET /orders", "POST /orders", "GET /orders/{id}", "HEAD /orders/{id}"];
    assert_eq!(listed, expected);
    let (document, report) = app.openapi(Document::openapi());
    assert!(report.is_complete(), "{report}");
    let json = serde_json::to_value(&document).unwrap();
    assert_eq!(json["paths"]["/health"]["get"]["security"], json!([]));
    assert_eq!(json["paths"]["/health"]["get"]["summary"], json!("Says that it is up."));
    assert_eq!(json["paths"]["/orders"]["get"]["security"], json!([{ "bearer": ["read"] }]));
    let text = json["paths"]["/orders"]["post"]["x-required"]["text"].as_str().unwrap();
    assert!(text.contains("role = \"clerk\""), "{text}");
    assert_ne!(json["paths"]["/orders/{id}"]["head"]["security"], json!(null));
    assert!(json["components"]["schemas"]["Order"].is_object(), "{json}");
    assert!(json["components"]["securitySchemes"]["bearer"].is_object());
}

#[tokio::test]
async fn they_are_guarded() {
    let (issuer, _) = issuer();
    let token = issuer.token("ann").scopes(["read"]).roles(["clerk"]).sign().unwrap();
    let app = app().protect(authenticator(&issuer)).unwrap();
    let ask = async |method: &str, path: &str, token: Option<&str>| {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status().as_u16()
    };
    assert_eq!(ask("GET", "/health", None).await, 200);
    assert_eq!(ask("GET", "/orders", None).await, 401);
    assert_eq!(ask("GET", "/orders", Some(&token)).await, 200);
    assert_eq!(ask("POST", "/orders", Some(&token)).await, 403);
    assert_eq!(ask("HEAD", "/orders/7", Some(&token)).await, 200);
    assert_eq!(ask("DELETE", "/orders/7", Some(&token)).await, 405);
}

#[test]
#[should_panic(expected = "`routes!` takes handlers of one path, not of `/health` and `/`")]
fn handlers_of_two_paths_need_two_calls() {
    let _: Router<&'static str> = Router::new().routes(routes!(health, orders::list));
}
