#![allow(unused)]

use auth_core::policy::{Access, Declaration, HandlerInfo, Policy};
use auth_core::routing::get;
use auth_core::{
    Claims, CurrentUser, FromIdentity, Guard, Identity, Rejection, Requirement, Router, public,
    requires,
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

#[public]
async fn identity(caller: Option<Identity>) {}

#[requires(authenticated)]
async fn alias(Path(id): Path<u64>, caller: Me) {}

#[public]
async fn user(user: Option<CurrentUser<User>>) {}

#[public]
async fn claims(claims: Option<Claims<Contact>>) {}

#[public]
async fn of_a_tuple((id, query): (Path<u64>, axum::extract::RawQuery)) {}

#[requires(authenticated)]
async fn second_guard(_: Guard<Admins>) {}

#[public]
async fn in_a_generic_handler<T: Send>(caller: Option<Identity>) {}

#[public]
async fn generic<U: FromIdentity>(user: Option<CurrentUser<U>>) {}

// The handler decides for itself what to do with the refusal.
#[public]
async fn result(caller: Result<Identity, Rejection>) {}

// A type that may be one of many does not need a caller.
#[public]
async fn any_name<CurrentUser: FromIdentity>(#[cfg(false)] caller: Identity, name: Option<CurrentUser>) {}

#[test]
fn it_holds() {
    let router: Router = Router::new()
        .route("/", get(identity).post(alias).put(user).patch(claims))
        .route("/{id}", get(of_a_tuple).post(second_guard).put(result));
}
