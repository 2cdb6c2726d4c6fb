//! Random bytes and letters.

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Random bytes of the cryptographic library's generator.
///
/// # Panics
/// If the operating system has no random numbers to give: there is nothing safe to go on with. It
/// gives them from the start of the machine on.
#[must_use]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(clippy::expect_used, reason = "without random numbers no secret may be made")]
    SystemRandom::new().fill(&mut bytes).expect("the operating system gives random numbers");
    bytes
}

/// Random letters and digits: 5.95 bits each.
#[must_use]
pub fn random_base62(length: usize) -> String {
    let mut text = String::with_capacity(length);
    while text.len() < length {
        // 248 is the last multiple of 62 in a byte: a remainder would favour some letters.
        let usable = random_bytes::<32>().into_iter().filter(|byte| *byte < 248);
        let letters = usable.filter_map(|byte| BASE62.get(usize::from(byte % 62)));
        text.extend(letters.take(length - text.len()).map(|letter| char::from(*letter)));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_letter_comes_up() {
        let text = random_base62(20_000);
        assert_eq!(text.len(), 20_000);
        assert_eq!(text.bytes().collect::<BTreeSet<_>>().len(), 62);
    }
}
