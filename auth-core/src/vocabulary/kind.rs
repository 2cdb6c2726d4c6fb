//! The four kinds of names.

use std::fmt;

/// What a name is: one word each, used alike in code, documentation, errors and JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NameKind {
    /// A job that a caller has; may include other roles and grant permissions.
    Role,
    /// A single thing a caller may do.
    Permission,
    /// What the resource owner let the client do (RFC 6749, section 3.3).
    Scope,
    /// A set of callers as the identity provider keeps it; may be mapped to roles.
    Group,
}

impl NameKind {
    /// Every kind, in the order of listings.
    pub const ALL: [Self; 4] = [Self::Role, Self::Permission, Self::Scope, Self::Group];

    /// The key in `#[requires(..)]` and the word in messages: `role`, `permission`, `scope`, `group`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Permission => "permission",
            Self::Scope => "scope",
            Self::Group => "group",
        }
    }

    /// The word for several: `roles`, `permissions`, `scopes`, `groups`.
    #[must_use]
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Role => "roles",
            Self::Permission => "permissions",
            Self::Scope => "scopes",
            Self::Group => "groups",
        }
    }

    pub(crate) const fn same(self, other: Self) -> bool {
        self as u8 == other as u8
    }
}

impl fmt::Display for NameKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
