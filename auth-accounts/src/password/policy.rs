//! Which passwords can be chosen.

use std::sync::Arc;

use super::{Blocklist, CommonPasswords, Prepared};
use crate::secret::SecretText;

/// Why a password cannot be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordError {
    /// It has too few characters, or what it has apart from the names of the user and of the service
    /// is too little.
    #[error(
        "the password needs at least {at_least} characters; the names of the user and of the service \
         do not count"
    )]
    TooShort {
        /// How many it needs, in code points.
        at_least: usize,
    },
    /// It has too many bytes.
    #[error("the password may have at most {} bytes", Prepared::MAX_BYTES)]
    TooLong,
    /// It has a control character, such as a line break.
    #[error("the password has a control character")]
    ControlCharacter,
    /// It is one of those that are guessed first.
    #[error("the password is one of those that are guessed first; choose another one")]
    Common,
}

impl PasswordError {
    /// Its stable name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooShort { .. } => "password_too_short",
            Self::TooLong => "password_too_long",
            Self::ControlCharacter => "password_control_character",
            Self::Common => "password_too_common",
        }
    }
}

/// Which passwords can be chosen. It asks for no kinds of characters.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    /// Of a password that is the only factor, in characters.
    pub(super) min_length: usize,
    /// The same of one beside a second factor.
    pub(super) min_length_beside: usize,
    pub(super) context_words: Vec<String>,
    pub(super) blocklists: Vec<Arc<dyn Blocklist>>,
}

impl Policy {
    /// A password that can be chosen for an account of these names, with or without a second factor.
    pub(crate) fn check(
        &self,
        password: &SecretText,
        names: &[&str],
        has_second_factor: bool,
    ) -> Result<Prepared, PasswordError> {
        if password.expose().len() > Prepared::MAX_BYTES {
            return Err(PasswordError::TooLong);
        }
        let at_least = if has_second_factor { self.min_length_beside } else { self.min_length };
        let too_short = PasswordError::TooShort { at_least };
        if password.expose().chars().count() < at_least {
            return Err(too_short);
        }
        let prepared = Prepared::new(password).ok_or(PasswordError::ControlCharacter)?;
        let words = self.context_words.iter().map(String::as_str).chain(names.iter().copied());
        if length_without(prepared.as_str(), words) < at_least {
            return Err(too_short);
        }
        let text = prepared.as_str();
        if CommonPasswords.contains(text) || self.blocklists.iter().any(|it| it.contains(text)) {
            return Err(PasswordError::Common);
        }
        Ok(prepared)
    }
}

/// How many characters are left when these words are taken away. Words of less than four characters
/// are parts of too many others.
fn length_without<'a>(password: &str, words: impl Iterator<Item = &'a str>) -> usize {
    let mut rest = zeroize::Zeroizing::new(password.to_lowercase());
    let mut words: Vec<_> =
        words.map(str::to_lowercase).filter(|it| it.chars().count() >= 4).collect();
    words.sort_unstable_by_key(|word| std::cmp::Reverse(word.len()));
    for word in words {
        *rest = rest.replace(&word, "");
    }
    rest.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(password: &str, names: &[&str]) -> Result<(), PasswordError> {
        let context_words = vec!["notes".to_owned()];
        policy(context_words).check(&password.into(), names, false).map(drop)
    }

    fn policy(context_words: Vec<String>) -> Policy {
        Policy { min_length: 15, min_length_beside: 8, context_words, blocklists: Vec::new() }
    }

    const TOO_SHORT: Result<(), PasswordError> = Err(PasswordError::TooShort { at_least: 15 });

    #[test]
    fn r2_the_length_is_counted_in_characters() {
        assert_eq!(check("fourteen chars", &[]), TOO_SHORT);
        assert_eq!(check("fifteen chars !", &[]), Ok(()));
        assert_eq!(check("ееееееее кирилл", &[]), Ok(()), "15 characters, 29 bytes");
        assert_eq!(check("ееееееее кирил", &[]), TOO_SHORT);
    }

    #[test]
    fn r2_beside_a_second_factor_it_may_be_shorter() {
        let check =
            |password: &str| policy(Vec::new()).check(&password.into(), &[], true).map(drop);
        assert_eq!(check("ei9 char"), Ok(()));
        assert_eq!(check("seven c"), Err(PasswordError::TooShort { at_least: 8 }));
    }

    #[test]
    fn r1_r6_64_characters_of_any_kind_can_be_chosen() {
        assert_eq!(check(&"ü".repeat(64), &[]), Ok(()));
        for password in
            ["only lower case letters", "8372 5519 0046 7281 3345", "ОДНИ ЗАГЛАВНЫЕ БУКВЫ"]
        {
            assert_eq!(check(password, &[]), Ok(()), "{password}");
        }
        assert_eq!(check(&"a b c d e f g ".repeat(5), &[]), Ok(()));
    }

    #[test]
    fn r5_a_long_password_is_refused_for_its_length() {
        assert_eq!(check(&"long words ".repeat(100), &[]), Err(PasswordError::TooLong));
    }

    #[test]
    fn r7_common_passwords_and_names_are_refused() {
        assert_eq!(check("passwordpassword", &[]), Err(PasswordError::Common));
        assert_eq!(check("alice.smith Notes 1", &["Alice.Smith"]), TOO_SHORT);
        assert_eq!(check("alice.smith likes her cats", &["alice.smith"]), Ok(()));
    }

    #[test]
    fn control_characters_are_named() {
        assert_eq!(check("fifteen\tcharacters", &[]), Err(PasswordError::ControlCharacter));
    }
}
