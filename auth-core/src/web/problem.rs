//! The body of a rejection: a problem in the words of RFC 9457.

use std::sync::OnceLock;

use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};

use super::{Answers, ErrorDetail};
use crate::error::{AuthError, BadRequest, Forbidden, Misconfigured, Unauthenticated, Unavailable};
use crate::token::{Finding, VerifyError};

/// What kind of rejection it is, as far as answers differ: two of one kind are answered with the same
/// status, the same challenge and, but for [`ErrorDetail::Full`], the same body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    NoCredential,
    InvalidRequest,
    InvalidTenant,
    CrossSite,
    InvalidCredential,
    InvalidToken,
    /// An invalid token too, but another scheme would be the right one.
    SenderConstrained,
    InvalidDpopProof,
    UseDpopNonce,
    /// With the login that would do: each has a challenge of its own.
    InsufficientUserAuthentication,
    /// With the scopes that would do: each has a challenge of its own.
    InsufficientScope,
    Forbidden,
    NotReachable,
    NoAuthenticator,
    UndeterminedTenant,
    MisconfiguredScheme,
}

impl Problem {
    /// How many kinds there are.
    pub(super) const COUNT: usize = Self::MisconfiguredScheme as usize + 1;

    pub(super) const fn of(error: &AuthError) -> Self {
        match error {
            AuthError::BadRequest(problem) => match problem {
                BadRequest::MalformedCredential | BadRequest::SeveralCredentials => {
                    Self::InvalidRequest
                }
                BadRequest::InvalidTenant => Self::InvalidTenant,
                BadRequest::CrossSite => Self::CrossSite,
            },
            AuthError::Unauthenticated(problem) => match problem {
                Unauthenticated::NoCredential => Self::NoCredential,
                Unauthenticated::InvalidCredential { .. } => Self::InvalidCredential,
                Unauthenticated::InvalidToken(VerifyError::SenderConstrained) => {
                    Self::SenderConstrained
                }
                Unauthenticated::InvalidToken(_) | Unauthenticated::InvalidClientCertificate(_) => {
                    Self::InvalidToken
                }
                Unauthenticated::InvalidDpopProof(_) => Self::InvalidDpopProof,
                Unauthenticated::UseDpopNonce => Self::UseDpopNonce,
                Unauthenticated::InsufficientUserAuthentication { .. } => {
                    Self::InsufficientUserAuthentication
                }
            },
            AuthError::Forbidden(forbidden) if forbidden.scopes().is_some() => {
                Self::InsufficientScope
            }
            AuthError::Forbidden(_) => Self::Forbidden,
            AuthError::Unavailable(Unavailable::NotReachable { .. }) => Self::NotReachable,
            AuthError::Misconfigured(Misconfigured::UndeterminedTenant) => Self::UndeterminedTenant,
            AuthError::Misconfigured(Misconfigured::NoAuthenticator) => Self::NoAuthenticator,
            AuthError::Misconfigured(Misconfigured::Scheme { .. }) => Self::MisconfiguredScheme,
        }
    }

    /// Whether its challenge names what would do.
    pub(super) const fn names_a_remedy(self) -> bool {
        matches!(self, Self::InsufficientUserAuthentication | Self::InsufficientScope)
    }

    const fn status(self) -> StatusCode {
        match self {
            Self::InvalidRequest | Self::InvalidTenant => StatusCode::BAD_REQUEST,
            Self::NoCredential
            | Self::InvalidCredential
            | Self::InvalidToken
            | Self::SenderConstrained
            | Self::InvalidDpopProof
            | Self::UseDpopNonce
            | Self::InsufficientUserAuthentication => StatusCode::UNAUTHORIZED,
            Self::InsufficientScope | Self::Forbidden | Self::CrossSite => StatusCode::FORBIDDEN,
            Self::NotReachable => StatusCode::SERVICE_UNAVAILABLE,
            Self::NoAuthenticator | Self::UndeterminedTenant | Self::MisconfiguredScheme => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }

    const fn detail(self) -> &'static str {
        match self {
            Self::NoCredential => "The request carries no credential.",
            Self::InvalidRequest => "The credential is malformed, or there is more than one.",
            Self::InvalidTenant => "The tenant of the request is missing or malformed.",
            Self::CrossSite => "The request was sent by a page of another site.",
            Self::InvalidCredential => "The credential is not valid.",
            Self::InvalidToken | Self::SenderConstrained => "The access token is not valid.",
            Self::InvalidDpopProof => "The DPoP proof is missing or not valid.",
            Self::UseDpopNonce => "The DPoP proof needs the nonce in the header DPoP-Nonce.",
            Self::InsufficientUserAuthentication => "A stronger or more recent login is required.",
            Self::InsufficientScope => "The access token lacks a scope.",
            Self::Forbidden => "The caller may not do this.",
            Self::NotReachable => "Authentication is temporarily unavailable. Try again later.",
            Self::NoAuthenticator | Self::UndeterminedTenant | Self::MisconfiguredScheme => {
                "The service is not set up correctly."
            }
        }
    }
}

/// The status of a rejection.
pub(crate) const fn status(error: &AuthError) -> StatusCode {
    Problem::of(error).status()
}

/// The body of a rejection: the problem as JSON, written once for each kind of rejection.
pub(super) fn body(error: &AuthError, finding: Option<&Finding>, answers: &Answers) -> Bytes {
    static BODIES: [OnceLock<&'static str>; Problem::COUNT] =
        [const { OnceLock::new() }; Problem::COUNT];
    let kind = Problem::of(error);
    if let Some(finding) = finding {
        return with_reason(problem(error), finding).to_string().into();
    }
    match (error, BODIES.get(kind as usize)) {
        (AuthError::Forbidden(forbidden), _) if answers.error_detail == ErrorDetail::Full => {
            disclosed(problem(error), forbidden).to_string().into()
        }
        // One text for each kind is kept for good, so that answers share it without counting.
        (_, Some(body)) => {
            Bytes::from_static(body.get_or_init(|| problem(error).to_string().leak()).as_bytes())
        }
        (_, None) => problem(error).to_string().into(),
    }
}

/// The problem ([RFC 9457 §3](https://www.rfc-editor.org/rfc/rfc9457#section-3)).
///
/// `type` is `about:blank`, so `title` is the phrase of the status (§4.2.1); what kind of rejection
/// it is is in `code`, an extension member.
fn problem(error: &AuthError) -> Value {
    let problem = Problem::of(error);
    json!({
        "type": "about:blank",
        "title": problem.status().canonical_reason(),
        "status": problem.status().as_u16(),
        "code": error.code(),
        "detail": problem.detail(),
    })
}

/// The same with what is wrong with the credential.
fn with_reason(mut problem: Value, finding: &Finding) -> Value {
    if let (Some(members), Ok(finding)) = (problem.as_object_mut(), serde_json::to_value(finding)) {
        members.insert("reason".to_owned(), finding);
    }
    problem
}

/// The same with all that the decision was made from: names of requirements and verdicts on them.
/// What a check looked at is not in there.
fn disclosed(mut problem: Value, forbidden: &Forbidden) -> Value {
    if let Some(members) = problem.as_object_mut() {
        let decision = forbidden.decision();
        members.insert("decision".to_owned(), decision.to_string().into());
        members.insert("explanation".to_owned(), forbidden.explanation().into());
        if let Some(missing) = decision.missing() {
            members.insert("missing".to_owned(), missing.to_json());
        }
    }
    problem
}
