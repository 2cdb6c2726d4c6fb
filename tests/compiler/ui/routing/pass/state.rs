#![allow(unused)]

use auth_core::routing::get;
use auth_core::{Authenticator, Router, public};
use axum::extract::State;

#[derive(Clone)]
struct Database;

#[public]
async fn list(State(database): State<Database>) {}

#[public]
async fn open() {}

fn stateful(authenticator: Authenticator) -> axum::Router {
    let app = Router::new().route("/", get(list)).with_state(Database);
    app.protect(authenticator).unwrap()
}

fn stateless(authenticator: Authenticator) -> axum::Router {
    Router::new().route("/", get(open)).protect(authenticator).unwrap()
}
