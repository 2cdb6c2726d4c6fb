//! What an API key looks like.

use zeroize::Zeroizing;

use super::crc32::crc32;
use crate::model::ApiKeyId;
use crate::secret::{SecretText, random_base62};

/// How many letters and digits the secret part has: 178 bits.
const SECRET: usize = 30;

/// How many the checksum has: 62 to the power of 6 is more than 2 to the power of 32.
const CHECKSUM: usize = 6;

/// The format of the keys of an application:
/// `<prefix>_<environment>_<public id>_<secret><checksum>`.
///
/// - The public id is 12 letters and digits. It may be shown and logged, and a key is looked up by it.
/// - The secret is 30 letters and digits: 178 bits.
/// - The checksum is the CRC-32 of all that is before it, 6 digits of base 62. It is no protection:
///   with it, a key that was cut or mistyped is rejected without asking the store.
///
/// There are no other characters, so a double click selects the whole key, and no form of escaping
/// changes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFormat {
    /// All that is before the public id.
    head: String,
}

/// The key of a request, if it can be one.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PresentedKey<'a> {
    pub(super) id: ApiKeyId,
    /// All of it.
    pub(super) text: &'a str,
}

impl KeyFormat {
    pub(super) fn new(prefix: &str, environment: Option<&str>) -> Self {
        let head = match environment {
            Some(environment) => format!("{prefix}_{environment}_"),
            None => format!("{prefix}_"),
        };
        Self { head }
    }

    /// What every key begins with, such as `acme_live_`.
    #[must_use]
    pub fn head(&self) -> &str {
        &self.head
    }

    /// The regular expression for scanners that look for keys in code, logs and messages.
    ///
    /// ```
    /// # use auth_accounts::{Accounts, api_key::ApiKeySettings, secret::KeyRing};
    /// # fn pattern(stores: auth_accounts::store::Stores) -> Result<(), Box<dyn std::error::Error>> {
    /// let accounts = Accounts::builder(stores)
    ///     .origin("https://acme.example.com")
    ///     .keys(KeyRing::ephemeral())
    ///     .api_keys(ApiKeySettings::default().prefix("acme").environment("live"))
    ///     .build()?;
    /// let pattern = r"\bacme_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{36}\b";
    /// assert_eq!(accounts.api_key_format().pattern(), pattern);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn pattern(&self) -> String {
        let id = ApiKeyId::LENGTH;
        let rest = SECRET + CHECKSUM;
        format!(r"\b{}[0-9A-Za-z]{{{id}}}_[0-9A-Za-z]{{{rest}}}\b", self.head)
    }

    /// A new key with this id.
    pub(super) fn key(&self, id: &ApiKeyId) -> SecretText {
        let secret = Zeroizing::new(random_base62(SECRET));
        // Of this size from the start: a text that grows leaves copies behind.
        let mut key = String::with_capacity(self.length());
        key.push_str(&self.head);
        key.push_str(id.as_str());
        key.push('_');
        key.push_str(&secret);
        let checksum = base62(crc32(key.as_bytes()));
        key.extend(checksum.map(char::from));
        SecretText::new(key)
    }

    /// The key that a text is, by its form and its checksum.
    pub(super) fn read<'a>(&self, text: &'a str) -> Option<PresentedKey<'a>> {
        if text.len() != self.length() {
            return None;
        }
        let rest = text.strip_prefix(self.head.as_str())?;
        let (id, secret) = rest.split_once('_')?;
        let id = ApiKeyId::parse(id).ok()?;
        if !secret.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return None;
        }
        let (before, checksum) = text.split_at_checked(text.len() - CHECKSUM)?;
        (base62(crc32(before.as_bytes())) == *checksum.as_bytes())
            .then_some(PresentedKey { id, text })
    }

    /// Whether a text has a key in it, also one that is not valid: what the pattern finds.
    pub(super) fn is_in(&self, text: &[u8]) -> bool {
        let is_letter = |byte: &u8| byte.is_ascii_alphanumeric();
        let (id, rest) = (ApiKeyId::LENGTH, SECRET + CHECKSUM);
        text.windows(self.length()).enumerate().any(|(start, window)| {
            let found = window.strip_prefix(self.head.as_bytes());
            let Some((public, secret)) = found.and_then(|it| it.split_at_checked(id)) else {
                return false;
            };
            let before = start.checked_sub(1).and_then(|place| text.get(place));
            let after = text.get(start + window.len());
            let is_word = |byte: Option<&u8>| byte.is_some_and(|it| is_letter(it) || *it == b'_');
            public.iter().all(is_letter)
                && secret
                    .strip_prefix(b"_")
                    .is_some_and(|it| it.len() == rest && it.iter().all(is_letter))
                && !is_word(before)
                && !is_word(after)
        })
    }

    fn length(&self) -> usize {
        self.head.len() + ApiKeyId::LENGTH + 1 + SECRET + CHECKSUM
    }
}

/// A number in base 62, with as many digits as a checksum has.
fn base62(mut number: u32) -> [u8; CHECKSUM] {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut digits = [b'0'; CHECKSUM];
    for digit in digits.iter_mut().rev() {
        let place = usize::try_from(number % 62).ok();
        *digit = place.and_then(|place| DIGITS.get(place)).copied().unwrap_or(b'0');
        number /= 62;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format() -> KeyFormat {
        KeyFormat::new("acme", Some("live"))
    }

    #[test]
    fn a_key_has_59_letters_and_says_its_id() {
        let id = ApiKeyId::parse("7Kq2mXw9ZbT4").unwrap();
        let key = format().key(&id);
        assert_eq!(key.expose().len(), 59);
        assert!(key.expose().starts_with("acme_live_7Kq2mXw9ZbT4_"));
        assert_eq!(format().read(key.expose()).map(|it| it.id), Some(id));
        assert!(format().is_in(key.expose().as_bytes()));
    }

    #[test]
    fn a_key_with_any_letter_changed_or_missing_is_none() {
        let key = format().key(&ApiKeyId::random());
        let key = key.expose();
        for place in 0..key.len() {
            for other in ['0', 'Z', '_', 'é'] {
                let changed: String = key
                    .chars()
                    .enumerate()
                    .map(|(at, it)| if at == place { other } else { it })
                    .collect();
                assert!(changed == key || format().read(&changed).is_none(), "{place} {other}");
            }
            assert!(format().read(key.split_at(place).0).is_none());
        }
        for text in
            ["", "acme_live_", "eyJhbGciOiJub25lIn0.e30.", &format!("{key}0"), &key.to_uppercase()]
        {
            assert!(format().read(text).is_none(), "{text}");
        }
        assert!(KeyFormat::new("acme", Some("test")).read(key).is_none(), "another environment");
    }

    #[test]
    fn keys_are_found_where_they_do_not_belong() {
        let key = format().key(&ApiKeyId::random());
        let key = key.expose();
        for text in [key.to_owned(), format!("api_key={key}&x=1"), format!("({key})")] {
            assert!(format().is_in(text.as_bytes()), "the whole");
        }
        let mistyped = format!("{}x", key.split_at(58).0);
        assert!(
            format().is_in(mistyped.as_bytes()),
            "a wrong checksum still gives away most of it"
        );
        for text in [key.split_at(58).0, &format!("x{key}"), &format!("{key}0"), "acme_live_", ""] {
            assert!(!format().is_in(text.as_bytes()));
        }
    }

    #[test]
    fn numbers_are_written_with_six_digits() {
        assert_eq!(base62(0), *b"000000");
        assert_eq!(base62(61), *b"00000z");
        assert_eq!(base62(62), *b"000010");
        assert_eq!(base62(u32::MAX), *b"4gfFC3");
    }
}
