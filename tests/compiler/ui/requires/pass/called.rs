#![allow(unused)]

use auth_core::{AuthError, Guard, Identity, Public, public, requires};

#[requires(authenticated)]
async fn name(caller: Identity) -> String {
    caller.subject().to_owned()
}

#[public]
async fn health() -> &'static str {
    "ok"
}

async fn call(caller: Identity) -> Result<(), AuthError> {
    name(Guard::for_identity(&caller)?, caller).await;
    health(Public::new()).await;
    Ok(())
}
