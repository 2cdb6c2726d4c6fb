//! The verifier of access tokens.

use std::fmt;
use std::sync::Arc;

use super::algorithm::AlgorithmSet;
use super::builder::JwtVerifierBuilder;
use super::claim_map::ClaimMap;
use super::claims::Rules;
use super::clock::Clock;
use super::confirmation::Confirmation;
use super::error::VerifyError;
use super::live_keys::LiveKeys;
use super::profile::TokenProfile;
use super::token::VerifiedToken;
use super::{json, jws};

/// Verifies the access tokens of one issuer for one service.
///
/// A clone shares the keys. `Debug` shows no key and no secret.
///
/// ```
/// # #[cfg(feature = "testing")] {
/// use auth_core::testing::TestIssuer;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let issuer = TestIssuer::new("https://issuer.test", "orders-api")?;
/// let verifier = issuer.verifier().build()?;
///
/// let token = issuer.token("alice").scopes(["read"]).sign()?;
/// let verified = verifier.verify(&token)?;
/// assert_eq!(verified.subject(), "alice");
/// assert_eq!(verified.names().scopes, ["read"]);
/// # Ok(()) } main().unwrap() }
/// ```
#[derive(Clone)]
pub struct JwtVerifier(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) issuer: Arc<str>,
    pub(crate) rules: Rules,
    pub(crate) profile: TokenProfile,
    pub(crate) keys: Arc<LiveKeys>,
    pub(crate) allowed: AlgorithmSet,
    pub(crate) max_token_bytes: usize,
    pub(crate) claims: ClaimMap,
    pub(crate) clock: Arc<dyn Clock>,
}

impl JwtVerifier {
    /// Starts to configure a verifier.
    pub fn builder() -> JwtVerifierBuilder {
        JwtVerifierBuilder::new()
    }

    pub(crate) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    /// The clock that decides over `exp`, for all else that depends on the time of a request.
    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.0.clock)
    }

    /// The issuer whose tokens it verifies, as in `iss`.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// The longest token that it looks at, in bytes.
    pub(crate) fn max_token_bytes(&self) -> usize {
        self.0.max_token_bytes
    }

    /// Whether this is a clone of the other, and not only configured alike.
    pub(crate) fn is_clone_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Verifies a bearer token with the keys at hand: its form, signature and claims
    /// ([RFC 7519 §7.2](https://www.rfc-editor.org/rfc/rfc7519#section-7.2),
    /// [RFC 9068 §4](https://www.rfc-editor.org/rfc/rfc9068#section-4)). Never panics, never
    /// blocks, never reaches out.
    ///
    /// # Errors
    /// Says why the token was refused, for the log: the caller learns only that it was. A token
    /// that is bound to a key of its sender is refused here, since nothing proves the sender.
    pub fn verify(&self, token: &str) -> Result<VerifiedToken, VerifyError> {
        let token = self.verify_unproven(token)?;
        match token.confirmation {
            None => Ok(token),
            Some(_) => Err(VerifyError::SenderConstrained),
        }
    }

    /// [`verify`](Self::verify) of a token that may be bound to its sender: whoever calls this must
    /// ask for the proof.
    pub(crate) fn verify_unproven(&self, token: &str) -> Result<VerifiedToken, VerifyError> {
        let this = &*self.0;
        if token.len() > this.max_token_bytes {
            return Err(VerifyError::TooLarge);
        }
        let keys = this.keys.current()?;
        let jws = jws::verify(token, &keys, this.allowed)?;
        let claims = json::object(&jws.payload).ok_or(VerifyError::Malformed)?;
        this.profile.check(jws.typ.as_deref(), &claims)?;
        let times = this.rules.check(&claims, this.clock.now())?;
        Ok(VerifiedToken {
            issuer: Arc::clone(&this.issuer),
            client_id: this.claims.find_client_id(&claims),
            times,
            names: this.claims.extract(&claims),
            confirmation: Confirmation::find(&claims)?,
            claims,
            stamp: keys.stamp(),
            known_until: u64::MAX,
        })
    }
}

impl fmt::Debug for JwtVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtVerifier")
            .field("issuer", &self.0.issuer)
            .field("audiences", &self.0.rules.audiences)
            .field("profile", &self.0.profile)
            .field("keys", &self.0.keys)
            .field("leeway", &self.0.rules.leeway)
            .finish_non_exhaustive()
    }
}
