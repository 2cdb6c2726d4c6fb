//! The body of a refusal: a problem in the words of RFC 9457.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Answers, Disclosure};
use crate::error::{AuthError, Unauthenticated, Unavailable};

/// The status of a refusal.
pub(crate) const fn status(error: &AuthError) -> StatusCode {
    match error {
        AuthError::Unauthenticated(Unauthenticated::InvalidRequest) => StatusCode::BAD_REQUEST,
        AuthError::Unauthenticated(_) => StatusCode::UNAUTHORIZED,
        AuthError::Forbidden(_) => StatusCode::FORBIDDEN,
        AuthError::Unavailable(Unavailable::NotReachable { .. }) => StatusCode::SERVICE_UNAVAILABLE,
        AuthError::Unavailable(Unavailable::NoAuthenticator) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The problem as JSON ([RFC 9457 §3](https://www.rfc-editor.org/rfc/rfc9457#section-3)).
///
/// `type` is `about:blank`, so `title` is the phrase of the status (§4.2.1); what kind of refusal
/// it is stands in `code`, an extension member.
pub(super) fn problem(error: &AuthError, answers: &Answers) -> Value {
    let status = status(error);
    let mut problem = json!({
        "type": "about:blank",
        "title": status.canonical_reason(),
        "status": status.as_u16(),
        "code": error.code(),
        "detail": detail(error),
    });
    if answers.disclosure == Disclosure::Full
        && let AuthError::Forbidden(forbidden) = error
        && let Some(members) = problem.as_object_mut()
    {
        // Names of requirements and verdicts on them; what a check looked at is not in there.
        let decision = forbidden.decision();
        members.insert("decision".to_owned(), decision.to_string().into());
        members.insert("explanation".to_owned(), forbidden.explanation().into());
        if let Some(missing) = decision.missing() {
            members.insert("missing".to_owned(), missing.to_json());
        }
    }
    problem
}

const fn detail(error: &AuthError) -> &'static str {
    match error {
        AuthError::Unauthenticated(Unauthenticated::NoCredential) => {
            "The request carries no credential."
        }
        AuthError::Unauthenticated(Unauthenticated::InvalidRequest) => {
            "The credential is malformed, or there is more than one."
        }
        AuthError::Unauthenticated(
            Unauthenticated::InvalidToken(_) | Unauthenticated::InvalidClientCertificate(_),
        ) => "The access token is not valid.",
        AuthError::Unauthenticated(Unauthenticated::InvalidDpopProof(_)) => {
            "The DPoP proof is missing or not valid."
        }
        AuthError::Unauthenticated(Unauthenticated::UseDpopNonce) => {
            "The DPoP proof needs the nonce in the header DPoP-Nonce."
        }
        AuthError::Unauthenticated(Unauthenticated::InsufficientUserAuthentication { .. }) => {
            "A stronger or more recent login is required."
        }
        AuthError::Forbidden(forbidden) if forbidden.scopes().is_some() => {
            "The access token lacks a scope."
        }
        AuthError::Forbidden(_) => "The caller may not do this.",
        AuthError::Unavailable(Unavailable::NotReachable { .. }) => {
            "It cannot be told at the moment who calls. Try again later."
        }
        AuthError::Unavailable(Unavailable::NoAuthenticator) => {
            "The service is not set up correctly."
        }
    }
}
