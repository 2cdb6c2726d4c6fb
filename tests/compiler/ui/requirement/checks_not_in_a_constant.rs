#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::{Role, Scope};
use auth_core::routing::get;
use auth_core::{Identity, Requirement, Router, check, requirement, requires};

#[check("the caller is a member")]
async fn member(caller: &Identity) -> bool {
    true
}

// A constant is used by handlers, and a check needs one of its own.
const MEMBERS: Requirement = requirement!(check = member);

fn in_a_function() -> Requirement {
    requirement!(any(role = Admin, check = member))
}

fn service() -> Router {
    let service = axum::routing::any(|| async { "file" });
    Router::new().route_service("/files", service, requirement!(check = member))
}

fn main() {}
