//! The hash by which names are found at compile time.

/// FNV-1a, 64 bits: the same function as `auth_core::vocabulary::lookup::hash`.
///
/// Hashing here spares const evaluation from walking through every name of a table for each string
/// in a requirement. `tests/tests/spec/declare/vocabulary.rs` holds the two functions against each other.
pub(crate) fn fnv1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::fnv1a;

    #[test]
    fn agrees_with_the_published_vectors() {
        // From the reference implementation, http://www.isthe.com/chongo/tech/comp/fnv/
        assert_eq!(fnv1a(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a("a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a("foobar"), 0x8594_4171_f739_67e8);
    }
}
