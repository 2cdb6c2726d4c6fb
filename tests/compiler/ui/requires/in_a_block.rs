#![allow(unused)]

use auth_core::{public, requires};
use axum::extract::State;

#[derive(Clone)]
struct Orders;

impl Orders {
    #[requires(authenticated)]
    async fn list(State(orders): State<Self>) {}

    #[requires(authenticated)]
    async fn silent() {}

    #[public]
    async fn open() -> Option<Self> {
        None
    }
}

#[requires(authenticated)]
#[tokio::main]
async fn main() {}
