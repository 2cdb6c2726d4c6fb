//! Serves the access map of a bookshop, that of 1,000 endpoints, and that of a few that accept
//! different methods, for the browser tests.
//!
//! Prints one line of JSON: where it listens, and a token that may see the pages.

use std::error::Error;
use std::io::{Write as _, stdout};

use auth_core::routing::{delete, get, post};
use auth_core::testing::TestIssuer;
use auth_core::token::TokenReport;
use auth_core::{Authenticator, Router, public, requirement, requires};
use axum::Json;
use axum::extract::State;
use tokio::net::TcpListener;

// The shop of the tests as a part of this program, so that its map has the name of a shop.
#[expect(unreachable_pub, reason = "in the library of the tests it is public")]
#[path = "../src/shop.rs"]
mod shop;

use shop::{Group, Permission, Role, Scope};

type Names = (Role, Permission, Scope, Group);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let issuer = TestIssuer::new("https://id.bookshop.example", "bookshop")?;
    let authenticator = Authenticator::builder()
        .vocabulary::<Names>()
        .verifier(issuer.verifier().build()?)
        .build()?;
    let shop = shop::routes();
    let small = shop.access_map().with_vocabulary::<Names>();
    let large = thousand().access_map().with_vocabulary::<Names>();
    let by_method = by_method().access_map().with_vocabulary::<Names>();
    let explained = small.clone().explain_at("/explain");
    let explain = Router::new().route("/explain", post(explain)).with_state(authenticator.clone());
    let app = shop
        .merge(explain)
        .merge(explained.page("/explained", requirement!(role = Admin)))
        .merge(explained.page_with_token_form("/explained-map", requirement!(role = Admin)))
        .merge(small.page("/access", requirement!(role = Admin)))
        .merge(small.page_with_token_form("/map", requirement!(role = Admin)))
        .merge(by_method.page("/by-method", requirement!(role = Admin)))
        .merge(large.page("/thousand", requirement!(role = Admin)))
        .protect(authenticator)?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let token = |subject: &str, role: &str| issuer.token(subject).roles([role]).sign();
    let told = serde_json::json!({
        "origin": format!("http://{}", listener.local_addr()?),
        "admin": token("ada", "admin")?,
        "clerk": token("bob", "clerk")?,
        "foreign": issuer.token("eve").audience("library").sign()?,
    });
    writeln!(stdout(), "{told}")?;
    axum::serve(listener, app).await?;
    Ok(())
}

/// Every step of the verification of a token.
#[public(reason = "for development")]
async fn explain(State(authenticator): State<Authenticator>, token: String) -> Json<TokenReport> {
    Json(authenticator.diagnose(&token).await)
}

/// 250 resources of four endpoints each.
fn thousand() -> Router {
    (0..250).fold(Router::new(), |router, number| {
        let path = format!("/things-{number:03}");
        let one = format!("{path}/{{id}}");
        router
            .route(&path, get(list).post(create))
            .route(&one, get(show))
            .route(&one, if number % 10 == 0 { delete(purge) } else { post(change) })
    })
}

/// The till takes sessions, deliveries come with an API key.
fn by_method() -> Router {
    Router::new()
        .route("/shelf", get(list))
        .route("/till", get(till))
        .route("/deliveries", post(deliver))
        .route("/window", get(show))
}

/// Opens the till.
#[requires(method = Session, role = Clerk)]
async fn till() {}

/// Takes what the publisher brings.
#[requires(any(all(method = ApiKey, scope = Write), all(method = Session, acr = "mfa")))]
async fn deliver() {}

/// Lists them.
#[requires(permission = OrdersRead, scope = Read)]
async fn list() {}

/// Adds one.
#[requires(permission = CatalogueWrite, scope = Write)]
async fn create() {}

/// Shows one.
#[public(reason = "the shop window")]
async fn show() {}

/// Changes one.
#[requires(role = Clerk | Auditor, scope = Write)]
async fn change() {}

/// Removes one for good.
#[requires(role = Manager, scope = Write, acr = "mfa", max_age = "5m")]
async fn purge() {}
