//! The kinds of names.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a name is: one word each, used alike in code, documentation, errors and JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthorityKind {
    /// A job that a caller has; may include other roles and grant permissions.
    Role,
    /// A single thing a caller may do.
    Permission,
    /// What the resource owner let the client do (RFC 6749, section 3.3).
    Scope,
    /// A set of callers as the identity provider keeps it; may be mapped to roles.
    Group,
    /// How strongly a caller logged in (`acr`; RFC 9470, section 3); may include weaker levels. It is a
    /// fact about the login, so no caller *holds* one, and no assignment gives it.
    Level,
}

impl AuthorityKind {
    /// Every kind that a caller can hold, in the order of listings: all but [`Level`](Self::Level).
    pub const ALL: [Self; 4] = [Self::Role, Self::Permission, Self::Scope, Self::Group];

    /// Every kind that a vocabulary lists.
    pub(crate) const LISTED: [Self; 5] =
        [Self::Role, Self::Permission, Self::Scope, Self::Group, Self::Level];

    /// The word in messages: `role`, `permission`, `scope`, `group`, `level`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Permission => "permission",
            Self::Scope => "scope",
            Self::Group => "group",
            Self::Level => "level",
        }
    }

    /// The key in `#[requires(..)]`: the word, but `acr` for a level.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Level => "acr",
            other => other.word(),
        }
    }

    /// The word for several: `roles`, `permissions`, `scopes`, `groups`, `levels`.
    #[must_use]
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Role => "roles",
            Self::Permission => "permissions",
            Self::Scope => "scopes",
            Self::Group => "groups",
            Self::Level => "levels",
        }
    }

    pub(crate) const fn same(self, other: Self) -> bool {
        self as u8 == other as u8
    }

    /// Whether an enum could have this name at all: a scope is a `scope-token`
    /// ([RFC 6749 §3.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.3)), a level has the same
    /// letters, since both are in lists and headers; any other name has neither control characters nor
    /// white space around it. The derives reject all else.
    pub(crate) fn can_be_named(self, text: &str) -> bool {
        let letters_fit = match self {
            Self::Scope | Self::Level => {
                text.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
            }
            Self::Role | Self::Permission | Self::Group => {
                text.trim() == text && !text.chars().any(char::is_control)
            }
        };
        !text.is_empty() && letters_fit
    }
}

/// Some of the kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct AuthorityKinds(u8);

impl AuthorityKinds {
    pub(crate) const NONE: Self = Self(0);

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) const fn contains(self, kind: AuthorityKind) -> bool {
        self.0 >> kind as u8 & 1 == 1
    }

    #[must_use]
    pub(crate) const fn with(self, kind: AuthorityKind) -> Self {
        Self(self.0 | 1 << kind as u8)
    }

    #[must_use]
    pub(crate) const fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    #[must_use]
    pub(crate) const fn or(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = AuthorityKind> {
        AuthorityKind::ALL.into_iter().filter(move |kind| self.contains(*kind))
    }
}

impl fmt::Display for AuthorityKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
