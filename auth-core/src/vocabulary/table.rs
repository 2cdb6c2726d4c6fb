//! The table that a derive writes for one enum of names.

use std::any::TypeId;
use std::fmt;

use super::{AuthorityKind, lookup};

/// One name of a vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthorityInfo {
    /// The name on the wire.
    pub name: &'static str,
    /// The variant of the enum.
    pub variant: &'static str,
    /// The variant's doc comment, lines joined by `\n`; empty if there is none.
    pub doc: &'static str,
    /// The names of the same table that this one includes directly, as positions.
    pub includes: &'static [u16],
    /// The names of the implied table that this one brings directly, as positions.
    pub implies: &'static [u16],
}

/// What the names of one table bring of another kind: roles bring permissions, groups bring roles.
#[derive(Clone, Copy)]
pub struct Implied {
    /// The other table.
    pub table: &'static AuthorityTable,
    /// One row of bits over `table` for each name, closed over inclusion on both sides.
    pub rows: &'static [u64],
}

/// Every name of one enum: its wire names, its docs, what includes what.
///
/// Two tables are the same when they describe the same enum.
#[derive(Clone, Copy)]
pub struct AuthorityTable {
    /// What the names are.
    pub kind: AuthorityKind,
    /// The enum, as a function because two promoted constants may share or split an address.
    pub id: fn() -> TypeId,
    /// The enum's own name.
    pub enum_name: &'static str,
    /// The enum with its crate and modules.
    pub type_name: fn() -> &'static str,
    /// The names, in the order of the enum.
    pub names: &'static [AuthorityInfo],
    /// Hash of each name and its position, sorted by hash.
    pub by_hash: &'static [(u64, u16)],
    /// One row of bits for each name: itself and all that it includes, directly or not.
    pub closure: &'static [u64],
    /// What the names bring of another kind.
    pub implied: Option<Implied>,
}

impl AuthorityTable {
    /// How many names there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is no name at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The position of `name`, compared exactly.
    #[must_use]
    pub const fn find(&self, name: &str) -> Option<u16> {
        lookup::find(self, name, lookup::hash(name))
    }

    /// The name at `index`.
    #[must_use]
    pub fn get(&'static self, index: u16) -> Option<AuthorityRef> {
        (usize::from(index) < self.len()).then(|| AuthorityRef::new(self, index))
    }

    /// Every name, in the order of the enum.
    pub fn iter(&'static self) -> impl Iterator<Item = AuthorityRef> {
        (0_u16..).take(self.len()).map(move |index| AuthorityRef::new(self, index))
    }

    /// Whether both tables describe the same enum.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        (self.id)() == (other.id)()
    }

    /// Whether every holder of the name at `index` holds the one at `other` of the same table, too.
    pub(crate) const fn includes(&self, index: u16, other: u16) -> bool {
        bit(self.closure, self.len(), index, other)
    }

    /// The bits of `index` itself and all that it includes.
    pub(crate) fn closure_of(&self, index: u16) -> &'static [u64] {
        row(self.closure, index, super::words(self.len()))
    }
}

impl Implied {
    /// Whether the name at `index` brings the one at `other` of [`Implied::table`].
    pub(crate) const fn brings(&self, index: u16, other: u16) -> bool {
        bit(self.rows, self.table.len(), index, other)
    }

    /// The bits over [`Implied::table`] that the name at `index` brings.
    pub(crate) fn row_of(&self, index: u16) -> &'static [u64] {
        row(self.rows, index, super::words(self.table.len()))
    }
}

fn row(rows: &'static [u64], index: u16, width: usize) -> &'static [u64] {
    let start = usize::from(index) * width;
    rows.get(start..start + width).unwrap_or_default()
}

/// One bit of a matrix with `columns` columns, by row and column; outside of it, none is set.
// Plain indexing: const evaluation takes seven times as long for `split_at_checked`.
#[expect(clippy::indexing_slicing, reason = "the place was just held against the length")]
const fn bit(rows: &[u64], columns: usize, row: u16, column: u16) -> bool {
    let column = column as usize;
    let at = row as usize * super::words(columns) + column / 64;
    column < columns && at < rows.len() && rows[at] >> (column % 64) & 1 == 1
}

impl fmt::Debug for AuthorityTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} {})", self.enum_name, self.len(), self.kind.plural())
    }
}

impl fmt::Debug for Implied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.table, f)
    }
}

/// One name of one table: what a requirement asks for.
#[derive(Clone, Copy)]
pub struct AuthorityRef {
    table: &'static AuthorityTable,
    index: u16,
}

impl AuthorityRef {
    /// The name at `index` of `table`. A position outside of the table is never held by anyone.
    #[must_use]
    pub const fn new(table: &'static AuthorityTable, index: u16) -> Self {
        Self { table, index }
    }

    /// The table that the name is in.
    #[must_use]
    pub const fn table(self) -> &'static AuthorityTable {
        self.table
    }

    /// The position in the table.
    #[must_use]
    pub const fn index(self) -> u16 {
        self.index
    }

    /// What the name is.
    #[must_use]
    pub const fn kind(self) -> AuthorityKind {
        self.table.kind
    }

    /// All that is known of the name, if the position is inside of the table.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "the place was just held against the length")]
    pub const fn info(self) -> Option<&'static AuthorityInfo> {
        let place = self.index as usize;
        if place < self.table.names.len() { Some(&self.table.names[place]) } else { None }
    }

    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.info() {
            Some(info) => info.name,
            None => "",
        }
    }
}

impl PartialEq for AuthorityRef {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index && self.table.is(other.table)
    }
}

impl Eq for AuthorityRef {}

impl fmt::Debug for AuthorityRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for AuthorityRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind(), self.name())
    }
}
