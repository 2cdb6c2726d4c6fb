//! All that an authenticator reads of a request.

use http::HeaderValue;
use http::header::AUTHORIZATION;
use http::request::Parts;

use super::{Authenticator, ProofInput, Tenant};

/// What decided over the outcome of an authentication: as long as it is the same, the outcome is.
///
/// Whatever step of [`Authenticator::authenticate_request`] reads more of a request adds it here.
/// Otherwise an identity would outlive what it was made from, where middleware replaces that.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Credential {
    authorization: Option<HeaderValue>,
    /// More lines of it. Such a request is refused; with one line less it would be another.
    repeated: Vec<HeaderValue>,
    proof: Option<Box<ProofInput>>,
    tenant: Tenant,
}

impl Credential {
    pub(crate) const fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// Whether both present and prove the same, in whatever tenant.
    pub(crate) fn is_but_for_its_tenant(&self, other: &Self) -> bool {
        self.authorization == other.authorization
            && self.repeated == other.repeated
            && self.proof == other.proof
    }

    /// The lines of `Authorization`.
    pub(super) fn lines(&self) -> impl Iterator<Item = &HeaderValue> {
        self.authorization.iter().chain(&self.repeated)
    }
}

impl Authenticator {
    /// What this authenticator reads of a request.
    pub(crate) fn credential(&self, request: &mut Parts) -> Credential {
        let tenant = self.0.tenants.find(request);
        let mut lines = request.headers.get_all(AUTHORIZATION).iter().cloned();
        Credential {
            authorization: lines.next(),
            repeated: lines.collect(),
            proof: self.0.possession.input(request),
            tenant,
        }
    }
}
