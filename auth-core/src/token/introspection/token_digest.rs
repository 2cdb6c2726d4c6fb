//! What a token is known by, without the token being kept.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::jose::base64url;

/// SHA-256 over a key, the endpoint and the whole token.
pub(super) type TokenDigest = [u8; 32];

/// What a token is called when it is revoked.
pub(super) type TokenName = Arc<str>;

/// The name of a token at every node that shares revocations: SHA-256 of a text of our own and the
/// whole token, in base64url. The text keeps the name apart from the plain hashes that issuers store
/// of their tokens.
pub(super) fn shared_name(token: &str) -> TokenName {
    let sha256 = Sha256::new().chain_update("auth-core: opaque token\0").chain_update(token);
    base64url::encode(sha256.finalize()).into()
}

/// Makes digests that only this process can make: a dump of them is no list to try tokens against.
///
/// The digest is a whole one over the whole token: two tokens that share a beginning or an end are
/// two tokens (CVE-2026-35039).
pub(super) struct TokenDigests {
    keyed: Sha256,
}

impl TokenDigests {
    /// Digests of the tokens of one endpoint, with a key of their own.
    pub(super) fn new(endpoint: &str) -> Self {
        // Keyed by the operating system, and one way: the standard library's is the only source of
        // randomness that every set of features has.
        let random = RandomState::new();
        let mut keyed = Sha256::new();
        for part in 0_u64..4 {
            keyed.update(random.hash_one(part).to_be_bytes());
        }
        keyed.update(endpoint.len().to_be_bytes());
        keyed.update(endpoint);
        Self { keyed }
    }

    pub(super) fn of(&self, token: &str) -> TokenDigest {
        self.keyed.clone().chain_update(token).finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_that_share_a_beginning_or_an_end_are_two() {
        let digests = TokenDigests::new("https://id.test/introspect");
        let same = "x".repeat(100);
        let tokens = [format!("{same}a"), format!("{same}b"), format!("a{same}"), same];
        for (place, one) in tokens.iter().enumerate() {
            for other in tokens.iter().skip(place + 1) {
                assert_ne!(digests.of(one), digests.of(other));
            }
            assert_eq!(digests.of(one), digests.of(one));
        }
    }

    /// Part of what nodes store and read, so it stays what it is.
    #[test]
    fn the_name_of_a_revoked_token_is_the_same_everywhere() {
        assert_eq!(shared_name("token"), shared_name("token"));
        assert_ne!(shared_name("token"), shared_name("token "));
        assert_ne!(*shared_name("token"), *base64url::encode(Sha256::digest("token")));
        let stored = base64url::encode(Sha256::digest("auth-core: opaque token\0token"));
        assert_eq!(*shared_name("token"), *stored);
    }

    #[test]
    fn every_endpoint_and_every_process_has_a_key_of_its_own() {
        let one = TokenDigests::new("https://id.test/introspect");
        let again = TokenDigests::new("https://id.test/introspect");
        assert_ne!(one.of("token"), again.of("token"));
    }
}
