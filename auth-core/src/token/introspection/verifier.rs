//! The verifier of opaque tokens.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::answer::AnswerRules;
use super::builder::IntrospectionVerifierBuilder;
use super::endpoint::{Endpoint, NoAnswer};
use super::known_answers::{ActiveToken, KnownAnswers};
use super::token_digest::{TokenDigest, TokenDigests, shared_name};
use crate::time::RETRY_AFTER;
use crate::time::clock::Clock;
use crate::time::epoch::Stamp;
use crate::time::log_throttle::LogThrottle;
use crate::time::single_flight::{Asker, BoundedSingleFlight};
use crate::time::tasks::beside;
use crate::token::claim_map::ClaimMap;
use crate::token::error::VerifyError;
use crate::token::is_token68;
use crate::token::opaque::{OpaqueTokens, Verified};
use crate::token::unproven::Unproven;
use crate::token::verified_token::VerifiedToken;

/// Asks the issuer about tokens that only it can read
/// ([RFC 7662](https://www.rfc-editor.org/rfc/rfc7662)).
///
/// A clone shares what is known of tokens. `Debug` shows no secret. Behind the feature
/// `http_client`; needs a tokio runtime with its timer.
///
/// ```no_run
/// use auth_core::token::IntrospectionVerifier;
/// use auth_core::{Authenticator, Scopes};
///
/// #[derive(Clone, Copy, Scopes)]
/// enum Scope {
///     Read,
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = String::new();
/// let authenticator = Authenticator::builder()
///     .vocabulary::<(Scope,)>()
///     .verifier(
///         IntrospectionVerifier::builder()
///             .issuer("https://id.example.com")
///             .endpoint("https://id.example.com/oauth2/introspect")
///             .client_secret_basic("orders-api", secret)
///             .audience("https://orders.example.com")
///             .build()?,
///     )
///     .build()?;
/// # Ok(())
/// # }
/// ```
///
/// # What it keeps
/// The claims of tokens that are accepted and the fact that others are not, for at most 60 s and
/// never past `exp`, under a SHA-256 of the token with a key of this process: not the token. In the
/// last quarter of that time, a request with the token has the answer renewed beside it. Whether a
/// token was accepted is remembered for longer, and only to ask for it ahead of invented ones.
#[derive(Clone)]
pub struct IntrospectionVerifier(Arc<Inner>);

pub(super) struct Inner {
    pub(super) endpoint: Endpoint,
    pub(super) rules: AnswerRules,
    pub(super) max_token_bytes: usize,
    pub(super) digests: TokenDigests,
    pub(super) known: KnownAnswers,
    pub(super) questions: BoundedSingleFlight<TokenDigest, Result<ActiveToken, VerifyError>>,
    pub(super) stamp: Stamp,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) endpoint_failed: LogThrottle,
}

impl IntrospectionVerifier {
    /// Starts to configure a verifier.
    pub fn builder() -> IntrospectionVerifierBuilder {
        IntrospectionVerifierBuilder::new()
    }

    pub(super) fn new(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    /// The issuer whose tokens it verifies.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.0.rules.issuer
    }

    /// Verifies a bearer token: asks the endpoint, unless its answer is still known.
    ///
    /// # Errors
    /// Says why the token was rejected, for the log: the caller learns only that it was.
    /// [`VerifyError::Unavailable`] if the endpoint gives no answer that can be accepted. A token
    /// that is bound to a key of its sender is rejected here, since nothing proves the sender.
    pub async fn verify(&self, token: &str) -> Result<VerifiedToken, VerifyError> {
        let verified = match self.known(token) {
            Some(known) => known,
            None => OpaqueTokens::ask(self, token).await,
        };
        verified?.into_bearer()
    }

    /// Asks the endpoint beside the request, whose answer still holds. Where that fails, it is asked
    /// again when the answer has ended.
    fn renew(&self, token: &str, digest: TokenDigest) {
        let (this, token) = (Arc::clone(&self.0), Zeroizing::new(token.to_owned()));
        beside(async move {
            // What it says is noted by the question.
            drop(this.ask(&token, &digest).await);
        });
    }
}

impl OpaqueTokens for IntrospectionVerifier {
    fn issuer(&self) -> &str {
        self.issuer()
    }

    fn audiences(&self) -> Vec<&str> {
        self.0.rules.rules.audiences.iter().map(|name| &**name).collect()
    }

    fn claim_map(&self) -> &ClaimMap {
        &self.0.rules.claims
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.0.clock)
    }

    /// Has an answer that ends soon renewed, beside the request.
    fn known(&self, token: &str) -> Option<Verified> {
        let this = &*self.0;
        if token.len() > this.max_token_bytes {
            return Some(Err(VerifyError::TooLarge));
        }
        if !is_token68(token.as_bytes()) {
            return Some(Err(VerifyError::Malformed));
        }
        let digest = this.digests.of(token);
        let now = this.clock.now();
        Some(this.known.get(&digest, now)?.and_then(|known| {
            if known.renewal.begin(now) {
                self.renew(token, digest);
            }
            this.check(&known)
        }))
    }

    fn ask<'a>(&'a self, token: &'a str) -> Pin<Box<dyn Future<Output = Verified> + Send + 'a>> {
        Box::pin(async move {
            let this = &*self.0;
            let answer = this.ask(token, &this.digests.of(token)).await?;
            this.check(&answer)
        })
    }
}

impl Inner {
    /// The token, if it is valid now by what the endpoint said.
    fn check(&self, answer: &ActiveToken) -> Verified {
        let token = self.rules.check(answer, self.stamp.clone(), self.clock.now())?;
        Ok(Unproven::new(token))
    }

    /// Asks the endpoint, once for all who wait for the same answer.
    async fn ask(&self, token: &str, digest: &TokenDigest) -> Result<ActiveToken, VerifyError> {
        // Boxed: the future of a question is large, and would be part of every request's.
        let question = || Box::pin(self.ask_endpoint(token, digest));
        let is_known = self.known.was_accepted(digest);
        let asker = if is_known { Asker::Known } else { Asker::Stranger };
        let answer = self.questions.ask_for(asker, digest, question).await;
        answer.unwrap_or_else(|_| Err(self.unavailable(&NoAnswer::NotInTime)))
    }

    async fn ask_endpoint(
        &self,
        token: &str,
        digest: &TokenDigest,
    ) -> Result<ActiveToken, VerifyError> {
        // Taken before the question is sent: the answer is at least as old as that.
        let asked_at = self.clock.now();
        // Someone may have asked while this question waited for its turn.
        match self.known.get(digest, asked_at) {
            Some(Ok(known)) if known.renewal.is_due(asked_at) => {}
            Some(known) => return known,
            None => {}
        }
        let claims = self.endpoint.ask(token, &*self.clock).await;
        let claims = claims.map_err(|problem| self.unavailable(&problem))?;
        let answer = self.rules.active(claims, shared_name(token), asked_at);
        let now = self.clock.now();
        match self.rules.check(&answer, self.stamp.clone(), now) {
            Ok(_) => {
                self.known.put_active(digest, answer.clone(), now);
                Ok(answer)
            }
            Err(reason) => {
                self.known.put_refused(digest, reason, now);
                Err(reason)
            }
        }
    }

    /// Says so in the log, once in a while: every request with an unknown token gets here now.
    fn unavailable(&self, problem: &NoAnswer) -> VerifyError {
        if self.endpoint_failed.is_due(self.clock.now()) {
            let endpoint = self.endpoint.location.name();
            if *problem == NoAnswer::Refused {
                tracing::error!(endpoint, %problem, "no introspection: answered with 503");
            } else {
                tracing::warn!(endpoint, %problem, "no introspection: answered with 503");
            }
        }
        VerifyError::Unavailable { retry_after: problem.retry_after().unwrap_or(RETRY_AFTER) }
    }
}

impl fmt::Debug for IntrospectionVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntrospectionVerifier")
            .field("issuer", &self.0.rules.issuer)
            .field("endpoint", &self.0.endpoint)
            .field("audiences", &self.0.rules.rules.audiences)
            .field("known", &self.0.known)
            .finish_non_exhaustive()
    }
}
