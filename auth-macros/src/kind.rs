//! The kinds of names, and the words in which they differ.

/// What names a caller can hold, and how a caller logged in. There is one derive for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuthorityKind {
    Role,
    Permission,
    Scope,
    Group,
    Level,
}

impl AuthorityKind {
    /// The attribute on a variant, and the word for one name.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Permission => "permission",
            Self::Scope => "scope",
            Self::Group => "group",
            Self::Level => "level",
        }
    }

    /// The attribute on the enum.
    pub(crate) const fn plural(self) -> &'static str {
        match self {
            Self::Role => "roles",
            Self::Permission => "permissions",
            Self::Scope => "scopes",
            Self::Group => "groups",
            Self::Level => "levels",
        }
    }

    /// The derive and the trait.
    pub(crate) const fn derive(self) -> &'static str {
        match self {
            Self::Role => "Roles",
            Self::Permission => "Permissions",
            Self::Scope => "Scopes",
            Self::Group => "Groups",
            Self::Level => "AuthLevels",
        }
    }

    /// The variant of the runtime's own enum of kinds, and the enum in which a bare name of this kind
    /// is looked up.
    pub(crate) const fn variant(self) -> &'static str {
        match self {
            Self::Role => "Role",
            Self::Permission => "Permission",
            Self::Scope => "Scope",
            Self::Group => "Group",
            Self::Level => "Level",
        }
    }

    /// What the derive calls the function that makes a name of this kind out of a variant.
    pub(crate) const fn of_variant(self) -> &'static str {
        match self {
            Self::Role => "__auth_role",
            Self::Permission => "__auth_permission",
            Self::Scope => "__auth_scope",
            Self::Group => "__auth_group",
            Self::Level => "__auth_level",
        }
    }

    /// The function of the runtime that hands out the table of an enum of this kind.
    pub(crate) const fn table(self) -> &'static str {
        match self {
            Self::Role => "roles_of",
            Self::Permission => "permissions_of",
            Self::Scope => "scopes_of",
            Self::Group => "groups_of",
            Self::Level => "levels_of",
        }
    }

    /// What the names of this kind bring of another kind: roles permissions, groups roles.
    pub(crate) const fn brings(self) -> Option<Self> {
        match self {
            Self::Role => Some(Self::Permission),
            Self::Group => Some(Self::Role),
            Self::Permission | Self::Scope | Self::Level => None,
        }
    }

    /// A name as it usually looks, for help texts.
    pub(crate) const fn example(self) -> &'static str {
        match self {
            Self::Role => "admin",
            Self::Permission | Self::Scope => "orders:read",
            Self::Group => "/staff/managers",
            Self::Level => "urn:mfa",
        }
    }

    /// The keys of the attribute on a variant.
    pub(crate) const fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Role => &["name", "includes", "grants"],
            Self::Permission | Self::Scope | Self::Level => &["name", "includes"],
            Self::Group => &["name", "includes", "role"],
        }
    }

    /// What the attribute on a variant takes, for notes.
    pub(crate) const fn keys_in_words(self) -> &'static str {
        match self {
            Self::Role => "a name in quotes, `includes(..)` and `grants(..)`",
            Self::Permission | Self::Scope | Self::Level => "a name in quotes and `includes(..)`",
            Self::Group => "a name in quotes, `includes(..)` and `role = ..`",
        }
    }

    /// The keys of the attribute on the enum.
    pub(crate) const fn settings(self) -> &'static [&'static str] {
        match self {
            Self::Role => &["rename_all", "permission", "crate"],
            Self::Permission | Self::Scope | Self::Level => &["rename_all", "crate"],
            Self::Group => &["rename_all", "role", "crate"],
        }
    }

    /// What the attribute on the enum takes, for notes.
    pub(crate) const fn settings_in_words(self) -> &'static str {
        match self {
            Self::Role => "`rename_all = \"..\"`, `permission = ..` and `crate = ..`",
            Self::Permission | Self::Scope | Self::Level => {
                "`rename_all = \"..\"` and `crate = ..`"
            }
            Self::Group => "`rename_all = \"..\"`, `role = ..` and `crate = ..`",
        }
    }
}
