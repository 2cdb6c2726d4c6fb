//! Opaque tokens that the same program has issued: it looks them up instead of asking an endpoint.

use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use super::claim_map::ClaimMap;
use super::claims::{MAX_LIFETIME, Rules};
use super::confirmation::Confirmation;
use super::error::VerifyError;
use super::opaque::{OpaqueTokens, Verified};
use super::unproven::Unproven;
use super::verified_token::VerifiedToken;
use super::{MAX_TOKEN_BYTES, is_token68};
use crate::jose::json::Document;
use crate::time::clock::Clock;
use crate::time::epoch::Epoch;
use crate::time::log_throttle::LogThrottle;
use crate::time::{RETRY_AFTER, SystemClock};

/// Where the opaque access tokens of an authorization server in the same program are found.
///
/// It is asked for every request with such a token, so that one that was removed opens nothing more.
pub trait OpaqueTokenSource: Send + Sync + 'static {
    /// Why a token cannot be looked up now. Its text goes to the log.
    type Error: Error + Send;

    /// What is known of a valid access token: its claims as a JSON object, as introspection would answer
    /// ([RFC 7662 §2.2](https://www.rfc-editor.org/rfc/rfc7662#section-2.2)), with `iss`, `aud`, `sub` and
    /// `exp`. `None`: there is no such token, or it is valid no more.
    ///
    /// # Errors
    /// If that cannot be said: the request is answered with 503.
    fn claims(
        &self,
        token: &str,
    ) -> impl Future<Output = Result<Option<String>, Self::Error>> + Send;
}

/// Verifies opaque tokens that the same program has issued. An
/// [`IntrospectionVerifier`](super::IntrospectionVerifier) asks a server that is elsewhere.
///
/// ```
/// use auth_core::Authenticator;
/// use auth_core::token::{OpaqueTokenSource, OpaqueTokenVerifier};
/// # #[derive(Clone, Copy, auth_core::Scopes)] enum Scope { Read }
///
/// struct Tokens;
///
/// impl OpaqueTokenSource for Tokens {
///     type Error = std::io::Error;
///
///     async fn claims(&self, token: &str) -> Result<Option<String>, Self::Error> {
///         Ok(None) // looked up by its digest
///     }
/// }
///
/// let verifier = OpaqueTokenVerifier::new(Tokens, "https://id.example.com", ["https://api.example.com"]);
/// let authenticator = Authenticator::builder().vocabulary::<(Scope,)>().verifier(verifier).build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct OpaqueTokenVerifier(Arc<Inner>);

struct Inner {
    source: Box<dyn AnySource>,
    issuer: Arc<str>,
    rules: Rules,
    claims: Arc<ClaimMap>,
    clock: Arc<dyn Clock>,
    epoch: Epoch,
    failed: LogThrottle,
}

impl OpaqueTokenVerifier {
    /// The verifier of the tokens that this issuer has issued for one of these audiences. The claims are
    /// those of [RFC 9068](https://www.rfc-editor.org/rfc/rfc9068#section-2.2.3).
    pub fn new<A: Into<String>>(
        source: impl OpaqueTokenSource,
        issuer: impl Into<String>,
        audiences: impl IntoIterator<Item = A>,
    ) -> Self {
        Self::with_clock(source, issuer, audiences, SystemClock)
    }

    /// [`new`](Self::new) with another clock.
    pub fn with_clock<A: Into<String>>(
        source: impl OpaqueTokenSource,
        issuer: impl Into<String>,
        audiences: impl IntoIterator<Item = A>,
        clock: impl Clock + 'static,
    ) -> Self {
        let issuer = issuer.into();
        let rules = Rules {
            issuer: issuer.as_str().into(),
            audiences: audiences.into_iter().map(|it| it.into().into_boxed_str()).collect(),
            audience_in: Vec::new(),
            requires_audience: true,
            subject_in: None,
            leeway: 0,
            max_lifetime: MAX_LIFETIME.as_secs(),
        };
        Self(Arc::new(Inner {
            source: Box::new(source),
            issuer: issuer.into(),
            rules,
            claims: Arc::new(ClaimMap::rfc9068()),
            clock: Arc::new(clock),
            epoch: Epoch::default(),
            failed: LogThrottle::default(),
        }))
    }
}

impl OpaqueTokens for OpaqueTokenVerifier {
    fn issuer(&self) -> &str {
        &self.0.issuer
    }

    fn audiences(&self) -> Vec<&str> {
        self.0.rules.audiences.iter().map(|name| &**name).collect()
    }

    fn claim_map(&self) -> &ClaimMap {
        &self.0.claims
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.0.clock)
    }

    /// Says what needs no look-up: that a text can be no token.
    fn known(&self, token: &str) -> Option<Verified> {
        if token.len() > MAX_TOKEN_BYTES {
            return Some(Err(VerifyError::TooLarge));
        }
        (!is_token68(token.as_bytes())).then_some(Err(VerifyError::Malformed))
    }

    fn ask<'a>(&'a self, token: &'a str) -> Pin<Box<dyn Future<Output = Verified> + Send + 'a>> {
        Box::pin(async move {
            match self.0.source.claims(token).await {
                Ok(Some(claims)) => self.0.check(claims),
                Ok(None) => Err(VerifyError::Inactive),
                Err(error) => {
                    if self.0.failed.is_due(self.0.clock.now()) {
                        tracing::warn!(error, "a token cannot be looked up: answered with 503");
                    }
                    Err(VerifyError::Unavailable { retry_after: RETRY_AFTER })
                }
            }
        })
    }
}

impl Inner {
    fn check(&self, claims: String) -> Verified {
        let document = Document::parse(claims.into()).ok_or(VerifyError::Malformed)?;
        let times = self.rules.check(document.root(), self.clock.now())?;
        let confirmation = Confirmation::find(document.root())?;
        let (issuer, map) = (Arc::clone(&self.issuer), Arc::clone(&self.claims));
        let stamp = self.epoch.stamp();
        let mut token = VerifiedToken::new(issuer, times, confirmation, stamp, document, map);
        // The next request looks it up again.
        token.known_until = 0;
        Ok(Unproven::new(token))
    }
}

impl fmt::Debug for OpaqueTokenVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpaqueTokenVerifier")
            .field("issuer", &self.0.issuer)
            .field("audiences", &self.0.rules.audiences)
            .finish_non_exhaustive()
    }
}

type Claims<'a> = Pin<Box<dyn Future<Output = Result<Option<String>, String>> + Send + 'a>>;

/// [`OpaqueTokenSource`] without its type.
trait AnySource: Send + Sync {
    fn claims<'a>(&'a self, token: &'a str) -> Claims<'a>;
}

impl<S: OpaqueTokenSource> AnySource for S {
    fn claims<'a>(&'a self, token: &'a str) -> Claims<'a> {
        Box::pin(async move {
            OpaqueTokenSource::claims(self, token).await.map_err(|error| error.to_string())
        })
    }
}
