//! Several enums of names taken together.

use super::{GrantSet, Name, NameKind, NameTable};

/// The tables of an application, at most one of each kind.
#[derive(Clone, Copy, Debug, Default)]
pub struct VocabularyTables {
    role: Option<&'static NameTable>,
    permission: Option<&'static NameTable>,
    scope: Option<&'static NameTable>,
    group: Option<&'static NameTable>,
}

impl VocabularyTables {
    const EMPTY: Self = Self { role: None, permission: None, scope: None, group: None };

    /// The table of `kind`, if the application has names of that kind.
    #[must_use]
    pub const fn get(&self, kind: NameKind) -> Option<&'static NameTable> {
        match kind {
            NameKind::Role => self.role,
            NameKind::Permission => self.permission,
            NameKind::Scope => self.scope,
            NameKind::Group => self.group,
        }
    }

    /// The tables there are, in the order of their kinds.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'static NameTable> + use<> {
        [self.role, self.permission, self.scope, self.group].into_iter().flatten()
    }

    /// Whether these are the very same tables, by their addresses. Tables of the same enums may
    /// have several, so this may say no of equal ones, which costs time and nothing else.
    #[inline]
    pub(crate) fn are(&self, others: &Self) -> bool {
        let addresses = |tables: &Self| {
            [tables.role, tables.permission, tables.scope, tables.group]
                .map(|table| table.map_or(std::ptr::null(), std::ptr::from_ref))
        };
        addresses(self) == addresses(others)
    }

    /// Whether `table` is one of these, by its enum.
    #[must_use]
    pub fn contains(&self, table: &NameTable) -> bool {
        self.get(table.kind).is_some_and(|own| own.is(table))
    }

    /// The grants behind names as they stand in a token, closed over inclusion.
    ///
    /// A name that is not in the table grants nothing.
    pub fn intern<'a>(&self, names: impl IntoIterator<Item = (NameKind, &'a str)>) -> GrantSet {
        let mut grants = GrantSet::empty(self);
        for (kind, name) in names {
            grants.add_by_name(kind, name);
        }
        grants
    }

    /// Where a name stands, if the application has it.
    pub(crate) fn find(&self, kind: NameKind, name: &str) -> Option<(&'static NameTable, u16)> {
        let table = self.get(kind)?;
        table.find(name).map(|index| (table, index))
    }

    /// These tables, without an enum behind each. At most one of each kind.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn of(tables: &[&'static NameTable]) -> Self {
        tables.iter().fold(Self::EMPTY, |all, table| all.with(table))
    }

    #[track_caller]
    const fn with(mut self, table: &'static NameTable) -> Self {
        let place = match table.kind {
            NameKind::Role => &mut self.role,
            NameKind::Permission => &mut self.permission,
            NameKind::Scope => &mut self.scope,
            NameKind::Group => &mut self.group,
        };
        assert!(
            place.is_none(),
            "a vocabulary holds at most one enum of each kind: roles, permissions, scopes, groups"
        );
        *place = Some(table);
        self
    }
}

/// One to four enums of names, one of each kind at most, in any order.
///
/// Given to `Authenticator::builder().vocabulary::<(Role, Permission, Scope)>()`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a vocabulary",
    note = "a vocabulary is a tuple of one to four enums of names, for example `(Role, Permission, Scope)`; a single one is written `(Role,)`"
)]
pub trait Vocabulary {
    /// The tables; two of one kind fail to compile.
    const TABLES: VocabularyTables;
}

macro_rules! tuples {
    ($(($($enum:ident),+))+) => {$(
        impl<$($enum: Name),+> Vocabulary for ($($enum,)+) {
            const TABLES: VocabularyTables = VocabularyTables::EMPTY$(.with($enum::TABLE))+;
        }
    )+};
}

tuples! { (A) (A, B) (A, B, C) (A, B, C, D) }
