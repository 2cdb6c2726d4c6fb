//! The verifier of access tokens.

use std::fmt;
use std::sync::Arc;

use super::builder::JwtVerifierBuilder;
use super::claim_map::ClaimMap;
use super::claims::Rules;
use super::confirmation::Confirmation;
use super::error::VerifyError;
use super::profile::TokenProfile;
use super::unproven::{Unproven, UnprovenToken};
use super::verified_token::VerifiedToken;
use crate::jose::algorithm::AlgorithmSet;
use crate::jose::jws::Unverified;
use crate::keys::{IssuerKeys, Retry};
use crate::time::clock::Clock;

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
    pub(crate) keys: IssuerKeys,
    pub(crate) allowed: AlgorithmSet,
    /// Those of the allowed algorithms that there can be a key for.
    pub(crate) usable: AlgorithmSet,
    pub(crate) max_token_bytes: usize,
    pub(crate) claims: Arc<ClaimMap>,
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

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    /// Where names are in its tokens.
    pub(crate) fn claim_map(&self) -> &ClaimMap {
        &self.0.claims
    }

    /// The longest token that it looks at, in bytes.
    pub(crate) fn max_token_bytes(&self) -> usize {
        self.0.max_token_bytes
    }

    /// Whether this is a clone of the other, and not only configured alike.
    pub(crate) fn is_clone_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Whether a token of the issuer could be for this verifier as well as for the other.
    pub(crate) fn takes_tokens_of(&self, other: &Self) -> bool {
        let (own, other) = (&*self.0, &*other.0);
        let share_audience =
            || own.rules.audiences.iter().any(|name| other.rules.audiences.contains(name));
        own.usable.iter().any(|algorithm| other.usable.contains(algorithm)) && share_audience()
    }

    /// Whether a token of the issuer is for this verifier, by its algorithm and its audience.
    pub(crate) fn is_for(&self, token: &mut Unverified<'_>) -> Result<(), VerifyError> {
        if !self.0.usable.contains(token.header()?.algorithm) {
            return Err(VerifyError::UnsupportedAlgorithm);
        }
        let claims = token.claims()?;
        self.0.rules.check_audience(claims.get("aud"), claims)
    }

    /// Verifies a bearer token with the keys at hand: its form, signature and claims
    /// ([RFC 7519 §7.2](https://www.rfc-editor.org/rfc/rfc7519#section-7.2),
    /// [RFC 9068 §4](https://www.rfc-editor.org/rfc/rfc9068#section-4)). Never panics, never
    /// blocks, never reaches out.
    ///
    /// # Errors
    /// Says why the token was rejected, for the log: the caller learns only that it was. A token
    /// that is bound to a key of its sender is rejected here, since nothing proves the sender.
    pub fn verify(&self, token: &str) -> Result<VerifiedToken, VerifyError> {
        self.check(&mut self.parse(token)?)?.into_bearer()
    }

    /// [`verify`](Self::verify) for an introspection endpoint
    /// ([RFC 7662](https://www.rfc-editor.org/rfc/rfc7662)): also a token that is bound to its sender.
    ///
    /// **Nothing is authenticated by it**: the sender of the token has proved nothing. The service that gets
    /// the answer has to check that the sender holds the key in `cnf`.
    ///
    /// # Errors
    /// Says why the token is invalid, for the log.
    pub fn introspect(&self, token: &str) -> Result<VerifiedToken, VerifyError> {
        Ok(self.check(&mut self.parse(token)?)?.for_report())
    }

    /// [`verify`](Self::verify), but a token whose key is not at hand waits for the keys to be
    /// fetched again, if they are fetched at all and have not just been: what an
    /// [`Authenticator`](crate::Authenticator) does. A token whose key is at hand waits for nothing.
    ///
    /// # Errors
    /// Those of [`verify`](Self::verify). [`VerifyError::Unavailable`] if the keys cannot be fetched:
    /// then it is not known whether the token is valid.
    ///
    /// ```no_run
    /// # async fn of_a_message(verifier: auth_core::JwtVerifier, token: &str)
    /// # -> Result<(), auth_core::token::VerifyError> {
    /// let verified = verifier.verify_or_refresh(token).await?;
    /// println!("{}", verified.subject());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn verify_or_refresh(&self, token: &str) -> Result<VerifiedToken, VerifyError> {
        self.verify_unproven(&mut self.parse(token)?).await?.into_bearer()
    }

    /// Takes a token apart, if it is not too long.
    pub(crate) fn parse<'a>(&self, token: &'a str) -> Result<Unverified<'a>, VerifyError> {
        if token.len() > self.0.max_token_bytes {
            return Err(VerifyError::TooLarge);
        }
        Ok(Unverified::parse(token)?)
    }

    /// [`verify_or_refresh`](Self::verify_or_refresh) of a token that may be bound to its sender.
    pub(crate) async fn verify_unproven(
        &self,
        token: &mut Unverified<'_>,
    ) -> Result<UnprovenToken, VerifyError> {
        if token.len() > self.0.max_token_bytes {
            return Err(VerifyError::TooLarge);
        }
        let refreshes = self.0.keys.refreshes();
        match self.judge(token) {
            Ok(verified) => Ok(verified),
            Err(Retry::No(refused)) => Err(refused),
            Err(Retry::WithFreshKeys(refused)) => {
                let again = || self.judge(token);
                // Boxed, since hardly a request comes here and every one would carry it.
                Box::pin(self.0.keys.retry(refreshes, refused, again, no_other_keys)).await
            }
        }
    }

    /// [`check`](Self::check), and whether another answer is possible with other keys.
    fn judge(&self, token: &mut Unverified<'_>) -> Result<UnprovenToken, Retry<VerifyError>> {
        self.check(token).map_err(|refused| self.retry_after(token, refused))
    }

    /// Whether the token could be accepted if only its key were there.
    ///
    /// Its header and claims are read for that, and nothing in them is trusted: they can only lead
    /// to a rejection that no key would change. So a token of another issuer, or one that has expired,
    /// causes no refresh.
    fn retry_after(&self, token: &mut Unverified<'_>, refused: VerifyError) -> Retry<VerifyError> {
        if !self.0.keys.may_change() || !is_for_want_of_a_key(refused) {
            return Retry::No(refused);
        }
        match self.would_be_refused_anyway(token) {
            Err(whatever_the_key) => Retry::No(whatever_the_key),
            // The key that it names is at hand, and did not sign it.
            Ok(()) if refused == VerifyError::BadSignature && self.has_its_key(token) => {
                Retry::No(refused)
            }
            Ok(()) => Retry::WithFreshKeys(refused),
        }
    }

    /// The rules that have nothing to do with keys.
    fn would_be_refused_anyway(&self, token: &mut Unverified<'_>) -> Result<(), VerifyError> {
        let this = &*self.0;
        if !this.allowed.contains(token.header()?.algorithm) {
            return Err(VerifyError::UnsupportedAlgorithm);
        }
        token.has_signature()?;
        let claims = token.take_claims()?;
        let checked = this
            .profile
            .check(token.header()?.typ(), claims.root(), &this.rules.audiences)
            .and_then(|()| this.rules.check(claims.root(), this.clock.now()).map(drop));
        token.put_claims(claims);
        checked
    }

    fn has_its_key(&self, token: &Unverified<'_>) -> bool {
        let Ok(header) = token.header() else { return false };
        let Some(kid) = header.kid() else { return false };
        self.0.keys.at_hand().is_ok_and(|keys| keys.names(header.algorithm, kid))
    }

    /// Checks form, signature and claims with the keys at hand.
    fn check(&self, token: &mut Unverified<'_>) -> Result<UnprovenToken, VerifyError> {
        let this = &*self.0;
        let (keys, usable_for) = this.keys.current()?;
        token.verify(&keys, this.allowed)?;
        // Read only now that the signature over its text is known to be right, unless its issuer had
        // to be known before.
        let document = token.take_claims()?;
        let claims = document.root();
        this.profile.check(token.header()?.typ(), claims, &this.rules.audiences)?;
        let now = this.clock.now();
        let times = this.rules.check(claims, now)?;
        let subject = this.rules.subject_elsewhere(claims);
        let confirmation = Confirmation::find(claims)?;
        let issuer = Arc::clone(&this.issuer);
        let map = Arc::clone(&this.claims);
        let stamp = keys.stamp();
        let token = VerifiedToken::new(issuer, times, confirmation, stamp, document, map);
        let mut token = token.with_subject(subject);
        token.known_until = now.saturating_add(usable_for);
        Ok(Unproven::new(token))
    }
}

/// Whether other keys could lead to another answer.
const fn is_for_want_of_a_key(refused: VerifyError) -> bool {
    matches!(
        refused,
        VerifyError::UnknownKey | VerifyError::BadSignature | VerifyError::Unavailable { .. }
    )
}

/// The answer if the issuer has no other keys.
fn no_other_keys(refused: VerifyError) -> VerifyError {
    match refused {
        VerifyError::Unavailable { .. } => VerifyError::UnknownKey,
        refused => refused,
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
