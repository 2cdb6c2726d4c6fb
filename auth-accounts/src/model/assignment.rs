//! Which roles and groups an account has.

use serde::{Deserialize, Serialize};

use super::AccountId;

/// What is assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AssignmentKind {
    /// A role.
    Role,
    /// A group.
    Group,
}

impl AssignmentKind {
    /// Its name in stores, paths and listings.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Group => "group",
        }
    }
}

/// Who assigned it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AssignmentOrigin {
    /// A person, by hand.
    Manual,
    /// A rule of the application.
    Rule,
    /// The provider that the account signs in at.
    Provider,
}

impl AssignmentOrigin {
    /// Its name in stores and listings.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Rule => "rule",
            Self::Provider => "provider",
        }
    }
}

/// A role or group of an account. The same name can be assigned by several origins; withdrawing
/// one leaves the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// Whose.
    pub account: AccountId,
    /// A role or a group.
    pub kind: AssignmentKind,
    /// Its name in the vocabulary.
    pub name: String,
    /// Who assigned it.
    pub origin: AssignmentOrigin,
    /// The account that assigned it, if a person did.
    pub granted_by: Option<AccountId>,
    /// Why.
    pub reason: String,
    /// When, in seconds since 1970.
    pub granted_at: u64,
    /// When it ends, in seconds since 1970.
    pub expires_at: Option<u64>,
}

impl Assignment {
    /// Whether it counts at this time.
    #[must_use]
    pub const fn is_valid(&self, now: u64) -> bool {
        match self.expires_at {
            Some(end) => now < end,
            None => true,
        }
    }
}
