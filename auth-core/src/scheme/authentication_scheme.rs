//! The seam: what an authentication scheme is.

use std::future::Future;
use std::sync::Arc;

use http::Uri;

use super::{Challenge, Locations, PresentedCredential, SchemeError, SecurityScheme, Validity};
use crate::identity::Authentication;
use crate::policy::Method;

/// One way in which a request says who sends it.
///
/// Given to [`AuthenticatorBuilder::scheme`](crate::authenticator::AuthenticatorBuilder::scheme).
/// The framework finds the credential, decides whether the endpoint accepts it, rejects cross-site
/// requests with credentials that browsers send on their own, asks for revocations, finds the
/// tenant, adds assignments, writes the challenge and describes the scheme in OpenAPI. A scheme says
/// what its credential is, and which caller it identifies.
///
/// All but [`authenticate`](Self::authenticate) are asked once, when the authenticator is built.
///
/// ```
/// use auth_core::scheme::{Challenge, Locations, PresentedCredential, SchemeError};
/// use auth_core::{Authentication, AuthenticationScheme, Method};
/// use http::HeaderName;
///
/// /// Keys that were issued to programs. A real one looks a digest of the key up in a database.
/// struct ApiKeys;
///
/// const HEADER: HeaderName = HeaderName::from_static("x-api-key");
///
/// impl AuthenticationScheme for ApiKeys {
///     fn method(&self) -> Method {
///         Method::ApiKey
///     }
///
///     fn locations(&self) -> Locations {
///         Locations::header(HEADER)
///     }
///
///     async fn authenticate(
///         &self,
///         credential: &PresentedCredential,
///     ) -> Result<Authentication, SchemeError> {
///         match credential.header(&HEADER)? {
///             "k-4711" => Ok(Authentication::vouched_by_scheme(self.method(), "api-keys", "reports")
///                 .scopes(["reports:read"])
///                 .build()),
///             _ => Err(SchemeError::Refused("there is no such key")),
///         }
///     }
///
///     fn challenge(&self) -> Challenge {
///         Challenge::new("ApiKey")
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an authentication scheme",
    label = "it cannot authenticate a request",
    note = "implement `auth_core::AuthenticationScheme` for it; for access tokens there is `.verifier(..)`"
)]
pub trait AuthenticationScheme: Send + Sync + 'static {
    /// The method that requirements name: `method = ApiKey`, `method = "corporate-sso"`.
    ///
    /// Each [`Authentication`] that the scheme makes has it; another one is answered with 500.
    fn method(&self) -> Method;

    /// Where the credential is, and what else of the request the scheme reads. It sees nothing that
    /// is not listed here, so an outcome is never used again for a request that differs in it.
    fn locations(&self) -> Locations;

    /// The caller behind the credential of a request.
    ///
    /// Called only for a request that has the credential, and only at an endpoint that accepts it.
    /// If the future is dropped, the request is over: leave nothing half done.
    ///
    /// # Errors
    /// If the credential is malformed (400), rejected (401), cannot be judged now (503), or never
    /// can be (500): see [`SchemeError`].
    fn authenticate(
        &self,
        credential: &PresentedCredential,
    ) -> impl Future<Output = Result<Authentication, SchemeError>> + Send;

    /// The challenge of a 401 ([RFC 9110 §11.6.1](https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1)).
    /// The `realm` of the authenticator is added if it has none.
    fn challenge(&self) -> Challenge;

    /// The scheme in an OpenAPI document: one description for each way in which its credential can
    /// be presented, the usual one first. By default what its [locations](Self::locations) say.
    fn security_schemes(&self) -> Vec<SecurityScheme> {
        SecurityScheme::of(&self.locations())
    }

    /// Whether browsers send the credential on their own, so that the page of a stranger can cause requests with it.
    /// Cross-site requests are then rejected with 403 where they could change something: see
    /// [`AuthenticatorBuilder::trusted_origins`](crate::authenticator::AuthenticatorBuilder::trusted_origins).
    ///
    /// By default true for cookies and for `Basic`. A cookie is always checked, and a
    /// [bearer token](super::Location::BearerWithPrefix) never.
    fn sent_by_browsers(&self) -> bool {
        self.locations().are_sent_by_browsers()
    }

    /// How long its credentials are valid, and how soon a revocation is felt: for the
    /// [access map](crate::AccessMap::with_authenticator). By default nothing is said.
    fn validity(&self) -> Validity {
        Validity::default()
    }

    /// Whether the address of a request, as the client sent it, has a credential of the scheme in it.
    ///
    /// Addresses are written to logs, to the history of browsers and into `Referer`, so a credential in
    /// one is known to others. At an endpoint that accepts the scheme such a request is rejected with 400
    /// and [`BadRequest::CredentialInAddress`](crate::error::BadRequest::CredentialInAddress), whatever
    /// else it carries, so that its client is put right and the audit trail says so. Only a scheme whose
    /// credentials have a form of their own can tell; by default none does.
    fn is_in_address(&self, _address: &Uri) -> bool {
        false
    }
}

#[diagnostic::do_not_recommend]
impl<T: AuthenticationScheme> AuthenticationScheme for Arc<T> {
    fn method(&self) -> Method {
        T::method(self)
    }

    fn locations(&self) -> Locations {
        T::locations(self)
    }

    fn authenticate(
        &self,
        credential: &PresentedCredential,
    ) -> impl Future<Output = Result<Authentication, SchemeError>> + Send {
        T::authenticate(self, credential)
    }

    fn challenge(&self) -> Challenge {
        T::challenge(self)
    }

    fn security_schemes(&self) -> Vec<SecurityScheme> {
        T::security_schemes(self)
    }

    fn sent_by_browsers(&self) -> bool {
        T::sent_by_browsers(self)
    }

    fn validity(&self) -> Validity {
        T::validity(self)
    }

    fn is_in_address(&self, address: &Uri) -> bool {
        T::is_in_address(self, address)
    }
}
