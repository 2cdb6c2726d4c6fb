//! Digests.

use std::fmt;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{Context, SHA256, digest};
use zeroize::Zeroizing;

/// How many bytes are digested in one go: those of a session's secret or of an API key, with room.
const FEW: usize = 128;

/// 32 bytes that say the same as a text without telling it: SHA-256, or an HMAC with it.
///
/// `Debug` shows none of it; compare those of secrets by [`matches`](Self::matches).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of nothing that there is.
    pub const ZERO: Self = Self([0; 32]);

    /// SHA-256 of these parts, each with its length before it, so that no two lists of parts have
    /// the same.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> Self {
        let made = Self::of_few_bytes(parts).unwrap_or_else(|| {
            let mut context = Context::new(&SHA256);
            for part in parts {
                context.update(&(part.len() as u64).to_be_bytes());
                context.update(part);
            }
            context.finish()
        });
        let mut digest = [0; 32];
        digest.copy_from_slice(made.as_ref());
        Self(digest)
    }

    /// The same in one go, without a context on the heap: requests with a session or a key go through
    /// here. `None`: the parts are too long for it.
    fn of_few_bytes(parts: &[&[u8]]) -> Option<aws_lc_rs::digest::Digest> {
        let mut bytes = Zeroizing::new([0; FEW]);
        let mut end = 0;
        for part in parts {
            for piece in [&(part.len() as u64).to_be_bytes()[..], part] {
                let after = end + piece.len();
                bytes.get_mut(end..after)?.copy_from_slice(piece);
                end = after;
            }
        }
        Some(digest(&SHA256, bytes.get(..end)?))
    }

    /// The digest with these bytes: what a store reads back.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The first of its bits, for tables. They may be the same for two digests: compare the whole.
    pub(crate) const fn first_64_bits(&self) -> u64 {
        match self.0.first_chunk() {
            Some(first) => u64::from_le_bytes(*first),
            None => 0,
        }
    }

    /// Whether both are the same, in constant time.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_not_run_together() {
        assert_ne!(Digest::of(&[b"ab", b"c"]), Digest::of(&[b"a", b"bc"]));
        assert!(Digest::of(&[b"a"]).matches(&Digest::of(&[b"a"])));
        assert!(!Digest::of(&[b"a"]).matches(&Digest::ZERO));
    }

    #[test]
    fn long_parts_are_digested_as_short_ones_are() {
        for length in [0, 1, FEW - 9, FEW - 8, FEW - 7, 1_000] {
            let part = vec![7; length];
            let whole = [&(length as u64).to_be_bytes()[..], &part].concat();
            assert_eq!(Digest::of(&[&part]).as_bytes(), digest(&SHA256, &whole).as_ref());
        }
    }
}
