//! The code that a user types.

use auth_accounts::secret::{Digest, KeyRing, random_bytes};

/// Letters that are hard to confuse, and form no words
/// ([RFC 8628 §6.1](https://www.rfc-editor.org/rfc/rfc8628#section-6.1)).
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
/// How many letters a code has: 34 bits.
const LENGTH: usize = 8;
/// The purpose of the key for digests of codes. A code has few bits, so that a digest without a key could be
/// guessed in seconds from a copy of the database.
const PURPOSE: &str = "auth-server user code";

/// A user code: 8 of 20 letters.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct UserCode(String);

impl UserCode {
    /// A new one, by the random generator of the operating system.
    pub(super) fn random() -> Self {
        let mut text = String::with_capacity(LENGTH);
        while text.len() < LENGTH {
            // 240 is the last multiple of 20 in a byte: every letter is as likely as the others.
            let usable = random_bytes::<16>().into_iter().filter(|it| *it < 240);
            let letters = usable.filter_map(|it| LETTERS.get(usize::from(it % 20)));
            text.extend(letters.take(LENGTH - text.len()).map(|it| char::from(*it)));
        }
        Self(text)
    }

    /// The code that a user has typed, in any case, with any dashes and spaces.
    pub(super) fn parse(typed: &str) -> Option<Self> {
        if typed.len() > 64 {
            return None;
        }
        let is_between = |it: &char| {
            !it.is_whitespace() && !matches!(it, '-' | '_' | '.' | '\u{2010}'..='\u{2015}')
        };
        let letters = typed.chars().filter(is_between);
        let text: String = letters.map(|it| it.to_ascii_uppercase()).collect();
        let is_valid = text.len() == LENGTH && text.bytes().all(|it| LETTERS.contains(&it));
        is_valid.then_some(Self(text))
    }

    /// As it is shown: `BCDF-GHJK`.
    pub(super) fn shown(&self) -> String {
        let (one, other) = self.0.split_at_checked(LENGTH / 2).unwrap_or((&self.0, ""));
        format!("{one}-{other}")
    }

    /// The digest under which it is stored.
    pub(super) fn digest(&self, keys: &KeyRing) -> Digest {
        keys.current_mac(PURPOSE, self.0.as_bytes())
    }

    /// The digests under which it may be stored, one for each key, since the current key may have changed since
    /// the code was shown.
    pub(super) fn digests(&self, keys: &KeyRing) -> Vec<Digest> {
        keys.names().filter_map(|name| keys.mac(name, PURPOSE, self.0.as_bytes())).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_code_is_typed_in_many_ways() {
        let code = UserCode("BCDFGHJK".to_owned());
        for typed in
            ["BCDF-GHJK", "bcdf-ghjk", " bcdfghjk ", "B C D F - G H J K", "bcdf\u{2013}ghjk"]
        {
            assert!(UserCode::parse(typed) == Some(code.clone()), "{typed}");
        }
        for typed in ["", "BCDFGHJ", "BCDFGHJKL", "ACDFGHJK", "BCDF-GHJ1", "\u{ff22}CDFGHJK"] {
            assert!(UserCode::parse(typed).is_none(), "{typed}");
        }
        assert_eq!(code.shown(), "BCDF-GHJK");
    }

    #[test]
    fn a99_a_code_has_8_of_20_letters_and_a_digest_with_a_key() {
        let codes: Vec<UserCode> = (0..500).map(|_| UserCode::random()).collect();
        let letters: BTreeSet<u8> = codes.iter().flat_map(|it| it.0.bytes()).collect();
        assert_eq!(letters.len(), 20);
        assert!(
            codes.iter().all(|it| it.0.len() == LENGTH && UserCode::parse(&it.shown()).is_some())
        );
        let (old, new) = (("old", [1; 32]), ("new", [2; 32]));
        let before = KeyRing::new([old]).unwrap();
        let after = KeyRing::new([new, old]).unwrap();
        assert!(codes[0].digests(&after).contains(&codes[0].digest(&before)));
        assert_ne!(codes[0].digest(&before), codes[0].digest(&after));
    }
}
