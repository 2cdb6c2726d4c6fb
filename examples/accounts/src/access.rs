//! The whole access model.

use auth_core::{Permissions, Roles};

/// What can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Permissions)]
pub enum Permission {
    /// Read one's own notes.
    #[permission("notes:read")]
    NotesRead,
    /// Write notes, and throw away one's own.
    #[permission("notes:write")]
    NotesWrite,
    /// See all accounts, lock them, and say who has which role.
    #[permission("accounts:manage")]
    AccountsManage,
}

/// What a user is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Roles)]
pub enum Role {
    /// Has signed up.
    #[role(grants(NotesRead, NotesWrite))]
    Member,
    /// Looks after the others.
    #[role(includes(Member), grants(AccountsManage))]
    Admin,
}
