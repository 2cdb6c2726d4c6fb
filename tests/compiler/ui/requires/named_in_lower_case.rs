#![allow(unused, non_upper_case_globals)]

#[path = "../access.rs"]
mod access;

use access::{Role, Scope};
use auth_core::{Requirement, requirement, requires};

const staff: Requirement = requirement!(role = Clerk);

mod rules {
    use super::*;

    pub const writers: Requirement = requirement!(scope = Write);
}

#[requires(staff)]
async fn handler_1() {}

#[requires(rules::writers, role = Clerk)]
async fn handler_2() {}

#[requires(role = Clerk, any(scope = Read, staff))]
async fn handler_3() {}

fn main() {}
