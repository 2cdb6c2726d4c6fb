//! Why a caller was not let in, before it becomes an answer.
//!
//! `Display` of these types may reach a client: through `?` into the error type of an application,
//! a GraphQL error, a page. So it says no more than the answer of the framework does. `Debug` is for
//! the program and its log: it says the reason, in words.

pub(crate) mod auth_error;

use std::fmt;

pub(crate) use auth_error::AuthError;

use crate::binding::{ClientCertificateError, DpopProofError};
use crate::policy::{Decision, StepUp};
use crate::token::VerifyError;

/// Why a request cannot be understood. `Display` is what a client may know, `Debug` says the reason.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadRequest {
    /// The credential is malformed, or its header is there more than once (RFC 6750, section 3.1,
    /// `invalid_request`).
    #[error("malformed credential")]
    MalformedCredential,
    /// The request has more than one credential that the endpoint accepts (RFC 6750, section 3.1,
    /// `invalid_request`).
    #[error("more than one credential")]
    SeveralCredentials,
    /// The address of the request has a credential in it, where it is known to others.
    #[error("a credential in the address")]
    CredentialInAddress,
    /// The request does not say, or says twice or in no readable form, which tenant it is about
    /// (RFC 6750, section 3.1, `invalid_request`).
    #[error("missing or malformed tenant")]
    InvalidTenant,
    /// A browser sent the credential on its own, and the request may come from the page of a
    /// stranger: 403.
    #[error("cross-site request")]
    CrossSite,
}

impl fmt::Debug for BadRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CrossSite => f.write_str(
                "the credential is one that browsers send on their own, and neither `Sec-Fetch-Site` nor `Origin` says that the request comes from a page of the application",
            ),
            Self::MalformedCredential
            | Self::SeveralCredentials
            | Self::CredentialInAddress
            | Self::InvalidTenant => fmt::Display::fmt(self, f),
        }
    }
}

/// Why a caller is not authenticated. `Display` is what a client may know, `Debug` says the reason.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unauthenticated {
    /// The request carries no credential of an accepted scheme.
    #[error("no credential")]
    NoCredential,
    /// The credential of a scheme other than access tokens is not valid.
    #[error("the credential is not valid")]
    InvalidCredential {
        /// The method of the scheme.
        method: crate::policy::Method,
        /// What the scheme says of it, for the log.
        reason: &'static str,
    },
    /// The token is invalid (RFC 6750, section 3.1, `invalid_token`).
    #[error("the access token is not valid")]
    InvalidToken(VerifyError),
    /// The DPoP proof is missing or invalid (RFC 9449, section 7.1, `invalid_dpop_proof`).
    #[error("the DPoP proof is missing or not valid")]
    InvalidDpopProof(DpopProofError),
    /// The DPoP proof has no nonce of this server, or an old one (RFC 9449, section 9,
    /// `use_dpop_nonce`). The answer has the one to use.
    #[error("the DPoP proof needs a nonce of this server")]
    UseDpopNonce,
    /// The certificate of the client is invalid (RFC 8705, section 3, `invalid_token`).
    #[error("the access token is not valid")]
    InvalidClientCertificate(ClientCertificateError),
    /// The login is too weak or too old (RFC 9470, section 3).
    #[error("a stronger or more recent login is required")]
    InsufficientUserAuthentication(Box<StepUp>),
}

impl fmt::Debug for Unauthenticated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidToken(reason) => fmt::Display::fmt(reason, f),
            Self::InvalidDpopProof(reason) => fmt::Display::fmt(reason, f),
            Self::InvalidClientCertificate(reason) => fmt::Display::fmt(reason, f),
            Self::InsufficientUserAuthentication(step_up) => {
                f.write_str("the login is too weak or too old")?;
                let parts = step_up.parts();
                if parts.is_empty() { Ok(()) } else { write!(f, ", expected {}", parts.join(", ")) }
            }
            Self::InvalidCredential { method, reason } => {
                write!(f, "the credential of the method {method} is not valid: {reason}")
            }
            Self::NoCredential | Self::UseDpopNonce => fmt::Display::fmt(self, f),
        }
    }
}

/// A known caller who may not. `Display` says that and no more; `Debug` is the decision.
#[derive(Clone, thiserror::Error)]
#[error("forbidden")]
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

    /// The rejection in sentences for a developer: what is missing and what would help.
    ///
    /// `Missing: scope write. A token with other scopes would help: read write.`
    #[must_use]
    pub fn explanation(&self) -> String {
        let missing = match self.decision.missing() {
            Some(missing) => format!("Missing: {missing}."),
            None => "No authority would satisfy this requirement.".to_owned(),
        };
        match self.scopes() {
            Some(scopes) => {
                format!("{missing} A token with other scopes would help: {}.", scopes.join(" "))
            }
            None => {
                format!("{missing} A different token or login would not help.")
            }
        }
    }
}

impl fmt::Debug for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.decision, f)
    }
}

/// Why authentication cannot be completed now. `Display` is what a client may know, `Debug` says the
/// reason.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unavailable {
    /// Keys or a store cannot be reached.
    #[error("try again in {retry_after} seconds")]
    NotReachable {
        /// When to try again, in seconds from now.
        retry_after: u64,
    },
}

impl fmt::Debug for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotReachable { retry_after } => {
                write!(f, "keys or a store cannot be reached; try again in {retry_after} seconds")
            }
        }
    }
}

/// Which mistake the program has. `Display` is what a client may know, `Debug` says the reason.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Misconfigured {
    /// The route runs outside of a protected router.
    #[error("the service is not set up correctly")]
    NoAuthenticator,
    /// It cannot be determined here which tenant the request is about, or it was decided for another
    /// one.
    #[error("the service is not set up correctly")]
    UndeterminedTenant,
    /// An authentication scheme of the application cannot do
    /// its work.
    #[error("the service is not set up correctly")]
    Scheme {
        /// The method of the scheme.
        method: crate::policy::Method,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A handler under `#[pending]` takes a caller, or another handler takes a half-finished
    /// sign-in.
    #[error("the service is not set up correctly")]
    PendingSignIn,
}

impl fmt::Debug for Misconfigured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAuthenticator => f.write_str(
                "no authenticator is installed: the router was not made by `Router::protect`",
            ),
            Self::UndeterminedTenant => f.write_str(
                "the tenant of the request cannot be determined here: its route has no such parameter, or it was decided for another tenant",
            ),
            Self::Scheme { method, reason } => {
                write!(f, "the scheme of the method {method} is misconfigured: {reason}")
            }
            Self::PendingSignIn => f.write_str(
                "a half-finished sign-in is no caller: a handler under `#[pending]` takes `PendingSignIn`, and no other handler does",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;
    use std::path::Path;

    use super::*;
    use crate::jose::KeyError;

    /// What is behind each rejection a client may not know: the reason, the configuration.
    #[test]
    fn the_text_for_clients_tells_no_reason() {
        let of_token = |error| AuthError::Unauthenticated(Unauthenticated::InvalidToken(error));
        let proof = DpopProofError::Key(KeyError::Invalid("x"));
        let known = [
            (
                of_token(VerifyError::AudienceMismatch),
                "unauthenticated: the access token is not valid",
            ),
            (of_token(VerifyError::Revoked), "unauthenticated: the access token is not valid"),
            (
                of_token(VerifyError::MissingClaim("sub")),
                "unauthenticated: the access token is not valid",
            ),
            (
                Unauthenticated::InvalidDpopProof(proof).into(),
                "unauthenticated: the DPoP proof is missing or not valid",
            ),
            (
                ClientCertificateError::UntrustedPeer.into(),
                "unauthenticated: the access token is not valid",
            ),
            (
                AuthError::Unavailable(Unavailable::NotReachable { retry_after: 7 }),
                "unavailable: try again in 7 seconds",
            ),
            (
                AuthError::Misconfigured(Misconfigured::NoAuthenticator),
                "misconfigured: the service is not set up correctly",
            ),
        ];
        for (error, told) in known {
            assert_eq!(error.to_string(), told);
            assert!(error.source().is_none(), "a chain of sources would tell it all the same");
            assert_ne!(format!("{error:?}"), told, "the log hears the reason");
        }
        let expired = of_token(VerifyError::Expired);
        assert_eq!(format!("{expired:?}"), "unauthenticated: the token has expired");
    }

    /// An error that leaves `main` is printed by `Debug`: no error type prints its fields.
    #[test]
    fn every_public_error_is_printed_in_words() {
        let mut derived = Vec::new();
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if let Ok(text) = std::fs::read_to_string(&path) {
                    derived.extend(errors_with_derived_debug(&text));
                }
            }
        }
        assert_eq!(derived, [""; 0], "give them `debug_in_words!`");
    }

    /// The public types that derive both `Error` and `Debug`.
    fn errors_with_derived_debug(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut derives = String::new();
        for line in text.lines() {
            if let Some(list) = line.strip_prefix("#[derive(") {
                derives = list.to_owned();
            } else if line.starts_with("pub enum ") || line.starts_with("pub struct ") {
                let has = |name: &str| {
                    derives.split([',', ')', ' ']).any(|it| it.rsplit("::").next() == Some(name))
                };
                if has("Error") && has("Debug") {
                    found.push(line.to_owned());
                }
                derives.clear();
            }
        }
        found
    }
}
