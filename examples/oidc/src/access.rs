//! Who there is, and what their clients may do. The names are those of the tokens.

use auth_core::{Roles, Scopes};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Roles)]
pub enum Role {
    /// Serves customers.
    Clerk,
    /// Answers for the branch.
    #[role(includes(Clerk))]
    Manager,
    /// Runs the system.
    #[role(includes(Manager))]
    Admin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Scopes)]
pub enum Scope {
    Read,
    Write,
}

/// Everything that a token can name.
pub type Names = (Role, Scope);
