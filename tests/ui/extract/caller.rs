#![allow(unused)]

use auth_core::{Caller, check, requires};

#[derive(Clone)]
struct User {
    id: i64,
}

#[requires(authenticated)]
async fn me(Caller(user): Caller<User>) -> String {
    user.id.to_string()
}

fn main() {}
