//! What the four derives have in common, and the words in which they differ.

/// Which of the four derives is at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Role,
    Permission,
    Scope,
    Group,
}

impl Kind {
    /// The attribute on a variant, and the word for one name.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Permission => "permission",
            Self::Scope => "scope",
            Self::Group => "group",
        }
    }

    /// The attribute on the enum.
    pub(super) const fn plural(self) -> &'static str {
        match self {
            Self::Role => "roles",
            Self::Permission => "permissions",
            Self::Scope => "scopes",
            Self::Group => "groups",
        }
    }

    /// The derive, the trait, and the variant of `AuthorityKind` is [`Self::variant`].
    pub(super) const fn derive(self) -> &'static str {
        match self {
            Self::Role => "Roles",
            Self::Permission => "Permissions",
            Self::Scope => "Scopes",
            Self::Group => "Groups",
        }
    }

    pub(super) const fn variant(self) -> &'static str {
        match self {
            Self::Role => "Role",
            Self::Permission => "Permission",
            Self::Scope => "Scope",
            Self::Group => "Group",
        }
    }

    /// What the names of this kind bring of another kind: roles permissions, groups roles.
    pub(super) const fn brings(self) -> Option<Self> {
        match self {
            Self::Role => Some(Self::Permission),
            Self::Group => Some(Self::Role),
            Self::Permission | Self::Scope => None,
        }
    }

    /// A name as it usually looks, for help texts.
    pub(super) const fn example(self) -> &'static str {
        match self {
            Self::Role => "admin",
            Self::Permission | Self::Scope => "orders:read",
            Self::Group => "/staff/managers",
        }
    }

    /// The keys of the attribute on a variant.
    pub(super) const fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Role => &["name", "includes", "grants"],
            Self::Permission | Self::Scope => &["name", "includes"],
            Self::Group => &["name", "includes", "role"],
        }
    }

    /// What the attribute on a variant takes, for notes.
    pub(super) const fn keys_in_words(self) -> &'static str {
        match self {
            Self::Role => "a name in quotes, `includes(..)` and `grants(..)`",
            Self::Permission | Self::Scope => "a name in quotes and `includes(..)`",
            Self::Group => "a name in quotes, `includes(..)` and `role = ..`",
        }
    }

    /// The keys of the attribute on the enum.
    pub(super) const fn settings(self) -> &'static [&'static str] {
        match self {
            Self::Role => &["rename_all", "permission", "crate"],
            Self::Permission | Self::Scope => &["rename_all", "crate"],
            Self::Group => &["rename_all", "role", "crate"],
        }
    }

    /// What the attribute on the enum takes, for notes.
    pub(super) const fn settings_in_words(self) -> &'static str {
        match self {
            Self::Role => "`rename_all = \"..\"`, `permission = ..` and `crate = ..`",
            Self::Permission | Self::Scope => "`rename_all = \"..\"` and `crate = ..`",
            Self::Group => "`rename_all = \"..\"`, `role = ..` and `crate = ..`",
        }
    }
}
