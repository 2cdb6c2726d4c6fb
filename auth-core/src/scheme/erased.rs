//! Any scheme as an object, with what it says of itself once.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use http::{HeaderMap, Uri};

use super::{
    AuthenticationScheme, Challenge, Locations, PresentedCredential, SchemeError, SecurityScheme,
    Validity, presented,
};
use crate::identity::Authentication;
use crate::policy::Method;

type Outcome<'a> = Pin<Box<dyn Future<Output = Result<Authentication, SchemeError>> + Send + 'a>>;

/// [`AuthenticationScheme`] without its future's type.
trait Authenticate: Send + Sync {
    fn authenticate<'a>(&'a self, credential: &'a PresentedCredential) -> Outcome<'a>;
    fn is_in_address(&self, address: &Uri) -> bool;
}

impl<T: AuthenticationScheme> Authenticate for T {
    fn authenticate<'a>(&'a self, credential: &'a PresentedCredential) -> Outcome<'a> {
        Box::pin(AuthenticationScheme::authenticate(self, credential))
    }

    fn is_in_address(&self, address: &Uri) -> bool {
        AuthenticationScheme::is_in_address(self, address)
    }
}

/// A scheme of the application.
#[derive(Clone)]
pub(crate) struct ErasedScheme {
    pub(crate) method: Method,
    pub(crate) locations: Arc<Locations>,
    pub(crate) challenge: Challenge,
    pub(crate) security: Vec<SecurityScheme>,
    pub(crate) validity: Validity,
    /// Whether it is for development alone.
    pub(crate) is_refused_in_release: bool,
    sent_by_browsers: bool,
    scheme: Arc<dyn Authenticate>,
}

impl ErasedScheme {
    pub(crate) fn new(scheme: impl AuthenticationScheme) -> Self {
        Self {
            method: scheme.method(),
            locations: Arc::new(scheme.locations()),
            challenge: scheme.challenge(),
            security: scheme.security_schemes(),
            validity: scheme.validity(),
            is_refused_in_release: scheme.locations().is_ambient(),
            sent_by_browsers: scheme.sent_by_browsers(),
            scheme: Arc::new(scheme),
        }
    }

    /// In how many places the request has a credential of this scheme.
    pub(crate) fn count(&self, headers: &HeaderMap) -> usize {
        presented::count(&self.locations, headers)
    }

    /// Whether the address of a request has a credential of this scheme in it.
    pub(crate) fn is_in_address(&self, address: &Uri) -> bool {
        self.scheme.is_in_address(address)
    }

    /// Whether a browser may have sent the credential of this request on its own.
    pub(crate) fn is_sent_by_browser(&self, headers: &HeaderMap) -> bool {
        if presented::is_at_a_cookie(&self.locations, headers) {
            return true;
        }
        self.sent_by_browsers && !presented::is_bearer_token(&self.locations, headers)
    }

    pub(crate) fn authenticate<'a>(&'a self, credential: &'a PresentedCredential) -> Outcome<'a> {
        self.scheme.authenticate(credential)
    }
}

impl fmt::Debug for ErasedScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErasedScheme")
            .field("method", &self.method)
            .field("locations", &self.locations)
            .finish_non_exhaustive()
    }
}
