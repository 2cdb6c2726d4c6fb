//! Why a caller was not let in, before it becomes an answer.

use crate::credential::ClientCertificateError;
use crate::policy::Decision;
use crate::verify::{DpopProofError, ProofProblem, VerifyError};

/// A refusal. `web` turns it into a response; functions under `#[requires]` return it through
/// `E: From<AuthError>`.
///
/// What it says of the reason is for the program and its log. It holds nothing of the credential.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// Nobody is known to call: 401 (or 400 for a malformed credential).
    #[error("unauthenticated: {0}")]
    Unauthenticated(Unauthenticated),
    /// The caller is known and may not: 403.
    #[error("forbidden: {0}")]
    Forbidden(Forbidden),
    /// It cannot be told who calls: 503, or 500 where no authenticator is installed.
    #[error("unavailable: {0}")]
    Unavailable(Unavailable),
}

impl AuthError {
    /// The stable name of the refusal, as in the `code` of the problem that is answered.
    ///
    /// Where RFC 6750, RFC 9449 or RFC 9470 has an error code, it is that one.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated(Unauthenticated::NoCredential) => "unauthenticated",
            Self::Unauthenticated(
                Unauthenticated::InvalidRequest | Unauthenticated::InvalidTenant,
            ) => "invalid_request",
            // A certificate that is not believed leaves a token that is not (RFC 8705 §3).
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
            Self::Unavailable(Unavailable::NoAuthenticator) => "not_protected",
        }
    }
}

impl From<Unauthenticated> for AuthError {
    fn from(error: Unauthenticated) -> Self {
        Self::Unauthenticated(error)
    }
}

impl From<VerifyError> for AuthError {
    /// A token that is not believed is the caller's matter: 401. That it cannot be told is not.
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

/// Why nobody is known to call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unauthenticated {
    /// The request carries no credential of an accepted scheme.
    #[error("no credential")]
    NoCredential,
    /// The credential is malformed or there are two (RFC 6750, section 3.1, `invalid_request`).
    #[error("malformed credential")]
    InvalidRequest,
    /// The request does not say, or says twice or in no readable form, which tenant it is about
    /// (RFC 6750, section 3.1, `invalid_request`).
    #[error("missing or malformed tenant")]
    InvalidTenant,
    /// The token is not believed (RFC 6750, section 3.1, `invalid_token`).
    #[error("{0}")]
    InvalidToken(VerifyError),
    /// The DPoP proof is missing or no good (RFC 9449, section 7.1, `invalid_dpop_proof`).
    #[error("{0}")]
    InvalidDpopProof(DpopProofError),
    /// The DPoP proof has no nonce of this server, or an old one (RFC 9449, section 9,
    /// `use_dpop_nonce`). The answer has the one to use.
    #[error("the DPoP proof needs a nonce of this server")]
    UseDpopNonce,
    /// The certificate of the client is not believed (RFC 8705, section 3, `invalid_token`).
    #[error("{0}")]
    InvalidClientCertificate(ClientCertificateError),
    /// The login is too weak or too old (RFC 9470, section 3).
    #[error("the login is too weak or too old")]
    InsufficientUserAuthentication {
        /// The authentication context classes that would do.
        acr_values: Vec<&'static str>,
        /// How old the login may be, in seconds.
        max_age: Option<u64>,
    },
}

/// A known caller who may not.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{decision}")]
pub struct Forbidden {
    decision: Box<Decision>,
    scopes: Option<Vec<&'static str>>,
}

impl Forbidden {
    pub(crate) fn new(decision: Decision, scopes: Option<Vec<&'static str>>) -> Self {
        Self { decision: Box::new(decision), scopes }
    }

    /// The decision with its reasons: names and verdicts, never what a check looked at.
    #[must_use]
    pub const fn decision(&self) -> &Decision {
        &self.decision
    }

    /// The scopes that a token for this needs, if other scopes are all that is missing
    /// (RFC 6750, section 3, `insufficient_scope`). Checks that did not run are taken to say yes.
    #[must_use]
    pub const fn scopes(&self) -> Option<&[&'static str]> {
        match &self.scopes {
            Some(scopes) => Some(scopes.as_slice()),
            None => None,
        }
    }

    /// The refusal in sentences for a developer: what is missing and what would help.
    ///
    /// `Missing: scope write. A token with other scopes would help: read write.`
    #[must_use]
    pub fn explanation(&self) -> String {
        let missing = match self.decision.missing() {
            Some(missing) => format!("Missing: {missing}."),
            None => "Nothing that the caller could be given would help.".to_owned(),
        };
        match self.scopes() {
            Some(scopes) => {
                format!("{missing} A token with other scopes would help: {}.", scopes.join(" "))
            }
            None => {
                format!("{missing} No other token or login that the client asks for would help.")
            }
        }
    }
}

/// Why it cannot be told who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unavailable {
    /// Keys or a store cannot be reached.
    #[error("keys or a store cannot be reached; try again in {retry_after} seconds")]
    NotReachable {
        /// When to try again, in seconds from now.
        retry_after: u64,
    },
    /// The route runs outside of a protected router: a mistake of the program, answered with 500.
    #[error("no authenticator is installed: the router was not made by `Router::protect`")]
    NoAuthenticator,
}

/// `Debug` of an error that is met while a program starts: `main` and `unwrap` print `Debug`, and
/// whoever reads that needs the sentence.
macro_rules! debug_in_words {
    ($($error:ty),+) => {$(
        impl std::fmt::Debug for $error {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }
    )+};
}

pub(crate) use debug_in_words;
