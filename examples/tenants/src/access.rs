//! The whole access model: which names there are. Who holds which role is in the database.

use auth_core::{Permissions, Roles, Scopes};

/// What can be done in a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Permissions)]
pub enum Permission {
    /// See the projects.
    #[permission("projects:read")]
    ProjectsRead,
    /// Start a project, and delete it again.
    #[permission("projects:start")]
    ProjectsStart,
    /// Delete any project.
    #[permission("projects:delete")]
    ProjectsDelete,
    /// Say who holds which role.
    #[permission("members:assign")]
    MembersAssign,
}

/// What someone is in a tenant. The same person may be something else in another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Roles)]
pub enum Role {
    /// Looks on.
    #[role(grants(ProjectsRead))]
    Viewer,
    /// Works here.
    #[role(includes(Viewer), grants(ProjectsStart))]
    Editor,
    /// Runs the place.
    #[role(includes(Editor), grants(ProjectsDelete, MembersAssign))]
    Owner,
}

/// What a client may do in the caller's name. Always from the token: no database widens it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Scopes)]
pub enum Scope {
    /// Look.
    Read,
    /// Change.
    Write,
}
