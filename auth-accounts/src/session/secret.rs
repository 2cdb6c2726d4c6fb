//! The secret of a session or of a sign-in that is half done.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use crate::secret::{Digest, KeyRing, SecretText, random_bytes};

/// How many bytes of a secret are random.
const RANDOM: usize = 32;
/// How many bytes say that this server has made it.
const TAG: usize = 8;
/// How many letters it has: base64url of both, without padding.
const LETTERS: usize = (RANDOM + TAG) * 4 / 3 + 1;

/// What a secret is for: one of one kind is none of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Session,
    PendingSignIn,
}

impl Purpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::PendingSignIn => "pending-sign-in",
        }
    }
}

/// 256 random bits. The tag behind them keeps strangers' guesses from the store; it is no part of what
/// makes the secret one, so that losing the keys loses the filter alone.
pub(crate) struct Secret {
    purpose: Purpose,
    random: Zeroizing<[u8; RANDOM]>,
}

impl Secret {
    pub(crate) fn random(purpose: Purpose) -> Self {
        Self { purpose, random: Zeroizing::new(random_bytes()) }
    }

    /// The secret with this text, if one of these keys has tagged it.
    pub(crate) fn parse(purpose: Purpose, keys: &KeyRing, text: &str) -> Option<Self> {
        if text.len() != LETTERS {
            return None;
        }
        let mut bytes = Zeroizing::new([0; RANDOM + TAG]);
        let length = URL_SAFE_NO_PAD.decode_slice(text, &mut *bytes).ok()?;
        let (random, tag) = bytes.get(..length)?.split_at_checked(RANDOM)?;
        let is_ours = keys.names().any(|key| {
            let expected = keys.mac(key, purpose.as_str(), random);
            expected.is_some_and(|it| verify_slices_are_equal(first(&it), tag).is_ok())
        });
        let random = Zeroizing::new(<[u8; RANDOM]>::try_from(random).ok()?);
        is_ours.then_some(Self { purpose, random })
    }

    /// What its owner keeps.
    pub(crate) fn text(&self, keys: &KeyRing) -> SecretText {
        let tag = keys.current_mac(self.purpose.as_str(), &*self.random);
        let bytes = Zeroizing::new([&*self.random, first(&tag)].concat());
        SecretText::new(URL_SAFE_NO_PAD.encode(&*bytes))
    }

    /// What the store keeps.
    pub(crate) fn digest(&self) -> Digest {
        Digest::of(&[self.purpose.as_str().as_bytes(), &*self.random])
    }
}

fn first(tag: &Digest) -> &[u8] {
    tag.as_bytes().get(..TAG).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(names: &[(&str, u8)]) -> KeyRing {
        KeyRing::new(names.iter().map(|(name, byte)| (*name, [*byte; 32]))).unwrap()
    }

    #[test]
    fn a_secret_is_known_by_its_tag_and_for_its_purpose_alone() {
        let keys = ring(&[("a", 1)]);
        let secret = Secret::random(Purpose::Session);
        let text = secret.text(&keys);
        let text = text.expose();
        assert_eq!(text.len(), 54);
        let read = Secret::parse(Purpose::Session, &keys, text).unwrap();
        assert_eq!(read.digest(), secret.digest());
        assert!(Secret::parse(Purpose::PendingSignIn, &keys, text).is_none());
        for place in [0, 20, 42, 43, 52] {
            let mut forged = text.as_bytes().to_vec();
            forged[place] = if forged[place] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            assert!(Secret::parse(Purpose::Session, &keys, &forged).is_none(), "{place}");
        }
        for odd in ["", "A", &text[1..], &format!("{text}A"), &"ä".repeat(27), &"=".repeat(54)] {
            assert!(Secret::parse(Purpose::Session, &keys, odd).is_none(), "{odd}");
        }
    }

    #[test]
    fn a_secret_of_the_key_before_is_known_as_long_as_the_ring_has_it() {
        let text = Secret::random(Purpose::Session).text(&ring(&[("old", 1)]));
        let known = |keys| Secret::parse(Purpose::Session, &keys, text.expose()).is_some();
        assert!(known(ring(&[("new", 2), ("old", 1)])));
        assert!(!known(ring(&[("new", 2)])));
    }

    #[test]
    fn the_store_keeps_the_same_digest_whatever_the_keys() {
        let secret = Secret::random(Purpose::Session);
        let (one, two) = (ring(&[("a", 1)]), ring(&[("b", 2)]));
        assert_ne!(secret.text(&one), secret.text(&two));
        let read = Secret::parse(Purpose::Session, &one, secret.text(&one).expose()).unwrap();
        assert_eq!(read.digest(), secret.digest());
    }
}
