#![allow(unused)]

use auth_core::routing::{get, post};
use auth_core::web::ProtectError;
use auth_core::{Authenticator, Requirement, Router, public};

#[public]
async fn open() {}

fn methods() -> Router {
    Router::new().route("/", get(open))
}

fn chained() -> Router {
    Router::new().route("/", get(open).merge(post(open)))
}

fn nested() -> Router {
    Router::new().nest_service("/plain", axum::Router::new(), Requirement::Authenticated)
}

fn merged() -> Router {
    Router::new().merge_axum(axum::Router::new(), Requirement::Authenticated)
}

fn into_axum(authenticator: Authenticator) -> Result<axum::Router, ProtectError> {
    let router: Router = Router::new().route("/", get(open));
    Ok(axum::Router::new().merge(router.protect(authenticator)?))
}
