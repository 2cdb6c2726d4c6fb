//! The hash by which names are looked up.

/// FNV-1a, 64 bits: the same as in `auth-core/src/vocabulary/lookup.rs`.
pub(crate) fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
