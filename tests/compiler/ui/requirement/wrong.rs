#![allow(unused)]

#[path = "../access.rs"]
mod access;

use access::{Role, Scope};
use auth_core::{Requirement, requirement};

const EMPTY: Requirement = requirement!();

const TYPO: Requirement = requirement!(rol = "admin");

const NAME: Requirement = requirement!(role = "admni", scope = "orders:raed");

const VARIANT: Requirement = requirement!(role = Admni);

const UNSOUND: Requirement = requirement!(all(role = Admin, not(role = Clerk)));

const OPEN: Requirement = requirement!(public);

fn main() {}
