//! What a caller holds, as bits.

use std::any::TypeId;
use std::fmt;

use super::{NameKind, NameRef, NameTable, VocabularyTables, words};

/// The names that a caller holds, closed over inclusion and grants.
///
/// Each set of bits remembers the enum that it was made with: a requirement over another enum is
/// never met, whatever the bits are.
#[derive(Clone, Default)]
pub struct GrantSet {
    role: Option<Bits>,
    permission: Option<Bits>,
    scope: Option<Bits>,
    group: Option<Bits>,
}

#[derive(Clone)]
struct Bits {
    id: TypeId,
    table: &'static NameTable,
    words: Box<[u64]>,
}

impl GrantSet {
    /// No grants yet, over the tables of a vocabulary.
    #[must_use]
    pub fn empty(tables: &VocabularyTables) -> Self {
        let bits = |kind| tables.get(kind).map(Bits::none);
        Self {
            role: bits(NameKind::Role),
            permission: bits(NameKind::Permission),
            scope: bits(NameKind::Scope),
            group: bits(NameKind::Group),
        }
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
        let bits = self.bits(name.kind())?;
        (bits.id == (name.table().id)() && usize::from(name.index()) < bits.table.len())
            .then(|| bits.has(name.index()))
    }

    /// Every name held of one kind, in the order of the enum.
    pub fn iter(&self, kind: NameKind) -> impl Iterator<Item = NameRef> {
        self.bits(kind)
            .into_iter()
            .flat_map(|bits| bits.table.iter().filter(|name| bits.has(name.index())))
    }

    /// Adds a name as it stands in a token, with all that it brings. One that is not in the tables
    /// grants nothing.
    pub(crate) fn add_by_name(&mut self, tables: &VocabularyTables, kind: NameKind, name: &str) {
        if let Some((table, index)) = tables.find(kind, name) {
            self.add(table, index);
        }
    }

    /// What is held here or there. Both are closed, so this is closed too: every name brings what
    /// it brings by itself, whatever stands beside it.
    pub(crate) fn union(&self, other: &Self) -> Self {
        let mut union = self.clone();
        for bits in
            [&other.role, &other.permission, &other.scope, &other.group].into_iter().flatten()
        {
            union.merge(bits.table, &bits.words);
        }
        union
    }

    /// What is held here, with the scopes that are held there. Scopes bring nothing of another kind
    /// and nothing brings scopes, so this is closed too.
    pub(crate) fn with_scopes_of(&self, other: &Self) -> Self {
        Self { scope: other.scope.clone(), ..self.clone() }
    }

    /// Adds a name and all that it includes, and all that those bring of another kind.
    pub(crate) fn add(&mut self, table: &'static NameTable, index: u16) {
        // What is held brought all that it brings when it was added.
        let own = self.bits(table.kind).filter(|bits| bits.id == (table.id)());
        if own.is_some_and(|bits| bits.has(index)) {
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
        let place = match table.kind {
            NameKind::Role => &mut self.role,
            NameKind::Permission => &mut self.permission,
            NameKind::Scope => &mut self.scope,
            NameKind::Group => &mut self.group,
        };
        if let Some(bits) = place.as_mut().filter(|bits| bits.id == (table.id)()) {
            for (word, more) in bits.words.iter_mut().zip(row) {
                *word |= more;
            }
        }
    }

    const fn bits(&self, kind: NameKind) -> Option<&Bits> {
        match kind {
            NameKind::Role => self.role.as_ref(),
            NameKind::Permission => self.permission.as_ref(),
            NameKind::Scope => self.scope.as_ref(),
            NameKind::Group => self.group.as_ref(),
        }
    }
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

impl Bits {
    fn none(table: &'static NameTable) -> Self {
        Self { id: (table.id)(), table, words: vec![0; words(table.len())].into() }
    }

    fn has(&self, index: u16) -> bool {
        self.words.get(usize::from(index / 64)).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }
}

impl fmt::Debug for GrantSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for kind in NameKind::ALL {
            if self.bits(kind).is_some() {
                map.entry(&kind.plural(), &self.iter(kind).map(NameRef::name).collect::<Vec<_>>());
            }
        }
        map.finish()
    }
}
