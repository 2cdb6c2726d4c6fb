#![allow(unused)]

use auth_core::routing::get;
use auth_core::{Roles, Router, check, public, requirement, requires};
use axum::extract::{FromRef, State};

#[derive(Clone, Copy, Roles)]
enum Role {
    Admin,
}

#[derive(Clone)]
struct App {
    database: Database,
}

#[derive(Clone)]
struct Database;

impl FromRef<App> for Database {
    fn from_ref(app: &App) -> Self {
        app.database.clone()
    }
}

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
    Router::new().route("/", get(open))
}

fn state_of_a_check(app: App) -> Router {
    Router::new().route("/order", get(order)).route("/", get(list)).with_state(app)
}

fn state_by_the_return_type() -> Router<App> {
    Router::new().route("/order", get(order))
}

fn state_of_a_nested_check(app: App) -> Router {
    let orders = Router::new().route("/order", get(order));
    let other = Router::new().route("/other", get(order)).with_state(app.clone());
    Router::new().nest("/orders", orders).merge(other).route("/", get(list)).with_state(app)
}

fn a_requirement() -> Router {
    Router::new().route("/", get(open)).require(requirement!(role = Admin))
}
