//! How far a text has no escapes.

const ONES: u64 = u64::from_ne_bytes([1; 8]);

/// How many bytes there are before the first quote, backslash or control character.
pub(super) fn plain_length(text: &[u8]) -> usize {
    let mut length = 0;
    let mut rest = text;
    while let Some((chunk, after)) = rest.split_first_chunk() {
        let special = special(u64::from_le_bytes(*chunk));
        if special != 0 {
            return length + special.trailing_zeros() as usize / 8;
        }
        length += chunk.len();
        rest = after;
    }
    let is_plain = |byte: &&u8| !matches!(byte, 0..0x20 | b'"' | b'\\');
    length + rest.iter().take_while(is_plain).count()
}

/// The highest bit of each of eight bytes that is special, the lowest of them exactly: a
/// subtraction that borrows may mark bytes above it.
const fn special(bytes: u64) -> u64 {
    // With this bit turned, quote and control characters are what lies below 0x21.
    let turned = bytes ^ (ONES * 0x02);
    let quote_or_control = turned.wrapping_sub(ONES * 0x21) & !turned;
    let difference = bytes ^ (ONES * b'\\' as u64);
    let backslash = difference.wrapping_sub(ONES) & !difference;
    (quote_or_control | backslash) & (ONES * 0x80)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one_by_one(text: &[u8]) -> usize {
        text.iter().take_while(|byte| **byte >= 0x20 && !b"\"\\".contains(byte)).count()
    }

    #[test]
    fn every_byte_at_every_place() {
        for byte in 0..=u8::MAX {
            for place in 0..20 {
                let mut text = [b'a'; 20];
                text[place] = byte;
                assert_eq!(plain_length(&text), one_by_one(&text), "{byte} at {place}");
            }
        }
    }

    proptest! {
        #[test]
        fn it_agrees_with_looking_one_by_one(
            text in proptest::collection::vec(prop_oneof![4 => 0x1d..0x26_u8, 1 => any::<u8>(), 2 => 0x5a..0x5f_u8], 0..40)
        ) {
            prop_assert_eq!(plain_length(&text), one_by_one(&text));
        }
    }
}
