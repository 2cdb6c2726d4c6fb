#![allow(unused)]

use auth_core::{CurrentUser, Identity, FromIdentity, Router, requires, routing::get};
use axum::http::StatusCode;

#[derive(Clone)]
struct User {
    id: i64,
}

impl FromIdentity for User {
    type State = ();
    type Rejection = StatusCode;

    async fn from_identity(_: &Identity, (): &()) -> Result<Self, StatusCode> {
        Ok(Self { id: 1 })
    }
}

#[requires(authenticated)]
async fn me(CurrentUser(user): CurrentUser<User>) -> String {
    user.id.to_string()
}

#[test]
fn it_holds() {
    let _: Router = Router::new().route("/me", get(me));
}
