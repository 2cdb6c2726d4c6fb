#![allow(unused)]

use auth_core::routing::get;
use auth_core::{Roles, Router, check, public, requires};
use axum::extract::State;

#[derive(Clone, Copy, Roles)]
enum Role {
    Admin,
}

#[derive(Clone)]
struct App;

#[derive(Clone)]
struct Database;

#[check("the caller owns the order")]
async fn owns_order(State(database): State<Database>) -> bool {
    true
}

#[requires(authenticated)]
async fn list(State(app): State<App>) {}

#[requires(check = owns_order)]
async fn order() {}

#[public]
async fn open() {}

fn no_method() -> Router {
    Router::new().route("/", open)
}

fn state_of_a_check() -> Router {
    Router::new().route("/", get(list)).route("/order", get(order)).with_state(App)
}

fn state_of_a_nested_check() -> Router {
    let orders = Router::new().route("/order", get(order));
    Router::new().route("/", get(list)).nest("/orders", orders).with_state(App)
}

fn not_a_requirement() -> Router {
    Router::new().route("/", get(open)).require(Role::Admin)
}

fn text() -> Router {
    Router::new().route("/", get(open)).require("admin")
}

fn main() {}
