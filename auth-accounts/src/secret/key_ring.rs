//! The keys that are kept outside the store.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use super::{Digest, random_bytes};

/// The keys of a server: digests and sealed values in the store are worth nothing without them.
///
/// The first is used for what is new; the others open what was made before. To rotate, put a new one
/// in front, and take the last one away when nothing names it any more. All nodes need the same.
///
/// ```
/// use auth_accounts::secret::KeyRing;
///
/// let ring = KeyRing::new([("2026-11", [7; 32]), ("2026-05", [1; 32])])?;
/// assert_eq!(ring.current(), "2026-11");
/// # Ok::<(), auth_accounts::secret::KeyRingError>(())
/// ```
#[derive(Clone)]
pub struct KeyRing(Arc<[(String, Zeroizing<[u8; 32]>)]>);

/// A key ring cannot be made of these keys.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyRingError {
    /// There are no keys.
    #[error("a key ring needs at least one key")]
    Empty,
    /// Two keys have the same name.
    #[error("two keys of the ring are called `{0}`")]
    Repeated(String),
    /// A name cannot be stored beside what was made with the key.
    #[error("`{0}` cannot name a key: expected 1 to 32 letters, digits, `-` or `_`")]
    Name(String),
}

/// A value that can be read only with the [`KeyRing`].
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Which key of the ring it was sealed with.
    pub key: String,
    /// Nonce and ciphertext.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed(by {})", self.key)
    }
}

impl KeyRing {
    /// A ring of these keys: name and 256 random bits each, the current one first.
    ///
    /// # Errors
    /// If there is no key, or a name is used twice or is not 1 to 32 letters, digits, `-` or `_`.
    pub fn new<N: Into<String>>(
        keys: impl IntoIterator<Item = (N, [u8; 32])>,
    ) -> Result<Self, KeyRingError> {
        let mut ring: Vec<(String, Zeroizing<[u8; 32]>)> = Vec::new();
        for (name, key) in keys {
            let name = name.into();
            let can_be_stored = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            if !(1..=32).contains(&name.len()) || !name.bytes().all(can_be_stored) {
                return Err(KeyRingError::Name(name));
            }
            if ring.iter().any(|(other, _)| *other == name) {
                return Err(KeyRingError::Repeated(name));
            }
            ring.push((name, Zeroizing::new(key)));
        }
        if ring.is_empty() { Err(KeyRingError::Empty) } else { Ok(Self(ring.into())) }
    }

    /// A ring with one new key, for tests and development: what is made with it is lost with the
    /// process.
    #[must_use]
    pub fn ephemeral() -> Self {
        Self([("ephemeral".to_owned(), Zeroizing::new(random_bytes()))].into())
    }

    /// The name of the key that is used for what is new.
    #[must_use]
    pub fn current(&self) -> &str {
        self.0.first().map_or("", |(name, _)| name)
    }

    /// The names of all keys, the current one first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// HMAC-SHA-256 of this text under a key of the ring, for one purpose; `None` if the ring has no
    /// key of this name.
    #[must_use]
    pub fn mac(&self, key: &str, purpose: &str, text: &[u8]) -> Option<Digest> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &*self.derived(key, purpose)?);
        let mut digest = [0; 32];
        digest.copy_from_slice(hmac::sign(&key, text).as_ref());
        Some(Digest::from_bytes(digest))
    }

    /// The same under the current key.
    #[must_use]
    pub fn current_mac(&self, purpose: &str, text: &[u8]) -> Digest {
        self.mac(self.current(), purpose, text).unwrap_or(Digest::ZERO)
    }

    /// The keys of the ring for one purpose, the current one first: for code that needs them often.
    pub(crate) fn mac_keys(&self, purpose: &str) -> Box<[hmac::Key]> {
        let derived = self.names().filter_map(|name| self.derived(name, purpose));
        derived.map(|key| hmac::Key::new(hmac::HMAC_SHA256, &*key)).collect()
    }

    /// Seals a value for one purpose and one owner (AES-256-GCM under the current key): put in place
    /// of another owner's it does not open.
    #[must_use]
    pub fn seal(&self, purpose: &str, owner: &str, value: &[u8]) -> Option<Sealed> {
        let key = self.sealing_key(self.current(), purpose)?;
        let nonce = random_bytes::<NONCE_LEN>();
        let mut sealed = value.to_vec();
        let aad = Aad::from(owner.as_bytes());
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed).ok()?;
        let bytes = [&nonce[..], &sealed].concat();
        Some(Sealed { key: self.current().to_owned(), bytes })
    }

    /// The value; `None` if it was sealed with a key that the ring does not have, for another purpose
    /// or owner, or was changed.
    #[must_use]
    pub fn open(&self, purpose: &str, owner: &str, sealed: &Sealed) -> Option<Zeroizing<Vec<u8>>> {
        let key = self.sealing_key(&sealed.key, purpose)?;
        let (nonce, text) = sealed.bytes.split_at_checked(NONCE_LEN)?;
        let mut text = Zeroizing::new(text.to_vec());
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let length = key.open_in_place(nonce, Aad::from(owner.as_bytes()), &mut text).ok()?.len();
        text.truncate(length);
        Some(text)
    }

    fn sealing_key(&self, key: &str, purpose: &str) -> Option<LessSafeKey> {
        let key = self.derived(key, purpose)?;
        UnboundKey::new(&AES_256_GCM, &*key).ok().map(LessSafeKey::new)
    }

    /// A key for one purpose: no value of one is of use for another.
    fn derived(&self, key: &str, purpose: &str) -> Option<Zeroizing<[u8; 32]>> {
        let (_, key) = self.0.iter().find(|(name, _)| name == key)?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, &**key);
        let mut derived = Zeroizing::new([0; 32]);
        derived.copy_from_slice(hmac::sign(&key, purpose.as_bytes()).as_ref());
        Some(derived)
    }
}

impl fmt::Debug for KeyRing {
    /// Shows the names of the keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeyRing").field(&self.names().collect::<Vec<_>>()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_for_its_purpose_and_owner_alone() {
        let old = KeyRing::new([("old", [1; 32])]).unwrap();
        let sealed = old.seal("totp", "alice", b"secret").unwrap();
        let ring = KeyRing::new([("new", [2; 32]), ("old", [1; 32])]).unwrap();
        assert_eq!(**ring.open("totp", "alice", &sealed).unwrap(), *b"secret");
        assert_eq!(ring.open("totp", "bob", &sealed), None);
        assert_eq!(ring.open("passkey", "alice", &sealed), None);
        assert_eq!(KeyRing::new([("new", [2; 32])]).unwrap().open("totp", "alice", &sealed), None);
        let mut changed = sealed.clone();
        changed.bytes[20] ^= 1;
        assert_eq!(ring.open("totp", "alice", &changed), None);
        assert_eq!(ring.open("totp", "alice", &Sealed { bytes: vec![0; 3], ..sealed }), None);
    }

    #[test]
    fn a_mac_depends_on_key_and_purpose() {
        let ring = KeyRing::new([("new", [2; 32]), ("old", [1; 32])]).unwrap();
        assert_eq!(ring.current_mac("a", b"x"), ring.mac("new", "a", b"x").unwrap());
        assert_ne!(ring.mac("new", "a", b"x"), ring.mac("old", "a", b"x"));
        assert_ne!(ring.mac("new", "a", b"x"), ring.mac("new", "b", b"x"));
        assert_eq!(ring.mac("gone", "a", b"x"), None);
    }

    #[test]
    fn a_ring_names_what_is_wrong_with_it() {
        assert_eq!(KeyRing::new::<&str>([]).unwrap_err(), KeyRingError::Empty);
        let twice = KeyRing::new([("a", [0; 32]), ("a", [1; 32])]);
        assert_eq!(twice.unwrap_err(), KeyRingError::Repeated("a".to_owned()));
        assert_eq!(KeyRing::new([("a b", [0; 32])]).unwrap_err(), KeyRingError::Name("a b".into()));
        assert_eq!(format!("{:?}", KeyRing::ephemeral()), r#"KeyRing(["ephemeral"])"#);
    }
}
