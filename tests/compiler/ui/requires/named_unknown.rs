#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::{Requirement, requirement, requires};

const STAFF: Requirement = requirement!(any(role = Clerk, scope = Read));

mod rules {
    use super::*;

    pub const WRITERS: Requirement = requirement!(scope = Write);
    const HIDDEN: Requirement = requirement!(scope = Write);
}

trait Rules {
    const REQUIRED: Requirement;
}

#[requires(STAF)]
async fn handler_1() {}

#[requires(rules::READERS, scope = Read)]
async fn handler_2() {}

#[requires(rules::HIDDEN)]
async fn handler_3() {}

#[requires(T::REQUIRED)]
async fn handler_4<T: Rules>() {}

fn main() {}
