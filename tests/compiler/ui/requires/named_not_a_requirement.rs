#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::{Group, Permission, Role, Scope};
use auth_core::{Requirement, requirement, requires};

const LIMIT: usize = 5;
const LEVEL: &str = "mfa";

#[requires(LIMIT)]
async fn handler_1() {}

#[requires(role = Clerk, any(scope = Read, LEVEL))]
async fn handler_2() {}

#[requires(Role::ADMIN)]
async fn handler_3() {}

fn main() {}
