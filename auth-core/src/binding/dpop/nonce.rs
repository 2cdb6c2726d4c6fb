//! Nonces that this server gives out ([RFC 9449 §8, §9](https://www.rfc-editor.org/rfc/rfc9449#section-8)).

use crate::jose::backend::Mac;
use crate::jose::base64url;

/// How long one nonce is given out, in seconds. It is accepted once as long afterwards.
const SLOT: u64 = 120;

/// What keeps the codes apart from others that might be made with the same key.
const CONTEXT: &[u8] = b"auth-core DPoP nonce v1\0";

/// Nonces without memory: a code over the time, which only who has the key can make.
pub(super) struct Nonces(Mac);

/// What a nonce is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Freshness {
    /// The one that is given out now.
    Current,
    /// The one before: valid, and time for another.
    Old,
    /// Too old, or none of ours.
    Unknown,
}

impl Nonces {
    pub(super) const fn new(key: Mac) -> Self {
        Self(key)
    }

    /// The nonce that is given out at this time.
    pub(super) fn current(&self, now: u64) -> String {
        self.of(now / SLOT)
    }

    pub(super) fn check(&self, nonce: &str, now: u64) -> Freshness {
        let slot = now / SLOT;
        let Some(code) = base64url::decode(nonce) else { return Freshness::Unknown };
        let is = |slot: u64| self.0.verify(&message(slot), &code);
        if is(slot) {
            Freshness::Current
        } else if slot.checked_sub(1).is_some_and(is) {
            Freshness::Old
        } else {
            Freshness::Unknown
        }
    }

    fn of(&self, slot: u64) -> String {
        base64url::encode(self.0.sign(&message(slot)))
    }
}

fn message(slot: u64) -> Vec<u8> {
    [CONTEXT, &slot.to_be_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nonces() -> Nonces {
        Nonces::new(Mac::random().unwrap())
    }

    #[test]
    fn a_nonce_is_good_for_one_slot_and_the_next() {
        let nonces = nonces();
        let start = 1_800_000_000 / SLOT * SLOT;
        let nonce = nonces.current(start);
        assert_eq!(nonces.check(&nonce, start), Freshness::Current);
        assert_eq!(nonces.check(&nonce, start + SLOT - 1), Freshness::Current);
        assert_eq!(nonces.check(&nonce, start + SLOT), Freshness::Old);
        assert_eq!(nonces.check(&nonce, start + 2 * SLOT - 1), Freshness::Old);
        assert_eq!(nonces.check(&nonce, start + 2 * SLOT), Freshness::Unknown);
        assert_eq!(nonces.check(&nonce, start - 1), Freshness::Unknown, "not given out yet");
        assert_eq!(nonces.check("", start), Freshness::Unknown);
        assert_eq!(nonces.check(&nonce.to_lowercase(), start), Freshness::Unknown);
    }

    #[test]
    fn the_ends_of_time_are_times() {
        let nonces = nonces();
        for now in [0, 1, u64::MAX] {
            assert_eq!(nonces.check(&nonces.current(now), now), Freshness::Current);
        }
    }

    #[test]
    fn a_nonce_cannot_be_made_without_the_key() {
        let (one, other) = (nonces(), nonces());
        assert_eq!(one.check(&other.current(0), 0), Freshness::Unknown);
        let shared = || Nonces::new(Mac::new(&[7; 32]).unwrap());
        assert_eq!(shared().check(&shared().current(5), 5), Freshness::Current);
        assert_eq!(one.current(0).len(), 43);
    }
}
