#![allow(unused)]

use auth_core::routing::get;
use auth_core::{Router, check, public, requirement};
use axum::extract::State;

#[derive(Clone)]
struct Members;

#[derive(Clone)]
struct App;

#[check("the caller is a member")]
async fn member(State(members): State<Members>) -> bool {
    true
}

fn app() -> Router<App> {
    Router::<App>::new().require(requirement!(check = member))
}

fn main() {}
