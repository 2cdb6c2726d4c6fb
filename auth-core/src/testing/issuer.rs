//! An issuer for tests and development servers.

use std::fmt;
use std::sync::Arc;

use jsonwebtoken::jwk::JwkSet;
use thiserror::Error;

use super::signer::Signer;
use super::token_builder::TokenBuilder;
use crate::Jwks;
use crate::jose::{Algorithm, JwksError};
use crate::time::{Clock, SystemClock};
use crate::token::{JwtVerifier, JwtVerifierBuilder};

/// An issuer with a fresh key that no one else has.
///
/// ```
/// use auth_core::testing::TestIssuer;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let issuer = TestIssuer::new("https://issuer.test", "orders-api")?;
/// let verifier = issuer.verifier().build()?;
///
/// let token = issuer.token("alice").roles(["admin"]).sign()?;
/// assert_eq!(verifier.verify(&token)?.names().roles, ["admin"]);
///
/// // A token signed with another issuer's key is rejected.
/// let stranger = TestIssuer::new("https://issuer.test", "orders-api")?;
/// assert!(verifier.verify(&stranger.token("alice").sign()?).is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct TestIssuer {
    pub(crate) issuer: String,
    pub(crate) audience: String,
    pub(crate) kid: String,
    pub(crate) signer: Arc<Signer>,
    jwks: Jwks,
    jwk_set: JwkSet,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Why the test issuer cannot do what it was asked for.
#[derive(Error)]
#[non_exhaustive]
pub enum TestIssuerError {
    /// The library could not make a key.
    #[error("the key could not be generated")]
    KeyGeneration,
    /// The issuer publishes its keys, so they must be public keys.
    #[error("`{0}` uses a shared secret, expected an algorithm with a public key")]
    Symmetric(Algorithm),
    /// The library could not sign.
    #[error("the token could not be signed")]
    Signing,
    /// The own key set does not load.
    #[error("the key set of the issuer does not load")]
    Jwks(#[from] JwksError),
}

crate::wording::debug_in_words!(TestIssuerError);

impl TestIssuer {
    /// An issuer with a fresh ES256 key, whose tokens are for `audience`.
    ///
    /// # Errors
    /// If no key can be generated.
    pub fn new(
        issuer: impl Into<String>,
        audience: impl Into<String>,
    ) -> Result<Self, TestIssuerError> {
        let signer = Signer::generate(Algorithm::ES256)?;
        let kid = "test-key".to_owned();
        let jwk_set = publish(&signer, &kid)?;
        Ok(Self {
            issuer: issuer.into(),
            audience: audience.into(),
            kid,
            signer: Arc::new(signer),
            jwks: Jwks::try_from(&jwk_set)?,
            jwk_set,
            clock: Arc::new(SystemClock),
        })
    }

    /// Replaces the key by a fresh one for `algorithm`.
    ///
    /// # Errors
    /// If the algorithm is symmetric or no key can be generated.
    pub fn with_algorithm(mut self, algorithm: Algorithm) -> Result<Self, TestIssuerError> {
        self.signer = Arc::new(Signer::generate(algorithm)?);
        self.publish_anew()
    }

    /// Names the key. By default `test-key`.
    ///
    /// # Errors
    /// If the name is longer than 512 bytes.
    pub fn with_key_id(mut self, kid: impl Into<String>) -> Result<Self, TestIssuerError> {
        self.kid = kid.into();
        self.publish_anew()
    }

    /// Replaces the clock, of the tokens and of the verifier.
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// The issuer, as in `iss`.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The audience, as in `aud`.
    #[must_use]
    pub fn audience(&self) -> &str {
        &self.audience
    }

    /// The public key as a key set.
    #[must_use]
    pub fn jwks(&self) -> Jwks {
        self.jwks.clone()
    }

    /// The public key as the JSON text of a key set, as an issuer publishes it.
    #[must_use]
    pub fn jwks_json(&self) -> String {
        serde_json::to_string(&self.jwk_set).unwrap_or_default()
    }

    /// The public key as a key set of `jsonwebtoken`.
    #[must_use]
    pub fn jwk_set(&self) -> JwkSet {
        self.jwk_set.clone()
    }

    /// A verifier configured for this issuer: only to be built, or changed before.
    pub fn verifier(&self) -> JwtVerifierBuilder {
        JwtVerifier::builder()
            .issuer(&self.issuer)
            .audience(&self.audience)
            .keys(self.jwks())
            .clock(Arc::clone(&self.clock))
    }

    /// Starts an access token for `subject`, valid for five minutes.
    pub fn token(&self, subject: impl Into<String>) -> TokenBuilder {
        TokenBuilder::new(self, &subject.into())
    }

    fn publish_anew(mut self) -> Result<Self, TestIssuerError> {
        self.jwk_set = publish(&self.signer, &self.kid)?;
        self.jwks = Jwks::try_from(&self.jwk_set)?;
        Ok(self)
    }
}

/// The key set of one key.
fn publish(signer: &Signer, kid: &str) -> Result<JwkSet, TestIssuerError> {
    Ok(JwkSet { keys: vec![signer.jwk(kid)?] })
}

/// Shows nothing of the key.
impl fmt::Debug for TestIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestIssuer")
            .field("issuer", &self.issuer)
            .field("audience", &self.audience)
            .field("algorithm", &self.signer.algorithm())
            .finish_non_exhaustive()
    }
}
