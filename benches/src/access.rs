//! The access model of the service that is measured.

use auth_core::{Roles, Scopes};

/// Who someone is in the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Roles)]
pub enum Role {
    /// Looks around.
    Visitor,
    /// Works the counter.
    Clerk,
    /// Looks after the books.
    Auditor,
    /// Runs the shop.
    #[role(includes(Clerk))]
    Manager,
    /// May do everything.
    #[role(includes(Manager, Auditor))]
    Admin,
}

/// What a token was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Scopes)]
pub enum Scope {
    /// To see.
    Read,
    /// To change.
    Write,
}

/// What a caller of the measured endpoint must hold, as `#[requires(role = Manager, scope = Read)]`
/// says it: for the peers that are told so in words.
pub const REQUIRED: (&str, &str) = ("manager", "read");
