//! User names in the form in which they are compared.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use precis_profiles::UsernameCaseMapped;
use precis_profiles::precis_core::profile::PrecisFastInvocation as _;

use crate::model::LoginKey;
use crate::secret::Digest;

/// How many bytes a name may have, as it is typed and as it is prepared.
const MAX_BYTES: usize = 254;

impl LoginKey {
    /// The key of a name as a user types it, prepared by `UsernameCaseMapped`
    /// ([RFC 8265 §3.3](https://www.rfc-editor.org/rfc/rfc8265#section-3.3)): upper and lower case
    /// are the same, and so are the ways to write a character.
    ///
    /// `None` if it can be no one's: it is empty, longer than 254 bytes, has spaces or characters that
    /// the profile does not take, or a colon, which HTTP Basic could not carry
    /// ([RFC 7617 §2](https://www.rfc-editor.org/rfc/rfc7617#section-2)).
    ///
    /// ```
    /// use auth_accounts::model::LoginKey;
    ///
    /// assert_eq!(LoginKey::prepare("Ａlice"), LoginKey::prepare("alice"));
    /// assert_eq!(LoginKey::prepare("al:ice"), None);
    /// ```
    #[must_use]
    pub fn prepare(name: &str) -> Option<Self> {
        if name.is_empty() || name.len() > MAX_BYTES || name.contains(':') {
            return None;
        }
        let prepared = UsernameCaseMapped::enforce(name).ok()?;
        let is_valid =
            !prepared.is_empty() && prepared.len() <= MAX_BYTES && !prepared.contains(':');
        is_valid.then(|| Self::from_prepared(prepared.into_owned()))
    }

    /// The key of this name if it can be someone's, and else one that is no account's: it has a colon.
    /// So every name that is tried goes the same way.
    pub(crate) fn of_attempt(name: &str) -> Self {
        Self::prepare(name).unwrap_or_else(|| {
            let digest = Digest::of(&[name.as_bytes()]);
            Self::from_prepared(format!(":{}", URL_SAFE_NO_PAD.encode(digest.as_bytes())))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_the_same_are_the_same() {
        let key = |name: &str| LoginKey::prepare(name).unwrap();
        assert_eq!(key("Alice"), key("aLICE"));
        assert_eq!(key("caf\u{e9}"), key("CAFE\u{301}"));
        assert_eq!(key("Ｂｏｂ"), key("bob"));
        assert_eq!(key("alice@shop.test").as_str(), "alice@shop.test");
        assert_ne!(key("ma\u{131}l"), key("mail"), "a dotless i is another letter");
    }

    #[test]
    fn a_name_is_prepared_once_and_for_all() {
        for name in ["Alice", "ÄÖÜ", "Ａ", "ß", "İ", "ﬁ", "Ⅷ", "ﾊﾝｶｸ", "שלום", "ǰ"]
        {
            if let Some(key) = LoginKey::prepare(name) {
                assert_eq!(LoginKey::prepare(key.as_str()), Some(key), "{name}");
            }
        }
    }

    #[test]
    fn what_can_be_no_name_is_none() {
        for name in [
            "",
            " ",
            "a b",
            "a:b",
            "a：b",
            "a\0b",
            "a\nb",
            "\u{200b}",
            "a\u{202e}b",
            &"x".repeat(255),
        ] {
            assert_eq!(LoginKey::prepare(name), None, "{name:?}");
            let attempt = LoginKey::of_attempt(name);
            assert_eq!(LoginKey::prepare(attempt.as_str()), None, "{name:?}");
        }
    }
}
