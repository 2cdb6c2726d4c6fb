#![allow(unused)]

use auth_core::{PendingSignIn, pending};

#[pending(second_factor)]
async fn finish(sign_in: PendingSignIn) {}

#[auth_core::requires(method = Session | "half-way")]
async fn other() {}
