//! What a caller holds, as bits.

use std::fmt;

use super::{
    AuthorityKind, AuthorityKinds, AuthorityRef, AuthorityTable, Bit, VocabularySet, words,
};

/// The names that a caller holds, closed over inclusion and grants.
///
/// It remembers the enums that it was made with: a requirement over another enum is never met.
///
/// A credential may leave open what it grants: names of one kind are then *unknown*, and so are
/// those that they could bring. A name that is certainly held is held all the same.
///
/// ```
/// use auth_core::vocabulary::{Authority, Vocabulary};
/// use auth_core::{AuthorityKind, Roles};
///
/// #[derive(Clone, Copy, Roles)]
/// enum Role {
///     Clerk,
///     Suspended,
/// }
///
/// let tables = <(Role,)>::TABLES;
/// let said = tables.intern([(AuthorityKind::Role, "clerk")]);
/// assert_eq!(said.look_up(Role::Suspended.reference()), Some(false));
///
/// let in_part = said.with_unknown(AuthorityKind::Role);
/// assert_eq!(in_part.look_up(Role::Clerk.reference()), Some(true));
/// assert_eq!(in_part.look_up(Role::Suspended.reference()), None);
/// ```
#[derive(Clone, Default)]
pub struct AuthoritySet {
    tables: VocabularySet,
    /// One row of bits for each table, in the order of the vocabulary.
    words: Box<[u64]>,
    /// None as a rule: all is known.
    unknown: Option<Box<Unknown>>,
}

/// What a caller may or may not hold.
#[derive(Clone)]
struct Unknown {
    /// The kinds whose names are not all known.
    kinds: AuthorityKinds,
    /// Every name of these kinds and all that those bring, in the places of the held ones.
    words: Box<[u64]>,
}

impl AuthoritySet {
    /// No grants yet, over the tables of a vocabulary.
    #[must_use]
    pub fn empty(tables: &VocabularySet) -> Self {
        Self { tables: *tables, words: vec![0; tables.width()].into(), unknown: None }
    }

    /// The same, but the names of `kind` are those that are certainly held, and perhaps others.
    ///
    /// What these others could bring is unknown as well: the roles that some group brings, and
    /// their permissions. Everything else stays known.
    #[must_use]
    pub fn with_unknown(self, kind: AuthorityKind) -> Self {
        let kinds = self.unknown_kinds().with(kind);
        self.leaving_open(kinds)
    }

    /// Whether the caller is certainly known to hold `name`, directly or through what includes or
    /// grants it.
    #[must_use]
    pub fn holds(&self, name: AuthorityRef) -> bool {
        self.look_up(name) == Some(true)
    }

    /// Whether the caller holds `name`; `None` if that is [unknown](Self::is_unknown), if the set
    /// was made without the enum of that name, or if there is no such name.
    ///
    /// The difference matters under `not`: a name of another enum is not held, but that must not
    /// let any caller in, and neither must one that the credential leaves open.
    #[must_use]
    pub fn look_up(&self, name: AuthorityRef) -> Option<bool> {
        let bit = self.tables.bit(name)?;
        let is_held = self.words.get(bit.word)? & bit.mask != 0;
        (is_held || !self.leaves_open(bit)).then_some(is_held)
    }

    /// Whether the credential leaves open whether the caller holds `name`. False for a name of
    /// another enum.
    #[must_use]
    pub fn is_unknown(&self, name: AuthorityRef) -> bool {
        self.tables.bit(name).is_some_and(|bit| self.leaves_open(bit)) && !self.holds(name)
    }

    fn leaves_open(&self, bit: Bit) -> bool {
        let unknown = self.unknown.as_ref().and_then(|unknown| unknown.words.get(bit.word));
        unknown.is_some_and(|word| word & bit.mask != 0)
    }

    /// Whether no name of the vocabulary is unknown.
    #[inline]
    pub(crate) const fn is_known(&self) -> bool {
        self.unknown.is_none()
    }

    /// The kinds whose names the credential did not all tell.
    pub(crate) fn unknown_kinds(&self) -> AuthorityKinds {
        self.unknown.as_ref().map_or(AuthorityKinds::NONE, |unknown| unknown.kinds)
    }

    /// The same, with exactly the names of these kinds unknown and what they could bring.
    #[must_use]
    pub(crate) fn leaving_open(self, kinds: AuthorityKinds) -> Self {
        if kinds.is_empty() {
            return Self { unknown: None, ..self };
        }
        let mut open = Self::empty(&self.tables);
        for kind in kinds.iter() {
            open.add_all(kind);
        }
        Self { unknown: Some(Unknown { kinds, words: open.words }.into()), ..self }
    }

    /// The same, where another source answered for these kinds.
    #[must_use]
    pub(crate) fn answered(self, kinds: AuthorityKinds) -> Self {
        let left = self.unknown_kinds().without(kinds);
        if left == self.unknown_kinds() { self } else { self.leaving_open(left) }
    }

    /// Adds every name of one kind, and all that those bring.
    fn add_all(&mut self, kind: AuthorityKind) {
        for table in self.tables.of_kind(kind) {
            self.add_all_of(table);
        }
    }

    fn add_all_of(&mut self, mut table: &'static AuthorityTable) {
        let mut row: Box<[u64]> = vec![0; words(table.len())].into();
        for index in 0..table.len() {
            if let Some(word) = row.get_mut(index / 64) {
                *word |= 1 << (index % 64);
            }
        }
        loop {
            self.merge(table, &row);
            let Some(implied) = table.implied else { return };
            row = union_of_rows(&row, &implied);
            table = implied.table;
        }
    }

    /// Every name held of one kind, in the order of the vocabulary and its enums.
    pub fn iter(&self, kind: AuthorityKind) -> impl Iterator<Item = AuthorityRef> {
        self.tables
            .of_kind(kind)
            .flat_map(|table| ones(self.row(table)).filter_map(|index| table.get(index)))
    }

    /// The bits of one table; none if it is not the set's own.
    fn row(&self, table: &AuthorityTable) -> &[u64] {
        let place = self.tables.words_of(table);
        place.and_then(|place| self.words.get(place)).unwrap_or_default()
    }

    fn row_mut(&mut self, table: &AuthorityTable) -> &mut [u64] {
        let place = self.tables.words_of(table);
        place.and_then(|place| self.words.get_mut(place)).unwrap_or_default()
    }

    /// The tables that it is made over.
    #[inline]
    pub(crate) const fn tables(&self) -> &VocabularySet {
        &self.tables
    }

    /// The bits, as [`VocabularySet::bit`] counts them.
    #[inline]
    pub(crate) fn words(&self) -> &[u64] {
        &self.words
    }

    /// Adds a name as it is in a token, with all that it brings. One that is not in the tables
    /// grants nothing; whether there is such a name is the answer.
    pub(crate) fn add_by_name(&mut self, kind: AuthorityKind, name: &str) -> bool {
        let found = self.tables.find(kind, name);
        if let Some((table, index)) = found {
            self.add(table, index);
        }
        found.is_some()
    }

    /// What is held here or there. Both are closed, so this is closed too: every name brings what
    /// it brings by itself, with any others beside it.
    pub(crate) fn union(&self, other: &Self) -> Self {
        let mut union = self.clone();
        for table in other.tables.iter() {
            union.merge(table, other.row(table));
        }
        if other.is_known() {
            return union;
        }
        let kinds = self.unknown_kinds().or(other.unknown_kinds());
        union.leaving_open(kinds)
    }

    /// What is held here, with the scopes that are held or left open there. Scopes bring nothing of
    /// another kind and nothing brings scopes, so this is closed too.
    pub(crate) fn with_scopes_of(&self, other: &Self) -> Self {
        let scopes = AuthorityKinds::NONE.with(AuthorityKind::Scope);
        let mut kinds = self.unknown_kinds().without(scopes);
        if other.unknown_kinds().contains(AuthorityKind::Scope) {
            kinds = kinds.or(scopes);
        }
        let mut mixed = self.clone();
        for table in self.tables.of_kind(AuthorityKind::Scope) {
            mixed.row_mut(table).fill(0);
        }
        for table in other.tables.of_kind(AuthorityKind::Scope) {
            mixed.merge(table, other.row(table));
        }
        if kinds == mixed.unknown_kinds() { mixed } else { mixed.leaving_open(kinds) }
    }

    /// The same without the names of this kind that are not held there: under the ceiling of a
    /// credential ([`AuthenticationBuilder::at_most`](crate::identity::AuthenticationBuilder::at_most)).
    /// What a name brings is closed no more: a role can be left whose permissions are not.
    #[must_use]
    pub fn at_most(mut self, kind: AuthorityKind, ceiling: &Self) -> Self {
        let tables = self.tables;
        let mut unknown = self.unknown.take();
        for table in tables.of_kind(kind) {
            let allowed = ceiling.row(table);
            cut(self.row_mut(table), allowed);
            let place = self.tables.words_of(table);
            let open = unknown.as_mut().zip(place);
            if let Some(open) = open.and_then(|(it, place)| it.words.get_mut(place)) {
                cut(open, allowed);
            }
        }
        Self { unknown, ..self }
    }

    /// Adds a name and all that it includes, and all that those bring of another kind.
    pub(crate) fn add(&mut self, table: &'static AuthorityTable, index: u16) {
        // What is held brought all that it brings when it was added.
        if self.holds(AuthorityRef::new(table, index)) {
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

    fn merge(&mut self, table: &AuthorityTable, row: &[u64]) {
        for (word, more) in self.row_mut(table).iter_mut().zip(row) {
            *word |= more;
        }
    }
}

/// Takes away what is not allowed; nothing is, where a row is too short.
fn cut(row: &mut [u64], allowed: &[u64]) {
    for (place, word) in row.iter_mut().enumerate() {
        *word &= allowed.get(place).copied().unwrap_or_default();
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

impl fmt::Debug for AuthoritySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for kind in AuthorityKind::ALL {
            if self.tables.of_kind(kind).next().is_some() {
                let held: Vec<&str> = self.iter(kind).map(AuthorityRef::name).collect();
                map.entry(&kind.plural(), &held);
            }
        }
        if !self.is_known() {
            let kinds: Vec<&str> = self.unknown_kinds().iter().map(AuthorityKind::plural).collect();
            map.entry(&"unknown", &kinds);
        }
        map.finish()
    }
}
