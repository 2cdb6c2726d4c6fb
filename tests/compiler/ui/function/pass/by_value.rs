#![allow(unused)]

use auth_core::routing::get;
use auth_core::{AuthError, Identity, Router, requires};
use axum::extract::{Path, State};

#[requires(authenticated)]
async fn one(i: Identity, Path(id): Path<u64>) -> String {
    greet(&i)
}

struct OrderId(u64);

// A tuple struct of one's own is no extractor, so this is no handler.
#[requires(authenticated)]
async fn cancel(caller: &Identity, OrderId(id): OrderId) -> Result<u64, AuthError> {
    Ok(id)
}

fn greet(caller: &Identity) -> String {
    format!("{}", caller.subject())
}

#[test]
fn it_holds() {
    let _: Router<()> = Router::new().route("/{id}", get(one));
}
