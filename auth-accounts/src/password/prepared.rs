//! A password in the form in which it is hashed.

use precis_profiles::OpaqueString;
use precis_profiles::precis_core::profile::PrecisFastInvocation as _;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

use crate::secret::SecretText;

/// A password, prepared as an `OpaqueString`
/// ([RFC 8265 §4.2](https://www.rfc-editor.org/rfc/rfc8265#section-4.2)): the same characters are the
/// same bytes, on every keyboard. Nothing is trimmed, cut or put in another case.
#[derive(Clone)]
pub(crate) struct Prepared(Zeroizing<String>);

impl Prepared {
    /// How many bytes a password may have, before anything is done with it.
    pub(crate) const MAX_BYTES: usize = 1_024;

    /// The password; `None` if it can be no one's: it is empty, longer than
    /// [`MAX_BYTES`](Self::MAX_BYTES), or has a control character.
    pub(crate) fn new(password: &SecretText) -> Option<Self> {
        let password = password.expose();
        if password.is_empty()
            || password.len() > Self::MAX_BYTES
            || password.chars().any(|it| it.is_control() || is_line_end(it))
        {
            return None;
        }
        if let Ok(prepared) = OpaqueString::enforce(password) {
            return Some(Self(Zeroizing::new(prepared.into_owned())));
        }
        // The profile knows neither the joined emoji nor the characters of the next Unicode. Any
        // character will do for a password, so the rules of the profile that change something are
        // applied without those that refuse.
        let spaced = password.chars().map(|it| if it.is_whitespace() { ' ' } else { it });
        Some(Self(Zeroizing::new(spaced.nfc().collect())))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The two separators of lines and paragraphs that are no control characters.
const fn is_line_end(letter: char) -> bool {
    matches!(letter, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepared(text: &str) -> Option<String> {
        Prepared::new(&text.into()).map(|it| it.as_str().to_owned())
    }

    #[test]
    fn r3_a_password_is_neither_trimmed_nor_cut_nor_put_in_another_case() {
        for text in ["  both ends  ", "MiXeD cAsE", &"long".repeat(200), "a  b"] {
            assert_eq!(prepared(text).as_deref(), Some(text));
        }
    }

    #[test]
    fn r4_the_same_characters_are_the_same_bytes() {
        assert_eq!(prepared("caf\u{e9}"), prepared("cafe\u{301}"));
        assert_eq!(prepared("a\u{a0}b"), prepared("a b"));
        assert_ne!(prepared("\u{fb01}"), prepared("fi"), "no letter becomes another");
    }

    #[test]
    fn r1_any_character_but_those_of_control_can_be_in_a_password() {
        for text in [
            "пароль",
            "パスワード",
            "👨\u{200d}👩\u{200d}👧 family",
            "\u{1faea}\u{323af}",
            "a:b%c d",
        ] {
            assert!(prepared(text).is_some(), "{text}");
        }
        assert_eq!(prepared("👨\u{200d}👩 e\u{301}"), prepared("👨\u{200d}👩\u{3000}\u{e9}"));
        for text in ["", "a\0b", "a\nb", "a\u{7f}", "a\u{85}b", "a\u{2028}b"] {
            assert_eq!(prepared(text), None, "{text:?}");
        }
    }

    #[test]
    fn r5_the_bound_is_in_bytes_and_comes_first() {
        assert!(prepared(&"x".repeat(1_024)).is_some());
        assert_eq!(prepared(&"x".repeat(1_025)), None);
        assert_eq!(prepared(&"é".repeat(513)), None);
    }
}
