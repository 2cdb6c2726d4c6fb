//! All that an authenticator reads of a request.

use http::HeaderValue;
use http::header::AUTHORIZATION;
use http::request::Parts;

use super::{Authenticator, Tenant};

/// What decided over the outcome of an authentication: as long as it is the same, the outcome is.
///
/// Whatever step of [`Authenticator::authenticate_request`] reads more of a request adds it here.
/// Otherwise an identity would outlive what it was made from, where middleware replaces that.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Credential {
    authorization: Vec<HeaderValue>,
    tenant: Tenant,
}

impl Credential {
    pub(crate) const fn tenant(&self) -> &Tenant {
        &self.tenant
    }
}

impl Authenticator {
    /// What this authenticator reads of a request.
    pub(crate) fn credential(&self, request: &mut Parts) -> Credential {
        Credential {
            authorization: request.headers.get_all(AUTHORIZATION).iter().cloned().collect(),
            tenant: self.0.tenant.find(request),
        }
    }
}
