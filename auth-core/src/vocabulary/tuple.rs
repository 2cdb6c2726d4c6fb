//! Several enums of names taken together.

use std::ops::Range;

use super::{Authority, AuthorityKind, AuthorityRef, AuthoritySet, AuthorityTable, lookup, words};

/// The tables of an application, in the order of its vocabulary. There may be several of a kind.
#[derive(Clone, Copy, Debug, Default)]
pub struct VocabularySet {
    rows: &'static [Row],
}

/// A table, and where its bits begin in the words of a set: those of one table after another.
#[derive(Clone, Copy, Debug)]
struct Row {
    table: &'static AuthorityTable,
    start: usize,
}

impl Row {
    /// The bits of the tables one after another.
    #[expect(clippy::indexing_slicing, reason = "counts up to the size; no tuple is empty")]
    const fn of<const SIZE: usize>(tables: [&'static AuthorityTable; SIZE]) -> [Self; SIZE] {
        let mut rows = [Self { table: tables[0], start: 0 }; SIZE];
        let mut place = 1;
        while place < SIZE {
            rows[place] = Self { table: tables[place], start: rows[place - 1].end() };
            place += 1;
        }
        rows
    }

    /// Levels take no place: no caller holds one.
    const fn end(self) -> usize {
        match self.table.kind {
            AuthorityKind::Level => self.start,
            _ => self.start + words(self.table.len()),
        }
    }

    /// Its place in the words of a set.
    const fn words(self) -> Range<usize> {
        self.start..self.end()
    }
}

/// Where one name of a vocabulary is in the words of a set over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bit {
    pub(crate) word: usize,
    pub(crate) mask: u64,
}

impl VocabularySet {
    /// The tables of one kind, in the order of the vocabulary.
    pub fn of_kind(
        &self,
        kind: AuthorityKind,
    ) -> impl Iterator<Item = &'static AuthorityTable> + use<> {
        self.iter().filter(move |table| table.kind == kind)
    }

    /// Every table, in the order of the vocabulary.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &'static AuthorityTable> + use<> {
        self.rows.iter().map(|row| row.table)
    }

    /// Whether these are the very same tables, by their addresses. Tables of the same enums may
    /// have several, so this may say no of equal ones, which costs time and nothing else.
    pub(crate) fn are(&self, others: &Self) -> bool {
        self.are_at_once(others) || self.are_one_by_one(others)
    }

    /// The same at a glance: whether it is the same list.
    #[inline]
    pub(crate) fn are_at_once(&self, others: &Self) -> bool {
        std::ptr::eq(self.rows, others.rows)
    }

    /// The same list may have several addresses.
    #[cold]
    fn are_one_by_one(&self, others: &Self) -> bool {
        self.rows.len() == others.rows.len()
            && self.iter().zip(others.iter()).all(|(own, other)| std::ptr::eq(own, other))
    }

    /// Whether `table` is one of these, by its enum.
    #[must_use]
    pub fn contains(&self, table: &AuthorityTable) -> bool {
        self.row(table).is_some()
    }

    /// Whether `name` is one of an enum of these.
    pub(crate) fn has(&self, name: AuthorityRef) -> bool {
        name.info().is_some() && self.contains(name.table())
    }

    /// The grants behind names as they are in a token, closed over inclusion.
    ///
    /// A name that is in none of the tables of its kind grants nothing.
    pub fn intern<'a>(
        &self,
        names: impl IntoIterator<Item = (AuthorityKind, &'a str)>,
    ) -> AuthoritySet {
        let mut grants = AuthoritySet::empty(self);
        for (kind, name) in names {
            grants.add_by_name(kind, name);
        }
        grants
    }

    /// Whether both are the same tables.
    pub(crate) fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self.rows, other.rows)
    }

    /// The place of a name, if the application has it.
    pub(crate) fn find(
        &self,
        kind: AuthorityKind,
        name: &str,
    ) -> Option<(&'static AuthorityTable, u16)> {
        let mut hash = None;
        self.of_kind(kind).find_map(|table| {
            let hash = *hash.get_or_insert_with(|| lookup::hash(name));
            lookup::find(table, name, hash).map(|index| (table, index))
        })
    }

    /// Where a name is in the words of a set; `None` if there is no such name in these tables, or if it is
    /// one that no caller holds.
    pub(crate) fn bit(&self, name: AuthorityRef) -> Option<Bit> {
        let row = self.row(name.table())?;
        let is_held = row.table.kind != AuthorityKind::Level;
        (is_held && usize::from(name.index()) < row.table.len()).then(|| Bit {
            word: row.start + usize::from(name.index() / 64),
            mask: 1 << (name.index() % 64),
        })
    }

    /// The words of one table, by its enum.
    pub(crate) fn words_of(&self, table: &AuthorityTable) -> Option<Range<usize>> {
        self.row(table).map(Row::words)
    }

    /// How many words the names of all tables take.
    pub(crate) fn width(&self) -> usize {
        self.rows.last().map_or(0, |row| row.end())
    }

    fn row(&self, table: &AuthorityTable) -> Option<Row> {
        // Its address tells it as a rule, which is faster than to ask for the type.
        let by_address = self.rows.iter().find(|row| std::ptr::eq(row.table, table));
        let by_enum =
            || self.rows.iter().find(|row| row.table.kind == table.kind && row.table.is(table));
        by_address.or_else(by_enum).copied()
    }

    /// These tables, without an enum behind each.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn of(tables: &[&'static AuthorityTable]) -> Self {
        let mut start = 0;
        let rows = tables.iter().map(|table| {
            let row = Row { table, start };
            start = row.end();
            row
        });
        Self { rows: rows.collect::<Vec<_>>().leak() }
    }
}

/// One to twelve enums of names, in any order.
///
/// Given to `Authenticator::builder().vocabulary::<(Role, Permission, Scope)>()`, with the levels of logins if
/// there are any: `(Role, Level)`.
///
/// There may be several enums of one kind: a module or a crate can bring its own permissions, and
/// `#[requires]` looks a name up in the enum that is in scope where it is written. A token says a
/// name and not whose it is, so no two enums of one kind may have a name in common: the
/// authenticator does not build then, and says which name and whose.
///
/// ```
/// use auth_core::AuthorityKind;
/// use auth_core::vocabulary::{Authority, Vocabulary};
///
/// mod orders {
///     #[derive(Clone, Copy, auth_core::Permissions)]
///     pub enum Permission {
///         #[permission("orders:read")]
///         Read,
///     }
/// }
///
/// mod billing {
///     #[derive(Clone, Copy, auth_core::Permissions)]
///     pub enum Permission {
///         #[permission("invoices:read")]
///         Read,
///     }
/// }
///
/// let tables = <(orders::Permission, billing::Permission)>::TABLES;
/// let grants = tables.intern([(AuthorityKind::Permission, "invoices:read")]);
/// assert!(grants.holds(billing::Permission::Read.reference()));
/// assert!(!grants.holds(orders::Permission::Read.reference()));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a vocabulary",
    note = "a vocabulary is a tuple of one to twelve enums of names, for example `(Role, Permission, Scope)`; a single one is written `(Role,)`"
)]
pub trait Vocabulary {
    /// The tables, in the order of the enums.
    const TABLES: VocabularySet;
}

macro_rules! tuples {
    ($(($($enum:ident),+))+) => {$(
        impl<$($enum: Authority),+> Vocabulary for ($($enum,)+) {
            const TABLES: VocabularySet = VocabularySet { rows: &Row::of([$($enum::TABLE),+]) };
        }
    )+};
}

tuples! {
    (A)
    (A, B)
    (A, B, C)
    (A, B, C, D)
    (A, B, C, D, E)
    (A, B, C, D, E, F)
    (A, B, C, D, E, F, G)
    (A, B, C, D, E, F, G, H)
    (A, B, C, D, E, F, G, H, I)
    (A, B, C, D, E, F, G, H, I, J)
    (A, B, C, D, E, F, G, H, I, J, K)
    (A, B, C, D, E, F, G, H, I, J, K, L)
}
