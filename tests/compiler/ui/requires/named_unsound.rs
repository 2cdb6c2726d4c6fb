#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::{Requirement, requirement, requires};

const STAFF: Requirement = requirement!(any(role = Clerk, scope = Read));
const ADMIN: Requirement = requirement!(role = Admin);
const WEB: Requirement = requirement!(method = Session);
const CHECKED: Requirement = Requirement::Check {
    slot: 0,
    check: &auth_core::policy::CheckInfo {
        name: "any",
        sentence: "anything",
        module: "here",
        path_parameters: &[],
    },
};

mod rules {
    use super::*;

    pub const WRITERS: Requirement = requirement!(scope = Write);
}

#[requires(ADMIN, not(role = Clerk))]
async fn handler_1() {}

#[requires(any(ADMIN, role = Clerk))]
async fn handler_2() {}

#[requires(STAFF, STAFF)]
async fn handler_3() {}

#[requires(any(rules::WRITERS, not(rules::WRITERS)))]
async fn handler_4() {}

#[requires(STAFF, not(WEB))]
async fn handler_5() {}

#[requires(any(WEB, STAFF))]
async fn handler_6() {}

#[requires(CHECKED)]
async fn handler_7() {}

const NESTED: Requirement = requirement!(ADMIN, permission = OrdersRead);

fn main() {}
