#![allow(unused)]

use auth_core::{AuthError, Identity, public, requires};

#[requires(authenticated)]
async fn name(caller: Identity) -> String {
    caller.subject().to_owned()
}

#[public]
async fn health() -> &'static str {
    "ok"
}

async fn call(caller: Identity) {
    name(caller).await;
    health().await;
}

fn main() {}
