//! How the levels of logins are ordered.

use super::{AuthorityKind, AuthorityTable, VocabularySet};

impl VocabularySet {
    /// Whether a login of the class `own` is enough where the class `asked` is asked for: if they are the
    /// same, or if both are levels and `own` includes `asked`.
    ///
    /// `None` if that is not known: `asked` is a level, and `own` is not. How strong such a login is, no one
    /// said.
    pub(crate) fn reaches(&self, own: &str, asked: &str) -> Option<bool> {
        if own == asked {
            return Some(true);
        }
        let Some((table, asked)) = self.find(AuthorityKind::Level, asked) else {
            return Some(false);
        };
        let (own_table, own) = self.find(AuthorityKind::Level, own)?;
        Some(own_table.is(table) && own_table.includes(own, asked))
    }

    /// Every level, in the order of the vocabulary and its enums.
    pub(crate) fn levels(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.of_kind(AuthorityKind::Level).flat_map(|table| table.names).map(|info| info.name)
    }
}

impl AuthorityTable {
    /// Whether some level includes both: a login can be enough for the one and for the other.
    pub(crate) const fn has_both(&self, one: u16, other: u16) -> bool {
        let mut index = 0;
        while (index as usize) < self.len() {
            if self.includes(index, one) && self.includes(index, other) {
                return true;
            }
            index += 1;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use crate::vocabulary::testing_fixtures::shop;
    use crate::vocabulary::{AuthorityKind, AuthorityRef, AuthoritySet, VocabularySet};

    #[test]
    fn a_level_reaches_those_that_it_includes() {
        let tables = shop().tables();
        for (own, asked, expected) in [
            ("mfa", "pwd", Some(true)),
            ("hwk", "pwd", Some(true)),
            ("pwd", "mfa", Some(false)),
            ("visit", "pwd", Some(false)),
            ("pwd", "pwd", Some(true)),
            // A class that is no level is not ordered.
            ("other", "other", Some(true)),
            ("pwd", "other", Some(false)),
            ("other", "pwd", None),
        ] {
            assert_eq!(tables.reaches(own, asked), expected, "{own} {asked}");
        }
        assert_eq!(VocabularySet::default().reaches("mfa", "pwd"), Some(false));
    }

    #[test]
    fn no_caller_holds_a_level() {
        let tables = shop().tables();
        let set = tables.intern([(AuthorityKind::Level, "hwk"), (AuthorityKind::Role, "clerk")]);
        let clerk = tables.intern([(AuthorityKind::Role, "clerk")]);
        assert_eq!(set.words(), clerk.words());
        assert_eq!(set.iter(AuthorityKind::Level).count(), 0);
        let hwk = AuthorityRef::new(shop().level, 2);
        assert_eq!(set.look_up(hwk), None);
        let open = AuthoritySet::empty(&tables).with_unknown(AuthorityKind::Level);
        assert!(!open.is_unknown(hwk));
    }
}
