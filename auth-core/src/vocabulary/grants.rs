//! What a caller holds, as bits.

use std::fmt;
use std::ops::Range;

use super::{NameKind, NameRef, NameTable, VocabularyTables, words};

/// The names that a caller holds, closed over inclusion and grants.
///
/// It remembers the enums that it was made with: a requirement over another enum is never met,
/// whatever the bits are.
#[derive(Clone, Default)]
pub struct GrantSet {
    tables: VocabularyTables,
    /// One row of bits for each table: roles, permissions, scopes, groups.
    words: Box<[u64]>,
}

impl GrantSet {
    /// No grants yet, over the tables of a vocabulary.
    #[must_use]
    pub fn empty(tables: &VocabularyTables) -> Self {
        let length = tables.iter().map(width).sum();
        Self { tables: *tables, words: vec![0; length].into() }
    }

    /// Whether the caller holds `name`, directly or through what includes or grants it.
    #[must_use]
    pub fn holds(&self, name: NameRef) -> bool {
        self.look_up(name) == Some(true)
    }

    /// Whether the caller holds `name`; `None` if the set was made with another enum of that kind,
    /// or if there is no such name.
    ///
    /// The difference matters under `not`: a name of another enum is not held, but that must not
    /// let anybody in.
    #[must_use]
    pub fn look_up(&self, name: NameRef) -> Option<bool> {
        let bit = self.tables.bit(name)?;
        self.words.get(bit.word).map(|word| word & bit.mask != 0)
    }

    /// Every name held of one kind, in the order of the enum.
    pub fn iter(&self, kind: NameKind) -> impl Iterator<Item = NameRef> {
        let row = self.words.get(self.tables.row(kind)).unwrap_or_default();
        let table = self.tables.get(kind);
        table.into_iter().flat_map(|table| ones(row).filter_map(|index| table.get(index)))
    }

    /// The tables that it is made over.
    #[inline]
    pub(crate) const fn tables(&self) -> &VocabularyTables {
        &self.tables
    }

    /// The bits, as [`VocabularyTables::bit`] counts them.
    #[inline]
    pub(crate) fn words(&self) -> &[u64] {
        &self.words
    }

    /// Adds a name as it stands in a token, with all that it brings. One that is not in the tables
    /// grants nothing.
    pub(crate) fn add_by_name(&mut self, kind: NameKind, name: &str) {
        if let Some((table, index)) = self.tables.find(kind, name) {
            self.add(table, index);
        }
    }

    /// What is held here or there. Both are closed, so this is closed too: every name brings what
    /// it brings by itself, whatever stands beside it.
    pub(crate) fn union(&self, other: &Self) -> Self {
        let mut union = self.clone();
        for table in other.tables.iter() {
            union.merge(table, other.words.get(other.tables.row(table.kind)).unwrap_or_default());
        }
        union
    }

    /// What is held here, with the scopes that are held there. Scopes bring nothing of another kind
    /// and nothing brings scopes, so this is closed too.
    pub(crate) fn with_scopes_of(&self, other: &Self) -> Self {
        let mut mixed = self.clone();
        if let Some(row) = mixed.words.get_mut(mixed.tables.row(NameKind::Scope)) {
            row.fill(0);
        }
        if let Some(table) = other.tables.get(NameKind::Scope) {
            mixed.merge(table, other.words.get(other.tables.row(table.kind)).unwrap_or_default());
        }
        mixed
    }

    /// Adds a name and all that it includes, and all that those bring of another kind.
    pub(crate) fn add(&mut self, table: &'static NameTable, index: u16) {
        // What is held brought all that it brings when it was added.
        if self.holds(NameRef::new(table, index)) {
            return;
        }
        self.merge(table, table.closure_of(index));
        let mut source = table;
        let mut row: Option<Box<[u64]>> = None;
        // A group brings roles, and each of those brings permissions.
        while let Some(implied) = source.implied {
            let bits: Box<[u64]> = match &row {
                None => implied.row_of(index).into(),
                Some(bits) => union_of_rows(bits, &implied),
            };
            self.merge(implied.table, &bits);
            source = implied.table;
            row = Some(bits);
        }
    }

    fn merge(&mut self, table: &NameTable, row: &[u64]) {
        if self.tables.contains(table)
            && let Some(own) = self.words.get_mut(self.tables.row(table.kind))
        {
            for (word, more) in own.iter_mut().zip(row) {
                *word |= more;
            }
        }
    }
}

/// Where one name of a vocabulary stands in the words of a set over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bit {
    pub(crate) word: usize,
    pub(crate) mask: u64,
}

impl VocabularyTables {
    /// Where a name stands; `None` if there is no such name in these tables.
    pub(crate) fn bit(&self, name: NameRef) -> Option<Bit> {
        let table = self.get(name.kind())?;
        let is_own = std::ptr::eq(table, name.table()) || table.is(name.table());
        (is_own && usize::from(name.index()) < table.len()).then(|| Bit {
            word: self.row(name.kind()).start + usize::from(name.index() / 64),
            mask: 1 << (name.index() % 64),
        })
    }

    /// The words of one kind.
    fn row(&self, kind: NameKind) -> Range<usize> {
        let before = self.iter().filter(|table| table.kind < kind).map(width).sum();
        before..before + self.get(kind).map_or(0, width)
    }
}

/// How many words the names of a table take.
const fn width(table: &NameTable) -> usize {
    words(table.len())
}

/// What the set `names` brings through `implied`.
fn union_of_rows(names: &[u64], implied: &super::Implied) -> Box<[u64]> {
    let mut union = vec![0_u64; words(implied.table.len())].into_boxed_slice();
    for index in ones(names) {
        for (word, more) in union.iter_mut().zip(implied.row_of(index)) {
            *word |= more;
        }
    }
    union
}

/// The positions of the bits that are set.
fn ones(words: &[u64]) -> impl Iterator<Item = u16> {
    (0_u16..).zip(words).flat_map(|(place, word)| {
        (0_u16..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| place * 64 + bit)
    })
}

impl fmt::Debug for GrantSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for table in self.tables.iter() {
            let held: Vec<&str> = self.iter(table.kind).map(NameRef::name).collect();
            map.entry(&table.kind.plural(), &held);
        }
        map.finish()
    }
}
