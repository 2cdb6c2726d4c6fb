#![allow(unused_imports, dead_code)]
#[path = "../../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::{Requirement, requirement, requires};

const STAFF: Requirement = requirement!(any(role = Clerk, scope = Read));
const ADMIN: Requirement = requirement!(role = Admin);
const WEB: Requirement = requirement!(method = Session);
const TRUSTED: Requirement = requirement!(ADMIN, acr = "mfa");

mod rules {
    use super::*;

    pub const WRITERS: Requirement = requirement!(scope = Write);
}

#[requires(STAFF)]
async fn handler_1() {}

#[requires(rules::WRITERS, STAFF)]
async fn handler_2() {}

#[requires(self::rules::WRITERS)]
async fn handler_3() {}

#[requires(any(TRUSTED, rules::WRITERS))]
async fn handler_5() {}

#[requires(not(ADMIN), self::rules::WRITERS)]
async fn handler_6() {}

#[requires(STAFF, WEB)]
async fn handler_10() {}

#[requires(any(WEB, all(method = ApiKey, STAFF)))]
async fn handler_11() {}

struct Rules;

impl Rules {
    const REQUIRED: Requirement = requirement!(scope = Read);
}

#[requires(Rules::REQUIRED)]
async fn handler_12<T: Send + 'static>() {}

#[requires(STAFF)]
fn close_books(_: &auth_core::Identity) -> Result<(), auth_core::AuthError> {
    Ok(())
}
