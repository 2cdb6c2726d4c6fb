//! Names that an environment has for those of the vocabulary.

use std::collections::BTreeMap;

use super::ClaimMap;
use crate::vocabulary::{AuthorityKind, VocabularySet, nearest};

/// What names in tokens are called in the vocabulary, by kind.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) struct Renames {
    names: BTreeMap<AuthorityKind, BTreeMap<String, String>>,
    /// Why the first of them that cannot be is rejected.
    problem: Option<String>,
}

impl ClaimMap {
    /// Says what groups in tokens are called in the vocabulary, for ids that differ between
    /// environments and come from configuration. A name that is not listed stays as it is.
    ///
    /// Names are renamed before the vocabulary looks, all at once (`a` to `b` and `b` to `a` change
    /// places), so handlers, map and lock know the vocabulary's names only. Several ids may be one
    /// group. Two names for one id do not build, and neither does an authenticator whose vocabulary
    /// lacks a name.
    ///
    /// ```
    /// use auth_core::ClaimMap;
    ///
    /// // Say, from the file of this environment.
    /// let groups = [("3f2a4c1e-0b7d-4a51-9c64-7f1f8f1f9d10", "staff")];
    /// let map = ClaimMap::entra().rename_groups(groups);
    /// # let _ = map;
    /// ```
    #[must_use]
    pub fn rename_groups<F, T>(self, names: impl IntoIterator<Item = (F, T)>) -> Self
    where
        F: Into<String>,
        T: Into<String>,
    {
        self.rename(AuthorityKind::Group, names)
    }

    /// The same for roles.
    #[must_use]
    pub fn rename_roles<F, T>(self, names: impl IntoIterator<Item = (F, T)>) -> Self
    where
        F: Into<String>,
        T: Into<String>,
    {
        self.rename(AuthorityKind::Role, names)
    }

    /// The same for any kind of names.
    #[must_use]
    pub fn rename<F, T>(
        mut self,
        kind: AuthorityKind,
        names: impl IntoIterator<Item = (F, T)>,
    ) -> Self
    where
        F: Into<String>,
        T: Into<String>,
    {
        for (from, to) in names {
            self.renames.add(kind, from.into(), to.into());
        }
        self
    }

    /// Why the first rename that cannot be is rejected.
    pub(crate) fn rename_problem(&self) -> Option<&str> {
        self.renames.problem.as_deref()
    }

    /// The first name that something is renamed to and the vocabulary lacks, in words.
    pub(crate) fn rename_to_unknown(&self, tables: &VocabularySet) -> Option<String> {
        let all = self.renames.names.iter();
        let mut all = all.flat_map(|(kind, names)| names.iter().map(move |names| (*kind, names)));
        all.find(|(kind, (_, to))| tables.find(*kind, to).is_none()).map(|(kind, (from, to))| {
            let near = tables.of_kind(kind).find_map(|table| nearest(table, to));
            let help = near.map_or_else(
                || format!("rename it to a {kind} of an enum in `.vocabulary::<(..)>()`"),
                |near| format!("did you mean `{near}`?"),
            );
            format!("`{from}` is renamed to the {kind} `{to}`, which the vocabulary does not have\nhelp: {help}")
        })
    }
}

impl Renames {
    fn add(&mut self, kind: AuthorityKind, from: String, to: String) {
        let names = self.names.entry(kind).or_default();
        let problem = if from.is_empty() || !kind.can_be_named(&to) {
            Some(format!(
                "the {kind} `{from}` cannot be renamed to `{to}`\nhelp: both must be names"
            ))
        } else {
            let other = names.get(&from).filter(|other| **other != to);
            other.map(|other| {
                format!("the {kind} `{from}` is renamed to both `{other}` and `{to}`\nhelp: keep one of them; a group may bring several roles")
            })
        };
        self.problem = self.problem.take().or(problem);
        names.insert(from, to);
    }

    /// What a name in a token is called in the vocabulary.
    pub(super) fn of<'a>(&'a self, kind: AuthorityKind, name: &'a str) -> &'a str {
        if self.names.is_empty() {
            return name;
        }
        self.names.get(&kind).and_then(|names| names.get(name)).map_or(name, String::as_str)
    }
}
