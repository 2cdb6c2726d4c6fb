//! The keys in use at one moment.

use std::collections::BTreeSet;
use std::sync::Arc;

use auth_core::Jwks;
use aws_lc_rs::digest::{SHA256, digest};
use axum::body::Bytes;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderValue;
use jsonwebtoken::jwk::{Jwk, JwkSet};

use super::SigningAlgorithm;
use super::schedule::{self, KeyTimes};
use super::signing_key::SigningKey;
use crate::error::ServerError;
use crate::store::SigningKeyRecord;

/// The keys in use at one moment, and how they are published. It is replaced as a whole.
pub(crate) struct Ring {
    keys: Vec<RingKey>,
    /// The ids of all keys that the store had, those of later versions too.
    stored: BTreeSet<String>,
    /// The key set ([RFC 7517 §5](https://www.rfc-editor.org/rfc/rfc7517#section-5)).
    pub(crate) jwks: Bytes,
    /// Changes with the key set.
    pub(crate) etag: HeaderValue,
}

/// A key of the ring.
pub(crate) struct RingKey {
    pub(crate) times: KeyTimes,
    pub(crate) jwk: Jwk,
    /// The private half, of those that sign or will.
    pub(crate) signer: Option<Arc<SigningKey>>,
}

impl Ring {
    /// The ring of these keys, of all that the store had.
    pub(crate) fn new(
        mut keys: Vec<RingKey>,
        stored: BTreeSet<String>,
    ) -> Result<Self, ServerError> {
        keys.sort_by(|one, other| schedule::order(&one.times, &other.times));
        let set = JwkSet { keys: keys.iter().map(|key| key.jwk.clone()).collect() };
        let wrong = |_| ServerError::Keys("the key set cannot be written".to_owned());
        let jwks = serde_json::to_vec(&set).map_err(wrong)?;
        let tag = digest(&SHA256, &jwks);
        let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(tag.as_ref().get(..16).unwrap_or(&[])));
        let etag = HeaderValue::try_from(tag)
            .map_err(|_| ServerError::Keys("the key set has no tag".to_owned()))?;
        Ok(Self { keys, stored, jwks: jwks.into(), etag })
    }

    /// The key that signs with this algorithm at this time.
    pub(crate) fn signing(&self, algorithm: SigningAlgorithm, now: u64) -> Option<&SigningKey> {
        fn times(key: &RingKey) -> Option<&KeyTimes> {
            key.signer.is_some().then_some(&key.times)
        }
        schedule::signing(&self.keys, algorithm, now, times)?.signer.as_deref()
    }

    /// The public halves, as auth-core verifies with them.
    pub(crate) fn verifying_keys(&self) -> Result<Jwks, ServerError> {
        let text = str::from_utf8(&self.jwks).unwrap_or_default();
        Jwks::from_json(text).map_err(|error| ServerError::Keys(error.to_string()))
    }

    /// Whether these are the keys that the store had.
    pub(crate) fn is_of(&self, records: &[SigningKeyRecord]) -> bool {
        records.len() == self.stored.len() && records.iter().all(|it| self.stored.contains(&it.kid))
    }

    pub(crate) fn keys(&self) -> &[RingKey] {
        &self.keys
    }

    /// The private half of the key with this id, if it was opened before.
    pub(crate) fn signer(&self, kid: &str) -> Option<&Arc<SigningKey>> {
        self.keys.iter().find(|it| it.times.kid == kid)?.signer.as_ref()
    }
}
