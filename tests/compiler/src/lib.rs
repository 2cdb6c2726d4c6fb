//! An access model and requirements of another crate, for the tests under `ui/`; what the compiler
//! says is under `tests/`.

use auth_core::{Permissions, Requirement, Roles, requirement};

/// What callers may do.
#[derive(Clone, Copy, Debug, Permissions)]
pub enum Permission {
    /// Read.
    Read,
}

/// Who callers are.
#[derive(Clone, Copy, Debug, Roles)]
pub enum Role {
    /// Works the counter.
    #[role(grants(Read))]
    Clerk,
    /// Runs the shop.
    #[role(includes(Clerk))]
    Manager,
}

/// Who works in the shop.
pub const STAFF: Requirement = requirement!(role = Clerk);
/// Who runs it.
pub const MANAGERS: Requirement = requirement!(role = Manager);
