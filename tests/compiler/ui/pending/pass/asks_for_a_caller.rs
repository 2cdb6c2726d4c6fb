#![allow(unused)]

use auth_core::{PendingSignIn, pending};
use axum::extract::Path;

#[pending(second_factor)]
async fn sign_in(Path(id): Path<u64>, sign_in: PendingSignIn) {}

#[pending(second_factor)]
async fn of_a_tuple((id, sign_in): (Path<u64>, PendingSignIn)) {}

#[pending(second_factor)]
async fn generic<T: Send>(sign_in: PendingSignIn) {}
