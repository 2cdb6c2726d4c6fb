//! Declarative authorization for axum.

mod error;
pub mod identity;
pub mod policy;
pub mod verify;
pub mod vocabulary;
pub mod web;

#[doc(hidden)]
pub mod __private;

pub use auth_macros::{Groups, Permissions, Roles, Scopes, check, public, requirement, requires};
pub use error::{AuthError, Forbidden, Unauthenticated, Unavailable};
pub use identity::Identity;
pub use policy::{Decision, Policy, Requirement};
pub use vocabulary::{Groups, Name, NameKind, Permissions, Roles, Scopes, Vocabulary};
pub use web::{Check, Guard, Public};
