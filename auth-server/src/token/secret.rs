//! Codes and refresh tokens: random, stored as digests.

use auth_accounts::secret::{Digest, SecretText, random_bytes};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

/// A new code or token: 256 random bits.
pub(crate) fn new_secret() -> SecretText {
    SecretText::new(URL_SAFE_NO_PAD.encode(*Zeroizing::new(random_bytes::<32>())))
}

/// The digest under which an authorization code is stored.
pub(crate) fn code_digest(code: &str) -> Digest {
    Digest::of(&[b"authorization-code", code.as_bytes()])
}

/// The digest under which a refresh token is stored.
pub(crate) fn refresh_token_digest(token: &str) -> Digest {
    Digest::of(&[b"refresh-token", token.as_bytes()])
}

/// Seals the successor of a refresh token with this token, so that a copy of the database contains no valid
/// token.
pub(super) fn seal_successor(presented: &str, successor: &SecretText) -> Option<Vec<u8>> {
    let nonce = random_bytes::<NONCE_LEN>();
    let mut text = successor.expose().as_bytes().to_vec();
    sealing_key(presented)?
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(refresh_token_digest(presented).as_bytes()),
            &mut text,
        )
        .ok()?;
    Some([&nonce[..], &text].concat())
}

/// The successor of a refresh token; `None` if it was sealed with another token.
pub(super) fn open_successor(presented: &str, sealed: &[u8]) -> Option<SecretText> {
    let (nonce, text) = sealed.split_at_checked(NONCE_LEN)?;
    let mut text = Zeroizing::new(text.to_vec());
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let aad = Aad::from(*refresh_token_digest(presented).as_bytes());
    let opened = sealing_key(presented)?.open_in_place(nonce, aad, &mut text).ok()?;
    std::str::from_utf8(opened).ok().map(SecretText::from)
}

/// A token has 256 random bits, so an HMAC with it as the key is a key derivation
/// ([RFC 5869 §3.3](https://www.rfc-editor.org/rfc/rfc5869#section-3.3)).
fn sealing_key(presented: &str) -> Option<LessSafeKey> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, presented.as_bytes());
    let mut derived = Zeroizing::new([0; 32]);
    derived.copy_from_slice(hmac::sign(&key, b"successor of a refresh token").as_ref());
    UnboundKey::new(&AES_256_GCM, &*derived).ok().map(LessSafeKey::new)
}

#[cfg(test)]
mod tests {
    use super::super::issue::opaque_token_digest;
    use super::*;

    #[test]
    fn a_successor_opens_with_the_token_before_it_alone() {
        let (one, other, next) = (new_secret(), new_secret(), new_secret());
        assert_eq!(one.expose().len(), 43);
        assert_ne!(one, other);
        let mut sealed = seal_successor(one.expose(), &next).unwrap();
        assert_eq!(open_successor(one.expose(), &sealed).unwrap(), next);
        assert!(open_successor(other.expose(), &sealed).is_none());
        let last = sealed.len() - 1;
        sealed[last] ^= 1;
        assert!(open_successor(one.expose(), &sealed).is_none());
        assert!(open_successor(one.expose(), &[1; 5]).is_none());
    }

    #[test]
    fn digests_of_different_kinds_differ() {
        let digests = [code_digest("a"), refresh_token_digest("a"), opaque_token_digest("a")];
        assert!(digests[0] != digests[1] && digests[1] != digests[2] && digests[0] != digests[2]);
    }
}
