#![allow(unused)]

use auth_core::{Identity, Router, check, requirement};

#[check("the caller is a member")]
async fn member(caller: &Identity) -> bool {
    true
}

async fn unmarked(caller: &Identity) -> bool {
    true
}

fn without_the_attribute() -> Router {
    Router::new().require(requirement!(check = unmarked))
}

fn misspelled() -> Router {
    Router::new().require(requirement!(check = membr))
}

fn main() {}
