#![allow(unused)]

use auth_core::{Caller, Identity, LoadCaller, Router, requires, routing::get};
use axum::http::StatusCode;

#[derive(Clone)]
struct User {
    id: i64,
}

impl LoadCaller for User {
    type State = ();
    type Rejection = StatusCode;

    async fn load(_: &Identity, (): &()) -> Result<Self, StatusCode> {
        Ok(Self { id: 1 })
    }
}

#[requires(authenticated)]
async fn me(Caller(user): Caller<User>) -> String {
    user.id.to_string()
}

fn main() {
    let _: Router = Router::new().route("/me", get(me));
}
