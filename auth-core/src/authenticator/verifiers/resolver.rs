//! Issuers that come and go while the service runs.

use std::error::Error;
use std::fmt;
use std::pin::Pin;

use crate::token::JwtVerifier;

/// Knows the issuers of tenants that come and go at run time.
///
/// Given to [`AuthenticatorBuilder::issuers`](super::super::AuthenticatorBuilder::issuers). It is
/// asked for issuers that no verifier of the builder is for, before anything of the token is
/// accepted: **the issuer is unverified, attacker-controlled input.** It is an `https` URL (or `http`
/// of a loopback host) of at most 512 visible ASCII characters; look it up among the tenants, never
/// fetch anything from it, and do not log it as it is.
///
/// A verifier is best kept by the resolver and given out as a clone: another one, even if it is
/// configured alike, ends what is known of the tokens of the former, and one that discovers its
/// keys has to do so first.
///
/// ```
/// # #[cfg(feature = "testing")] {
/// use std::collections::HashMap;
/// use std::sync::{Arc, RwLock};
///
/// use auth_core::authenticator::{IssuerResolver, ResolveError};
/// use auth_core::{Authenticator, JwtVerifier, Scopes};
/// # use auth_core::testing::TestIssuer;
///
/// /// Filled from the database, and again when a tenant comes.
/// #[derive(Clone, Default)]
/// struct Tenants(Arc<RwLock<HashMap<String, JwtVerifier>>>);
///
/// impl IssuerResolver for Tenants {
///     async fn resolve(&self, issuer: &str) -> Result<Option<JwtVerifier>, ResolveError> {
///         let tenants = self.0.read().map_err(|_| ResolveError::new("the tenants are lost"))?;
///         Ok(tenants.get(issuer).cloned())
///     }
/// }
///
/// #[derive(Clone, Copy, Scopes)]
/// enum Scope {
///     Read,
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let north = TestIssuer::new("https://id.north.example", "orders-api")?;
/// let tenants = Tenants::default();
/// let verifier = north.verifier().build()?;
/// tenants.0.write().unwrap().insert(verifier.issuer().to_owned(), verifier);
///
/// let authenticator =
///     Authenticator::builder().vocabulary::<(Scope,)>().issuers(tenants.clone()).build()?;
///
/// // A tenant leaves: from now on, its tokens are rejected.
/// tenants.0.write().unwrap().remove("https://id.north.example");
/// authenticator.forget_issuer("https://id.north.example");
/// # Ok(()) } main().unwrap() }
/// ```
pub trait IssuerResolver: Send + Sync + 'static {
    /// The verifier for the tokens of an issuer; `None` if it is no issuer of this service.
    ///
    /// Asked once at a time for each issuer; others that need the same answer wait for it.
    ///
    /// # Errors
    /// If it cannot be determined now: the request is answered with 503, never with 401.
    fn resolve(
        &self,
        issuer: &str,
    ) -> impl Future<Output = Result<Option<JwtVerifier>, ResolveError>> + Send;
}

/// Why it cannot be determined whether there is such an issuer.
///
/// What it says goes to the log, at `WARN`, and to no one else.
pub struct ResolveError(Box<dyn Error + Send + Sync>);

impl ResolveError {
    /// From the error of a store, or a text.
    ///
    /// ```
    /// use auth_core::authenticator::ResolveError;
    ///
    /// let error = ResolveError::new("the database does not answer");
    /// assert_eq!(error.to_string(), "the database does not answer");
    /// ```
    pub fn new(reason: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for ResolveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

crate::wording::debug_in_words!(ResolveError);

impl Error for ResolveError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

/// What a resolver says of an issuer.
pub(super) type Resolution = Result<Option<JwtVerifier>, ResolveError>;

/// The twin of [`IssuerResolver`] that can be a trait object.
pub(super) trait Resolve: Send + Sync {
    fn resolve<'a>(
        &'a self,
        issuer: &'a str,
    ) -> Pin<Box<dyn Future<Output = Resolution> + Send + 'a>>;
}

impl<R: IssuerResolver> Resolve for R {
    fn resolve<'a>(
        &'a self,
        issuer: &'a str,
    ) -> Pin<Box<dyn Future<Output = Resolution> + Send + 'a>> {
        Box::pin(IssuerResolver::resolve(self, issuer))
    }
}
