#![allow(unused_imports, dead_code)]

#[path = "../../access.rs"]
mod access;

use access::{Role, Scope};
use auth_core::routing::get;
use auth_core::{Identity, Requirement, Router, check, requirement, requires};
use axum::extract::{FromRef, State};

#[derive(Clone)]
struct Members;

#[derive(Clone)]
struct App;

impl FromRef<App> for Members {
    fn from_ref(_: &App) -> Self {
        Self
    }
}

#[check("the caller is a member")]
async fn member(caller: &Identity, State(members): State<Members>) -> bool {
    true
}

#[check("the shop is open")]
async fn open() -> bool {
    true
}

const ADMINS: Requirement = requirement!(role = Admin);

#[requires(any(ADMINS, check = open))]
async fn handler() {}

fn app() -> Router<App> {
    let service = axum::routing::any(|| async { "file" });
    Router::new()
        .route("/", get(handler))
        .route_service("/files", service, requirement!(any(role = Admin, scope = Read)))
        .require(requirement!(any(ADMINS, check = member | open)))
        .require(requirement!(all(check = member, check = open)))
        .require(requirement!(not(check = member)))
}
