#![allow(unused_imports, dead_code)]
#[path = "../../access.rs"]
mod access;

use access::{Role, Scope};
use auth_core::{Requirement, requirement};

const NAME: Requirement = requirement!(role = "admin", scope = "orders:read");

const VARIANT: Requirement = requirement!(role = Admin);

fn in_a_function() -> Requirement {
    requirement!(authenticated)
}
