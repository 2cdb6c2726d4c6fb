#![allow(unused)]

use auth_core::routing::get;
use auth_core::{Identity, Router, requires};
use axum::extract::{Path, State};

#[requires(authenticated)]
async fn one(i: &Identity, Path(id): Path<u64>) -> String {
    greet(i)
}

#[requires(authenticated)]
async fn other(State(()): State<()>, _: &auth_core::Identity) {}

fn greet(caller: &Identity) -> String {
    format!("{}", caller.subject())
}

fn main() {
    let _: Router<()> = Router::new().route("/{id}", get(one)).route("/", get(other));
}
