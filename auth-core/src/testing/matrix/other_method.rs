//! A method of which the matrix has no credential.

use http::HeaderName;

use crate::identity::Authentication;
use crate::policy::Method;
use crate::scheme::{AuthenticationScheme, Challenge, Locations, PresentedCredential, SchemeError};

/// Replaces the application's scheme, so that its endpoints can be protected. No request of the
/// matrix has a credential of it, and none would be accepted.
pub(super) struct OtherMethod {
    method: Method,
    header: HeaderName,
}

impl OtherMethod {
    /// The stand-in for this method; each has another number.
    pub(super) fn new(method: Method, number: usize) -> Self {
        let header = HeaderName::try_from(format!("x-access-matrix-{number}"));
        let header = header.unwrap_or(HeaderName::from_static("x-access-matrix"));
        Self { method, header }
    }
}

impl AuthenticationScheme for OtherMethod {
    fn method(&self) -> Method {
        self.method
    }

    fn locations(&self) -> Locations {
        Locations::header(self.header.clone())
    }

    async fn authenticate(
        &self,
        _credential: &PresentedCredential,
    ) -> Result<Authentication, SchemeError> {
        Err(SchemeError::Refused("the access matrix has no credential of this method"))
    }

    fn challenge(&self) -> Challenge {
        Challenge::new("AccessMatrix")
    }
}
