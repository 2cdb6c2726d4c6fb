#![allow(unused)]

use auth_core::policy::{Access, Declaration, HandlerInfo, Policy};
use auth_core::{Claims, CurrentUser, FromIdentity, Guard, Identity, Requirement, public};
use axum::extract::Path;
use axum::http::StatusCode;

#[derive(Clone)]
struct User;

impl FromIdentity for User {
    type State = ();
    type Rejection = StatusCode;

    async fn from_identity(_: &Identity, (): &()) -> Result<Self, StatusCode> {
        Ok(Self)
    }
}

#[derive(serde::Deserialize)]
struct Contact;

type Me = Identity;

struct Admins;

impl Policy for Admins {
    type Checks = ();
    const DECLARATION: Declaration = Declaration {
        cross_site: None, access: Access::Requires(Requirement::Authenticated),
        handler: HandlerInfo { name: "admins", module: "shop", doc: "", file: file!(), line: 1 },
    };
}

#[public]
async fn identity(caller: Identity) {}

#[public(reason = "an alias")]
async fn alias(Path(id): Path<u64>, caller: Me) {}

#[public]
async fn user(CurrentUser(user): CurrentUser<User>) {}

#[public]
async fn claims(claims: Claims<Contact>) {}

#[public]
async fn of_a_tuple((id, caller): (Path<u64>, Identity)) {}

#[public]
async fn second_guard(_: Guard<Admins>) {}

#[public]
async fn in_a_generic_handler<T: Send>(caller: Identity) {}

#[public]
async fn generic<U: FromIdentity>(user: CurrentUser<U>) {}

fn main() {}
