//! What each name of a vocabulary brings, closed over inclusion and grants.

use std::collections::HashMap;

#[cfg(test)]
use super::GrantsModel;
use super::VocabularyModel;
use crate::policy::solver::BitSet;
use crate::vocabulary::AuthorityKind;

/// The names of a vocabulary by number, with what each brings and what brings it.
pub(super) struct Closure<'a> {
    names: Vec<(AuthorityKind, &'a str)>,
    numbers: HashMap<(AuthorityKind, &'a str), usize>,
    /// Itself and all that its holder holds through it.
    brings: Vec<BitSet>,
    /// Itself and all whose holder holds it.
    brought_by: Vec<Vec<usize>>,
}

impl<'a> Closure<'a> {
    pub(super) fn of(vocabulary: &'a VocabularyModel) -> Self {
        let (mut names, mut direct) = (Vec::new(), Vec::new());
        for kind in AuthorityKind::LISTED {
            for it in vocabulary.of(kind) {
                names.push((kind, it.name.as_str()));
                direct.push((kind, it));
            }
        }
        let numbers: HashMap<_, _> =
            names.iter().enumerate().map(|(number, name)| (*name, number)).collect();
        // A name that is listed but unknown brings nothing: unknown names grant nothing.
        let edges: Vec<Vec<usize>> = direct
            .into_iter()
            .map(|(kind, it)| {
                let includes = it.includes.iter().map(|name| (kind, name));
                let grants = it.grants.iter().map(|name| (AuthorityKind::Permission, name));
                let roles = it.roles.iter().map(|name| (AuthorityKind::Role, name));
                let all = includes.chain(grants).chain(roles);
                all.filter_map(|(kind, name)| numbers.get(&(kind, name.as_str())).copied())
                    .collect()
            })
            .collect();
        let brings: Vec<BitSet> = (0..names.len()).map(|from| walk(&edges, from)).collect();
        let mut brought_by = vec![Vec::new(); names.len()];
        for (number, row) in brings.iter().enumerate() {
            for brought in row.iter() {
                if let Some(list) = brought_by.get_mut(brought) {
                    list.push(number);
                }
            }
        }
        Self { names, numbers, brings, brought_by }
    }

    /// The number of a name; `None` if the vocabulary lacks it.
    pub(super) fn number(&self, kind: AuthorityKind, name: &str) -> Option<usize> {
        self.numbers.get(&(kind, name)).copied()
    }

    pub(super) fn name(&self, number: usize) -> Option<(AuthorityKind, &'a str)> {
        self.names.get(number).copied()
    }

    /// Whether a login of the class `own` is enough where `asked` is asked for: see
    /// [`VocabularySet::reaches`](crate::vocabulary::VocabularySet).
    pub(super) fn reaches(&self, own: &str, asked: &str) -> Option<bool> {
        if own == asked {
            return Some(true);
        }
        let Some(asked) = self.number(AuthorityKind::Level, asked) else { return Some(false) };
        let own = self.number(AuthorityKind::Level, own)?;
        Some(self.brings(own).contains(asked))
    }

    /// Every level, in the order of its enum.
    pub(super) fn levels(&self) -> impl Iterator<Item = &'a str> {
        let names = self.names.iter().filter(|(kind, _)| *kind == AuthorityKind::Level);
        names.map(|(_, name)| *name)
    }

    /// Every name with its number: roles first, each kind in the order of its enum.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, AuthorityKind, &'a str)> {
        self.names.iter().enumerate().map(|(number, (kind, name))| (number, *kind, *name))
    }

    pub(super) fn brings(&self, number: usize) -> &BitSet {
        const NOTHING: &BitSet = &BitSet::new();
        self.brings.get(number).unwrap_or(NOTHING)
    }

    pub(super) fn brought_by(&self, number: usize) -> &[usize] {
        self.brought_by.get(number).map_or(&[], Vec::as_slice)
    }

    /// All that the holder of a token with these names holds.
    #[cfg(test)]
    pub(super) fn held(&self, grants: &GrantsModel) -> BitSet {
        let mut held = BitSet::new();
        for (kind, name) in grants.iter() {
            if let Some(number) = self.number(kind, name) {
                held.add(self.brings(number));
            }
        }
        held
    }

    /// Whether both vocabularies have the same names in the same order, and bring the same.
    pub(super) fn same(&self, other: &Closure<'_>) -> bool {
        self.names == other.names && self.brings == other.brings
    }
}

/// All that is reached from `from`, itself among it. A cycle, which only a file can have, ends.
fn walk(edges: &[Vec<usize>], from: usize) -> BitSet {
    let (mut seen, mut open) = (BitSet::new(), vec![from]);
    seen.insert(from);
    while let Some(at) = open.pop() {
        for next in edges.get(at).into_iter().flatten() {
            if !seen.contains(*next) {
                seen.insert(*next);
                open.push(*next);
            }
        }
    }
    seen
}
