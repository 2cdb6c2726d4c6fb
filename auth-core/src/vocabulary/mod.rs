//! The names of an API's access model: roles, permissions, scopes, groups, and levels of logins.
//!
//! An application writes them as plain enums and derives [`Roles`](crate::Roles),
//! [`Permissions`](crate::Permissions), [`Scopes`](crate::Scopes), [`Groups`](crate::Groups) or
//! [`AuthLevels`](crate::AuthLevels) on them. The derive writes one [`AuthorityTable`] per enum; everything else
//! (look-up of strings at compile time, interning of a token's names, listings) reads that table.

pub(crate) mod authority;
pub(crate) mod authority_set;
mod collision;
pub(crate) mod inclusion;
pub(crate) mod kind;
mod level;
pub(crate) mod lookup;
pub(crate) mod message;
mod nearest;
mod table;
pub(crate) mod text;
mod tuple;

#[cfg(test)]
pub(crate) mod testing_fixtures;
#[cfg(test)]
mod tests;

pub use authority::Authority;
pub use collision::VocabularyError;
pub use table::{AuthorityInfo, AuthorityRef, AuthorityTable, Implied};
pub use tuple::{Vocabulary, VocabularySet};

pub(crate) use authority_set::AuthoritySet;
pub(crate) use inclusion::words;
pub(crate) use kind::{AuthorityKind, AuthorityKinds};
pub(crate) use nearest::{closest, nearest};
pub(crate) use tuple::Bit;
