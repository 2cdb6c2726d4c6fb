//! The secret of a session or of a sign-in that is half done.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
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

/// What a secret is for. A secret of one kind is invalid as another.
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

/// 256 random bits. The tag after them keeps guesses away from the store. The secret does not depend on it:
/// without the keys only this filter is lost.
pub(crate) struct Secret {
    purpose: Purpose,
    random: Zeroizing<[u8; RANDOM]>,
}

impl Secret {
    pub(crate) fn random(purpose: Purpose) -> Self {
        Self { purpose, random: Zeroizing::new(random_bytes()) }
    }

    /// The secret with this text, if one of these keys has tagged it.
    pub(crate) fn parse(purpose: Purpose, tags: &Tags, text: &str) -> Option<Self> {
        let presented = Presented::read(purpose, text)?;
        presented.is_ours(tags).then_some(presented.secret)
    }

    /// What its owner keeps.
    pub(crate) fn text(&self, tags: &Tags) -> SecretText {
        let mut bytes = Zeroizing::new(self.random.to_vec());
        // There is always a key: a ring has one at least.
        if let Some(key) = tags.keys(self.purpose).first() {
            bytes.extend(first(&hmac::sign(key, &*self.random)));
        }
        SecretText::new(URL_SAFE_NO_PAD.encode(&*bytes))
    }

    /// What the store keeps.
    pub(crate) fn digest(&self) -> Digest {
        Digest::of(&[self.purpose.as_str().as_bytes(), &*self.random])
    }
}

/// A text that has the form of a secret, whether or not this server has made it.
pub(crate) struct Presented {
    secret: Secret,
    tag: [u8; TAG],
}

impl Presented {
    pub(crate) fn read(purpose: Purpose, text: &str) -> Option<Self> {
        if text.len() != LETTERS {
            return None;
        }
        let mut bytes = Zeroizing::new([0; RANDOM + TAG]);
        let length = URL_SAFE_NO_PAD.decode_slice(text, &mut *bytes).ok()?;
        let (random, tag) = bytes.get(..length)?.split_at_checked(RANDOM)?;
        let random = Zeroizing::new(<[u8; RANDOM]>::try_from(random).ok()?);
        Some(Self { secret: Secret { purpose, random }, tag: tag.try_into().ok()? })
    }

    /// What a store keeps of it, if there is such a secret.
    pub(crate) fn digest(&self) -> Digest {
        self.secret.digest()
    }

    /// Whether one of these keys has tagged it: no other text is worth asking a store for.
    pub(crate) fn is_ours(&self, tags: &Tags) -> bool {
        let Secret { purpose, random } = &self.secret;
        tags.keys(*purpose).iter().any(|key| {
            let expected = hmac::sign(key, &**random);
            verify_slices_are_equal(first(&expected), &self.tag).is_ok()
        })
    }
}

fn first(tag: &hmac::Tag) -> &[u8] {
    tag.as_ref().get(..TAG).unwrap_or_default()
}

/// The keys that tag secrets, ready to be used.
pub(crate) struct Tags {
    session: Box<[hmac::Key]>,
    pending: Box<[hmac::Key]>,
}

impl Tags {
    pub(crate) fn new(keys: &KeyRing) -> Self {
        let of = |purpose: Purpose| keys.mac_keys(purpose.as_str());
        Self { session: of(Purpose::Session), pending: of(Purpose::PendingSignIn) }
    }

    /// The current one first.
    fn keys(&self, purpose: Purpose) -> &[hmac::Key] {
        match purpose {
            Purpose::Session => &self.session,
            Purpose::PendingSignIn => &self.pending,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(names: &[(&str, u8)]) -> Tags {
        let keys = KeyRing::new(names.iter().map(|(name, byte)| (*name, [*byte; 32])));
        Tags::new(&keys.unwrap())
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
            let other = if text.as_bytes()[place] == b'A' { 'B' } else { 'A' };
            let letters = text.chars().enumerate();
            let forged: String =
                letters.map(|(at, it)| if at == place { other } else { it }).collect();
            assert!(Secret::parse(Purpose::Session, &keys, &forged).is_none(), "{place}");
        }
        for odd in
            ["", "A", text.get(1..).unwrap(), &format!("{text}A"), &"ä".repeat(27), &"=".repeat(54)]
        {
            assert!(Secret::parse(Purpose::Session, &keys, odd).is_none(), "{odd}");
        }
    }

    #[test]
    fn a_secret_of_the_key_before_is_known_as_long_as_the_ring_has_it() {
        let text = Secret::random(Purpose::Session).text(&ring(&[("old", 1)]));
        let known = |keys: Tags| Secret::parse(Purpose::Session, &keys, text.expose()).is_some();
        assert!(known(ring(&[("new", 2), ("old", 1)])));
        assert!(!known(ring(&[("new", 2)])));
    }

    #[test]
    fn the_store_keeps_the_same_digest_with_any_keys() {
        let secret = Secret::random(Purpose::Session);
        let (one, two) = (ring(&[("a", 1)]), ring(&[("b", 2)]));
        assert_ne!(secret.text(&one), secret.text(&two));
        let read = Secret::parse(Purpose::Session, &one, secret.text(&one).expose()).unwrap();
        assert_eq!(read.digest(), secret.digest());
    }
}
