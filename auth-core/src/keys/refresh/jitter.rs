//! Numbers that differ from one service to the next.

use std::hash::{BuildHasher as _, RandomState};

/// A random number, good enough to spread requests over time and for nothing else: the standard
/// library keys its hash maps with it, so no other source is needed.
pub(crate) fn random() -> u32 {
    let [a, b, c, d, ..] = RandomState::new().hash_one(0_u8).to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_differ() {
        let numbers: std::collections::BTreeSet<u32> = (0..64).map(|_| super::random()).collect();
        assert!(numbers.len() > 32);
    }
}
