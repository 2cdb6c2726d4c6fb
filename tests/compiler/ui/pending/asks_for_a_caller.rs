#![allow(unused)]

use auth_core::policy::{Access, Declaration, HandlerInfo, Policy};
use auth_core::{
    Claims, CurrentUser, FromIdentity, Guard, Identity, PendingSignIn, Requirement, pending, public,
};
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

#[pending(second_factor)]
async fn identity(caller: Identity) {}

#[pending(second_factor)]
async fn alias(Path(id): Path<u64>, caller: Me) {}

#[pending(second_factor)]
async fn optional(caller: Option<Identity>) {}

#[pending(second_factor)]
async fn user(CurrentUser(user): CurrentUser<User>) {}

#[pending(second_factor)]
async fn claims(claims: Claims<Contact>) {}

#[pending(second_factor)]
async fn second_guard(_: Guard<Admins>) {}

#[pending(second_factor)]
async fn generic<U: FromIdentity>(user: CurrentUser<U>) {}

#[public]
async fn elsewhere(sign_in: PendingSignIn) {}

fn main() {}
