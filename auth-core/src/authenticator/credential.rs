//! All that an authenticator reads of a request.

use http::HeaderValue;
use http::header::AUTHORIZATION;
use http::request::Parts;

use super::Authenticator;

/// What decided over the outcome of an authentication: as long as it is the same, the outcome is.
///
/// Whatever step of [`Authenticator::authenticate_request`] reads more of a request adds it here.
/// Otherwise an identity would outlive what it was made from, where middleware replaces that.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Credential {
    authorization: Vec<HeaderValue>,
}

impl Authenticator {
    /// What this authenticator reads of a request.
    #[expect(clippy::unused_self, reason = "proofs and certificates depend on what is configured")]
    pub(crate) fn credential(&self, request: &Parts) -> Credential {
        Credential {
            authorization: request.headers.get_all(AUTHORIZATION).iter().cloned().collect(),
        }
    }
}
