//! A rejection, before it becomes an answer.

use std::fmt;

use super::{BadRequest, Forbidden, Misconfigured, Unauthenticated, Unavailable};
use crate::binding::{ClientCertificateError, ProofProblem};
use crate::token::VerifyError;

/// A rejection. `web` turns it into a response; functions under `#[requires]` return it through
/// `E: From<AuthError>`.
///
/// `Display` says what a client may know: that the caller is not known, or may not, and nothing of
/// the requirement, the reason or the configuration. `Debug` says the reason, in words, for the log
/// of the program; so do the methods of [`Forbidden`]. Neither holds anything of the credential.
///
/// ```
/// use auth_core::AuthError;
/// use auth_core::error::Unauthenticated;
/// use auth_core::token::VerifyError;
///
/// let error = AuthError::Unauthenticated(Unauthenticated::InvalidToken(VerifyError::Expired));
/// assert_eq!(error.to_string(), "unauthenticated: the access token is not valid");
/// assert_eq!(format!("{error:?}"), "unauthenticated: the token has expired");
/// ```
#[derive(Clone, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// The request is malformed: 400; or it is cross-site: 403. It does not matter who sends it.
    #[error("bad request: {0}")]
    BadRequest(BadRequest),
    /// The caller is not authenticated: 401.
    #[error("unauthenticated: {0}")]
    Unauthenticated(Unauthenticated),
    /// The caller is authenticated and may not: 403.
    #[error("forbidden")]
    Forbidden(Forbidden),
    /// Authentication cannot be completed now, because a dependency is down: 503.
    #[error("unavailable: {0}")]
    Unavailable(Unavailable),
    /// The program has a mistake, such as a guarded route outside of a protected router: 500.
    #[error("misconfigured: {0}")]
    Misconfigured(Misconfigured),
}

impl AuthError {
    /// The stable name of the rejection, as in the `code` of the problem that is answered.
    ///
    /// Where RFC 6750, RFC 9449 or RFC 9470 has an error code, it is that one.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BadRequest(
                BadRequest::MalformedCredential
                | BadRequest::SeveralCredentials
                | BadRequest::InvalidTenant,
            ) => "invalid_request",
            Self::BadRequest(BadRequest::CredentialInAddress) => "credential_in_address",
            Self::BadRequest(BadRequest::CrossSite) => "cross_site_request",
            Self::Unauthenticated(Unauthenticated::NoCredential) => "unauthenticated",
            Self::Unauthenticated(Unauthenticated::InvalidCredential { .. }) => {
                "invalid_credential"
            }
            // A certificate that is invalid leaves a token that is not (RFC 8705 §3).
            Self::Unauthenticated(
                Unauthenticated::InvalidToken(_) | Unauthenticated::InvalidClientCertificate(_),
            ) => "invalid_token",
            Self::Unauthenticated(Unauthenticated::InvalidDpopProof(_)) => "invalid_dpop_proof",
            Self::Unauthenticated(Unauthenticated::UseDpopNonce) => "use_dpop_nonce",
            Self::Unauthenticated(Unauthenticated::InsufficientUserAuthentication { .. }) => {
                "insufficient_user_authentication"
            }
            Self::Forbidden(forbidden) if forbidden.scopes().is_some() => "insufficient_scope",
            Self::Forbidden(_) => "forbidden",
            Self::Unavailable(Unavailable::NotReachable { .. }) => "unavailable",
            Self::Misconfigured(Misconfigured::NoAuthenticator) => "not_protected",
            Self::Misconfigured(Misconfigured::UndeterminedTenant) => "undetermined_tenant",
            Self::Misconfigured(Misconfigured::Scheme { .. }) => "misconfigured_scheme",
            Self::Misconfigured(Misconfigured::PendingSignIn) => "misplaced_sign_in",
        }
    }
}

impl fmt::Debug for AuthError {
    /// The reason, for the log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadRequest(reason) => write!(f, "bad request: {reason:?}"),
            Self::Unauthenticated(reason) => write!(f, "unauthenticated: {reason:?}"),
            Self::Forbidden(reason) => write!(f, "forbidden: {reason:?}"),
            Self::Unavailable(reason) => write!(f, "unavailable: {reason:?}"),
            Self::Misconfigured(reason) => write!(f, "misconfigured: {reason:?}"),
        }
    }
}

impl From<BadRequest> for AuthError {
    fn from(error: BadRequest) -> Self {
        Self::BadRequest(error)
    }
}

impl From<Unavailable> for AuthError {
    fn from(error: Unavailable) -> Self {
        Self::Unavailable(error)
    }
}

impl From<Misconfigured> for AuthError {
    fn from(error: Misconfigured) -> Self {
        Self::Misconfigured(error)
    }
}

impl From<Unauthenticated> for AuthError {
    fn from(error: Unauthenticated) -> Self {
        Self::Unauthenticated(error)
    }
}

impl From<VerifyError> for AuthError {
    /// A token that is invalid is the caller's matter: 401. That it cannot be determined is not.
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Unavailable { retry_after } => {
                Self::Unavailable(Unavailable::NotReachable { retry_after })
            }
            refused => Self::Unauthenticated(Unauthenticated::InvalidToken(refused)),
        }
    }
}

impl From<ProofProblem> for AuthError {
    fn from(problem: ProofProblem) -> Self {
        match problem {
            ProofProblem::Proof(error) => {
                Self::Unauthenticated(Unauthenticated::InvalidDpopProof(error))
            }
            ProofProblem::Nonce => Self::Unauthenticated(Unauthenticated::UseDpopNonce),
            ProofProblem::Token(error) => error.into(),
        }
    }
}

impl From<ClientCertificateError> for AuthError {
    fn from(error: ClientCertificateError) -> Self {
        Self::Unauthenticated(Unauthenticated::InvalidClientCertificate(error))
    }
}
