//! JSON Web Key Sets ([RFC 7517 §5](https://www.rfc-editor.org/rfc/rfc7517#section-5)).

use std::io::{self, Read as _};
use std::path::Path;

use serde_json::Value;
use thiserror::Error;

use super::algorithm::{Algorithm, AlgorithmSet};
use super::backend::CryptoBackend;
use super::header::MAX_KID_BYTES;
use super::key_set::{KeySet, MAX_OF_ONE_KID, VerifyingKey};
use super::public_key::KeyError;
use super::shared_secret::HmacSecretError;
use super::{jwk, pem};

/// How large a key set or PEM file may be, in bytes.
const MAX_BYTES: usize = 1024 * 1024;
/// How many keys a set may hold.
const MAX_KEYS: usize = 1024;

/// A set of public keys, each parsed and checked when the set is loaded.
///
/// A key that is odd in any way (an unknown type, too short, for encryption, symmetric, with its
/// private half) is skipped with a warning and spoils none of the others.
///
/// ```
/// use auth_core::Jwks;
/// use auth_core::jose::JwksError;
///
/// let jwks = Jwks::from_json(r#"{"keys":[
///     {"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
///     {"kty":"oct","k":"c2VjcmV0"}
/// ]}"#)?;
/// assert_eq!(jwks.len(), 1);
/// assert_eq!(jwks.skipped().len(), 1);
/// # Ok::<(), JwksError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Jwks {
    keys: KeySet,
    count: usize,
    skipped: Vec<SkippedKey>,
}

/// A key of the set that cannot be used, by its position. Its `kid` is not repeated here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SkippedKey {
    /// The index in the member `keys`, from 0.
    pub position: usize,
    /// Why it cannot be used.
    pub problem: KeyError,
}

fn no_usable_key(keys: usize, first: Option<&SkippedKey>) -> String {
    let Some(SkippedKey { position, problem }) = first else {
        return "the key set holds no keys".to_owned();
    };
    format!("none of the {keys} keys of the set can verify tokens; key {position}: {problem}")
}

/// Why a key set cannot be loaded. Contains nothing of the keys.
#[derive(Error)]
#[non_exhaustive]
pub enum JwksError {
    /// The file cannot be read.
    #[error("the key file `{path}` cannot be read: {source}")]
    Read {
        /// The file as it was asked for.
        path: String,
        /// What the operating system says.
        source: io::Error,
    },
    /// Longer than 1 MiB.
    #[error("the key set is longer than 1 MiB")]
    TooLarge,
    /// Not JSON at all.
    #[error(
        "the key set is not JSON, expected a JWKS (RFC 7517, section 5)\nhelp: a public key in PEM is read by `Jwks::from_pem(pem, Algorithm::RS256, None)`, or `Jwks::from_pem_file(..)`; a shared secret goes to `.shared_secret(HmacSecret::new(Algorithm::HS256, secret)?)`"
    )]
    NotJson,
    /// JSON, but not an object with an array `keys`.
    #[error(
        "the key set is not an object with an array `keys`\nhelp: a single key belongs into one: `{{\"keys\": [{{\"kty\": ..}}]}}`"
    )]
    NotASet,
    /// JSON, but not an object of certificates.
    #[error(
        "the text is not an object of certificates in PEM by `kid`\nhelp: `Jwks::from_json` reads an object with an array `keys`"
    )]
    NotCertificates,
    /// More than 1024 keys.
    #[error("the key set holds more than 1024 keys")]
    TooManyKeys,
    /// No key of the set can verify tokens.
    #[error("{}", no_usable_key(*.keys, .first.as_ref()))]
    NoUsableKey {
        /// How many keys the set holds.
        keys: usize,
        /// The first of them and what is wrong with it.
        first: Option<SkippedKey>,
    },
    /// Not a PEM block with a public key.
    #[error(
        "the text is not a PEM block `PUBLIC KEY` or `RSA PUBLIC KEY`, and nothing else\nhelp: it starts with `-----BEGIN PUBLIC KEY-----`, each line on a line of its own; a variable of the environment often holds `\\n` in place of line ends; a key set (JSON) is read by `Jwks::from_json`"
    )]
    NotAPublicKeyPem,
    /// The PEM block holds a private key.
    #[error(
        "the PEM block holds a private key, expected a public key\nhelp: `openssl pkey -in private.pem -pubout` writes it"
    )]
    PrivateKeyPem,
    /// The PEM block holds a certificate.
    #[error(
        "the PEM block holds a certificate, expected its public key (`openssl x509 -pubkey -noout`)"
    )]
    CertificatePem,
    /// The key cannot verify tokens.
    #[error("the public key cannot be used: {0}")]
    Key(KeyError),
    /// The key is a shared secret that cannot be used.
    #[error("the shared secret cannot be used: {0}")]
    Secret(#[from] HmacSecretError),
}

crate::wording::debug_in_words!(JwksError);

impl Jwks {
    /// Reads a key set.
    ///
    /// # Errors
    /// If the text is longer than 1 MiB, is not a key set, holds more than 1024 keys, or none of
    /// them can verify tokens.
    pub fn from_json(json: &str) -> Result<Self, JwksError> {
        let jwks = Self::read(json, false)?;
        jwks.warn_of_skipped();
        Ok(jwks)
    }

    pub(crate) fn warn_of_skipped(&self) {
        for SkippedKey { position, problem } in &self.skipped {
            tracing::warn!(position, %problem, "a key of the key set is ignored");
        }
    }

    /// [`from_json`](Self::from_json) without a word in the log for each key that is ignored: a set
    /// that is fetched again and again would fill it.
    ///
    /// `for_every_issuer` leaves out a key whose member `issuer` names one: in the set of Entra it has
    /// a place for the tenant, `{tenantid}`, unless the key is for one tenant alone.
    pub(crate) fn read(json: &str, for_every_issuer: bool) -> Result<Self, JwksError> {
        Self::of_value(&Self::parse(json)?, for_every_issuer)
    }

    /// [`read`](Self::read) of a set that is JSON already.
    pub(super) fn of_value(set: &Value, for_every_issuer: bool) -> Result<Self, JwksError> {
        let members = set.get("keys").and_then(Value::as_array).ok_or(JwksError::NotASet)?;
        let keys = members.iter().map(|member| {
            if for_every_issuer && is_for_one_issuer(member) {
                return Err(KeyError::OneIssuer);
            }
            jwk::parse(member)
        });
        Self::collect(members.len(), keys)
    }

    pub(crate) fn parse(json: &str) -> Result<Value, JwksError> {
        if json.len() > MAX_BYTES {
            return Err(JwksError::TooLarge);
        }
        serde_json::from_str(json).map_err(|_| JwksError::NotJson)
    }

    /// The keys of a set with so many members, without those that are odd.
    pub(crate) fn collect(
        count: usize,
        members: impl Iterator<Item = Result<VerifyingKey, KeyError>>,
    ) -> Result<Self, JwksError> {
        if count > MAX_KEYS {
            return Err(JwksError::TooManyKeys);
        }
        let mut keys: Vec<VerifyingKey> = Vec::new();
        let mut skipped = Vec::new();
        for (position, key) in members.enumerate() {
            match key.and_then(|key| check_kid(&keys, key)) {
                Ok(key) => keys.push(key),
                Err(problem) => skipped.push(SkippedKey { position, problem }),
            }
        }
        if keys.is_empty() {
            return Err(JwksError::NoUsableKey { keys: count, first: skipped.first().copied() });
        }
        Ok(Self { count: keys.len(), keys: KeySet::new(keys), skipped })
    }

    /// Reads a key set from a file.
    ///
    /// # Errors
    /// If the file cannot be read, or as [`from_json`](Self::from_json).
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, JwksError> {
        Self::from_json(&read(path.as_ref())?)
    }

    /// Reads one public key of PEM (`PUBLIC KEY` or `RSA PUBLIC KEY`), for one algorithm. With a
    /// `kid` it verifies only tokens that name it or name none; without one it verifies any.
    ///
    /// # Errors
    /// If the text is not such a block, or the key is weak or not for this algorithm.
    pub fn from_pem(pem: &str, algorithm: Algorithm, kid: Option<&str>) -> Result<Self, JwksError> {
        if pem.len() > MAX_BYTES {
            return Err(JwksError::TooLarge);
        }
        if kid.is_some_and(|kid| kid.len() > MAX_KID_BYTES) {
            return Err(JwksError::Key(KeyError::Invalid("kid")));
        }
        let key = pem::parse(pem)?;
        if !key.algorithms().contains(algorithm) {
            return Err(JwksError::Key(KeyError::Algorithm));
        }
        let key = VerifyingKey::public(key, AlgorithmSet::only(algorithm), kid)
            .map_err(JwksError::Key)?;
        Ok(Self { keys: KeySet::new(vec![key]), count: 1, skipped: Vec::new() })
    }

    /// Reads one public key from a PEM file: see [`from_pem`](Self::from_pem).
    ///
    /// # Errors
    /// If the file cannot be read, or as [`from_pem`](Self::from_pem).
    pub fn from_pem_file(
        path: impl AsRef<Path>,
        algorithm: Algorithm,
        kid: Option<&str>,
    ) -> Result<Self, JwksError> {
        Self::from_pem(&read(path.as_ref())?, algorithm, kid)
    }

    /// How many keys can verify.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether no key can verify. Never so for a set that was loaded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(crate) const fn keys(&self) -> &KeySet {
        &self.keys
    }

    /// The same set for another library.
    pub(crate) fn bound_to(self, backend: CryptoBackend) -> Self {
        Self { keys: self.keys.bound_to(backend), ..self }
    }

    /// The keys that cannot be used, and why.
    #[must_use]
    pub fn skipped(&self) -> &[SkippedKey] {
        &self.skipped
    }
}

impl From<Jwks> for KeySet {
    fn from(jwks: Jwks) -> Self {
        jwks.keys
    }
}

fn is_for_one_issuer(member: &Value) -> bool {
    let is_place = |issuer: &str| issuer.contains("{tenantid}");
    member.get("issuer").is_some_and(|issuer| !issuer.as_str().is_some_and(is_place))
}

/// Keys may share a `kid` (RFC 7517 §4.5), but not more of them than are tried.
fn check_kid(keys: &[VerifyingKey], key: VerifyingKey) -> Result<VerifyingKey, KeyError> {
    let same = |other: &&VerifyingKey| key.kid().is_some() && other.kid() == key.kid();
    if keys.iter().filter(same).count() < MAX_OF_ONE_KID {
        Ok(key)
    } else {
        Err(KeyError::TooManyWithOneKid)
    }
}

/// Reads a file, but not much more of it than can be a key set.
fn read(path: &Path) -> Result<String, JwksError> {
    let failed = |source| JwksError::Read { path: path.display().to_string(), source };
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut text = String::new();
    file.take(MAX_BYTES as u64 + 1).read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}
