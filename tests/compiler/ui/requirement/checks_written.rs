#![allow(unused)]

use auth_core::{Router, check, requirement};

#[check("the caller is a member")]
async fn member() -> bool {
    true
}

#[check("the shop is open")]
async fn open() -> bool {
    true
}

fn in_quotes() -> Router {
    Router::new().require(requirement!(check = "member"))
}

fn called() -> Router {
    Router::new().require(requirement!(check = member()))
}

fn given_twice() -> Router {
    Router::new().require(requirement!(check = member, check = open))
}

fn no_name() -> Router {
    Router::new().require(requirement!(check))
}

fn main() {}
