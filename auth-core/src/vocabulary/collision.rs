//! Vocabularies in which a name would not say what it is.

use super::{AuthorityInfo, AuthorityKind, AuthorityTable, VocabularySet};

/// Why some enums cannot be one vocabulary.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VocabularyError {
    /// Two enums of one kind have a name in common. A token says the name and not whose it is.
    #[error(
        "the {kind} `{name}` is in two enums of the vocabulary: `{first}` and `{second}`\nhelp: a token does not say which of them is meant: rename one, as in `#[{kind}(\"..\")]`, or give `.vocabulary::<(..)>()` one of the enums only"
    )]
    NameInTwoEnums {
        /// The kind of both enums.
        kind: AuthorityKind,
        /// The name on the wire.
        name: &'static str,
        /// The enum that comes first, with its modules.
        first: &'static str,
        /// The other enum, with its modules.
        second: &'static str,
    },
    /// One enum is listed twice.
    #[error(
        "the vocabulary has `{enum_name}` twice\nhelp: list it once in `.vocabulary::<(..)>()`"
    )]
    EnumTwice {
        /// The enum, with its modules.
        enum_name: &'static str,
    },
}

crate::wording::debug_in_words!(VocabularyError);

impl VocabularySet {
    /// Whether each name is of one enum.
    ///
    /// # Errors
    /// If one enum is there twice, or two of one kind have a name in common.
    pub fn check(&self) -> Result<(), VocabularyError> {
        for (place, table) in self.iter().enumerate() {
            for before in self.iter().take(place) {
                before.check_beside(table)?;
            }
        }
        Ok(())
    }
}

impl AuthorityTable {
    /// Whether this table and another one can be in one vocabulary.
    pub(crate) fn check_beside(&self, other: &Self) -> Result<(), VocabularyError> {
        let [first, second] = [self, other].map(|table| (table.type_name)());
        if self.is(other) {
            return Err(VocabularyError::EnumTwice { enum_name: first });
        }
        if self.kind != other.kind {
            return Ok(());
        }
        match other.names.iter().find(|info| self.find(info.name).is_some()) {
            None => Ok(()),
            Some(&AuthorityInfo { name, .. }) => {
                Err(VocabularyError::NameInTwoEnums { kind: self.kind, name, first, second })
            }
        }
    }
}
