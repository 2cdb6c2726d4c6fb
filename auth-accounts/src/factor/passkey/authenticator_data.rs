//! What an authenticator signs ([WebAuthn §6.1](https://www.w3.org/TR/webauthn-3/#sctn-authenticator-data)),
//! as far as `webauthn-rs` is more lenient than these accounts: its form is exact.

use super::cbor::Item;

/// How many bytes are there in any case: the hash of the relying party's id, flags, and a counter.
const FIXED: usize = 32 + 1 + 4;

/// Attested credential data is there.
const ATTESTED: u8 = 1 << 6;
/// Outputs of extensions are there.
const EXTENSIONS: u8 = 1 << 7;

/// How many bytes the id of a credential has at most.
const CREDENTIAL_ID: usize = 1_023;

/// Whether these bytes are authenticator data of a sign-in: with the parts that its flags name and
/// nothing else.
pub(super) fn is_of_sign_in(bytes: &[u8]) -> bool {
    let Some((flags, rest)) = split(bytes) else { return false };
    flags & ATTESTED == 0 && is_end(flags, rest)
}

/// Whether these bytes are authenticator data of an enrolment: with a credential that has a key of a
/// kind that was asked for.
pub(super) fn is_of_enrolment(bytes: &[u8]) -> bool {
    let is = || {
        let (flags, rest) = split(bytes)?;
        let (_aaguid, rest) = rest.split_at_checked(16).filter(|_| flags & ATTESTED != 0)?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (_id, rest) = rest.split_at_checked(length)?;
        let (key, rest) = Item::read(rest)?;
        let is_id = (1..=CREDENTIAL_ID).contains(&length);
        Some(is_id && is_key(&key) && is_end(flags, rest))
    };
    is().unwrap_or(false)
}

/// How often the authenticator says that it has signed.
pub(super) fn sign_count(bytes: &[u8]) -> Option<u32> {
    bytes.get(33..)?.first_chunk().map(|it| u32::from_be_bytes(*it))
}

/// The flags, and what is after the fixed part.
fn split(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let (fixed, rest) = bytes.split_at_checked(FIXED)?;
    Some((*fixed.get(32)?, rest))
}

/// Whether the rest is what the flag for extensions says: a map of names, or nothing.
fn is_end(flags: u8, rest: &[u8]) -> bool {
    if flags & EXTENSIONS == 0 {
        return rest.is_empty();
    }
    let map = Item::whole(rest);
    let entries = map.as_ref().and_then(Item::entries);
    entries.is_some_and(|it| it.iter().all(|(name, _)| matches!(name, Item::Text(_))))
}

/// Whether it is a COSE key ([RFC 9053](https://www.rfc-editor.org/rfc/rfc9053)) of one of the three
/// algorithms, with exactly what belongs to one. That a point is on its curve is checked where it is
/// used.
fn is_key(key: &Item<'_>) -> bool {
    use Item::{Bytes, Integer};

    let curve = |algorithm, number, length| match key.entries() {
        Some(
            [
                (Integer(1), Integer(2)),
                (Integer(3), Integer(alg)),
                (Integer(-1), Integer(crv)),
                (Integer(-2), Bytes(x)),
                (Integer(-3), Bytes(y)),
            ],
        ) => (*alg, *crv, x.len(), y.len()) == (algorithm, number, length, length),
        _ => false,
    };
    let rsa = match key.entries() {
        Some(
            [
                (Integer(1), Integer(3)),
                (Integer(3), Integer(-257)),
                (Integer(-1), Bytes(n)),
                (Integer(-2), Bytes(e)),
            ],
        ) => (n.len(), e.len()) == (256, 3),
        _ => false,
    };
    curve(-7, 1, 32) || curve(-35, 2, 48) || rsa
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_sign_in(flags: u8, rest: &[u8]) -> bool {
        is_of_sign_in(&[&[9; 32], &[flags][..], &[0; 4], rest].concat())
    }

    /// A key for ES256, of two numbers that need not be a point.
    fn key() -> Vec<u8> {
        let x = [&[0x21, 0x58, 32][..], &[1; 32]].concat();
        let y = [&[0x22, 0x58, 32][..], &[2; 32]].concat();
        [&[0xa5, 1, 2, 3, 0x26, 0x20, 1][..], &x, &y].concat()
    }

    fn of_enrolment(flags: u8, id: &[u8], rest: &[u8]) -> bool {
        let length = u16::try_from(id.len()).unwrap().to_be_bytes();
        let fixed = [&[9; 32], &[flags][..], &[0; 4], &[0; 16], &length].concat();
        is_of_enrolment(&[&fixed, id, rest].concat())
    }

    #[test]
    fn r70_the_length_is_what_the_flags_say() {
        let extensions = [0xa1, 0x61, b'a', 0xf5];
        for (flags, rest, expected) in [
            (0b101, &[][..], true),
            (0b101, &[0], false),
            (0b101, &extensions, false),
            (0b1000_0101, &extensions, true),
            (0b1000_0101, &[], false),
            (0b1000_0101, &[0xa1, 0x61, b'a', 0xf5, 0], false),
            (0b1000_0101, &[0xa1, 1, 0xf5], false),
            (0b1000_0101, &[0xf5], false),
            (0b0100_0101, &[], false),
        ] {
            assert_eq!(of_sign_in(flags, rest), expected, "{flags:b} {rest:?}");
        }
        assert!(!is_of_sign_in(&[0; 36]));
        let id = [7; 16];
        assert!(of_enrolment(0b0100_0101, &id, &key()));
        assert!(of_enrolment(0b1100_0101, &id, &[&key()[..], &extensions].concat()));
        for (flags, rest) in [
            (0b0000_0101, key()),
            (0b1100_0101, key()),
            (0b0100_0101, [&key()[..], &[0]].concat()),
            (0b0100_0101, [&key()[..], &extensions].concat()),
            (0b0100_0101, Vec::new()),
        ] {
            assert!(!of_enrolment(flags, &id, &rest), "{flags:b}");
        }
    }

    #[test]
    fn r66_the_id_of_a_credential_has_1023_bytes_at_most() {
        for (length, expected) in [(0, false), (1, true), (1_023, true), (1_024, false)] {
            assert_eq!(of_enrolment(0b0100_0101, &vec![7; length], &key()), expected, "{length}");
        }
    }

    #[test]
    fn r65_a_key_has_what_belongs_to_its_algorithm_and_nothing_else() {
        let changed = |at: usize, byte: u8| {
            let mut key = key();
            key[at] = byte;
            key
        };
        let with_key_id = [&[0xa6, 1, 2, 2, 0x41, 0, 3, 0x26][..], &key()[5..]].concat();
        for (key, why) in [
            (changed(2, 1), "another type of key"),
            (changed(4, 0x27), "EdDSA on the curve P-256"),
            (changed(4, 0x38), "no algorithm"),
            (changed(6, 2), "the curve P-384"),
            (with_key_id, "the id of a key"),
            ([&[0xa4][..], &key()[1..42]].concat(), "no y"),
            (key()[..5].to_vec(), "cut"),
        ] {
            assert!(!of_enrolment(0b0100_0101, &[7; 16], &key), "{why}");
        }
        let mut short = key();
        short[9] = 31;
        short.remove(10);
        assert!(!of_enrolment(0b0100_0101, &[7; 16], &short), "an x of 31 bytes");
    }
}
