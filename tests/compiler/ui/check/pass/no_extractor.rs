#![allow(unused)]

use auth_core::{Identity, check};
use axum::extract::{Path, State};

#[derive(Clone)]
struct Order;

#[check("it takes a number")]
async fn number(caller: &Identity, Path(id): Path<u64>) -> bool {
    true
}

#[check("it takes a text")]
async fn text(Path(name): Path<String>) -> bool {
    true
}

#[check("it takes the state")]
async fn reference(caller: &Identity, State(order): State<Order>) -> bool {
    true
}
