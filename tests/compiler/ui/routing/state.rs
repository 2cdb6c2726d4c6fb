#![allow(unused)]

use auth_core::routing::get;
use auth_core::{Authenticator, Router, public};
use axum::extract::State;

#[derive(Clone)]
struct Database;

#[public]
async fn list(State(database): State<Database>) {}

fn forgotten(authenticator: Authenticator) -> axum::Router {
    let app = Router::new().route("/", get(list));
    app.protect(authenticator).unwrap()
}

fn main() {}
