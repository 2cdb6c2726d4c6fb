#![allow(unused)]

use auth_core::{CurrentUser, check, requires};

#[derive(Clone)]
struct User {
    id: i64,
}

#[requires(authenticated)]
async fn me(CurrentUser(user): CurrentUser<User>) -> String {
    user.id.to_string()
}

fn main() {}
