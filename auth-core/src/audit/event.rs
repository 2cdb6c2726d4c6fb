//! What an audit event says, and what it never says.

use std::fmt;

use serde::Serialize;

use crate::error::{AuthError, Unauthenticated};
use crate::identity::Identity;
use crate::policy::{Decision, Remediation};
use crate::wording::cut;

/// How a request was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AuditOutcome {
    /// The caller was let through to the handler.
    Allowed,
    /// The caller was not let through.
    Refused,
    /// It could not be determined who calls; no one was let through.
    Unavailable,
}

impl AuditOutcome {
    /// The outcome as one word, as in JSON, in the log and in the labels of counters.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Refused => "refused",
            Self::Unavailable => "unavailable",
        }
    }
}

impl fmt::Display for AuditOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One decision about one request.
///
/// It holds nothing of the credential and no claim but those listed here, nothing of what a check
/// looked at, no query and no path with values in it. What a caller can influence is cut to
/// [`AuditEvent::MAX_NAME`] or [`AuditEvent::MAX_TEXT`] bytes; `…` shows where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AuditEvent {
    /// When it was decided, by the clock of the authenticator, in seconds since 1970.
    pub time: u64,
    /// How it was decided.
    pub outcome: AuditOutcome,
    /// The status of the rejection; none if the handler answers.
    pub status: Option<u16>,
    /// The stable name of the rejection, as in the `code` of the problem; `allowed`; or
    /// `check_answered` where a check answered by itself.
    pub code: &'static str,
    /// Why a token, a DPoP proof or a client certificate was not accepted, by the name of
    /// [`VerifyError::code`](crate::token::VerifyError::code),
    /// [`DpopProofError::code`](crate::binding::DpopProofError::code) or
    /// [`ClientCertificateError::code`](crate::binding::ClientCertificateError::code);
    /// `proof_nonce` if the proof lacks a nonce. The caller does not learn it.
    pub token_error: Option<&'static str>,
    /// The method of the request.
    pub method: String,
    /// The route, with its parameters in braces as it was declared; none outside of routes.
    pub path: Option<String>,
    /// The handler with its module.
    pub handler: String,
    /// Who calls (`sub`), if that is known.
    pub subject: Option<String>,
    /// Who vouches for the caller (`iss`).
    pub issuer: Option<String>,
    /// The client that sent the request (`client_id`).
    pub client_id: Option<String>,
    /// The identifier of the token (`jti`).
    pub token_id: Option<String>,
    /// The tenant that the request is about, where the authenticator is configured to find it. It is
    /// the request's word.
    pub tenant: Option<String>,
    /// The requirement with a verdict on each part, if it was looked at.
    pub decision: Option<String>,
    /// The least that is missing, if anything would help.
    pub missing: Option<String>,
    /// What the client can do about it: ask for other scopes, or log in again. None if nothing.
    pub remedy: Option<String>,
}

/// What the guard knows when it has decided.
pub(crate) struct Occasion<'a> {
    pub(crate) time: u64,
    pub(crate) method: &'a str,
    pub(crate) path: Option<&'a str>,
    pub(crate) handler: &'a dyn fmt::Display,
    pub(crate) caller: Option<&'a Identity>,
    pub(crate) decision: Option<Decision>,
    /// None: the caller is let through.
    pub(crate) refusal: Option<(u16, Option<&'a AuthError>)>,
}

impl AuditEvent {
    /// How many bytes of a name are kept: subject, issuer, client, token, tenant, method.
    pub const MAX_NAME: usize = 256;
    /// How many bytes of a text are kept: path, handler, decision, missing, remedy.
    pub const MAX_TEXT: usize = 2048;

    pub(crate) fn new(occasion: Occasion<'_>) -> Self {
        let Occasion { time, method, path, handler, caller, decision, refusal } = occasion;
        let name = |text: &str| cut(text, Self::MAX_NAME);
        let text = |text: &str| cut(text, Self::MAX_TEXT);
        let decision = decision.as_ref();
        Self {
            time,
            outcome: outcome(refusal),
            status: refusal.map(|(status, _)| status),
            code: code(refusal),
            token_error: token_error(refusal),
            method: name(method),
            path: path.map(text),
            handler: text(&handler.to_string()),
            subject: caller.map(|caller| name(caller.subject())),
            issuer: caller.map(|caller| name(caller.issuer())),
            client_id: caller.and_then(Identity::client_id).map(name),
            token_id: caller.and_then(Identity::token_id).map(name),
            tenant: caller.and_then(Identity::tenant).map(name),
            decision: decision.map(|decision| text(&decision.to_string())),
            missing: decision.and_then(Decision::missing).map(|missing| text(&missing.to_string())),
            remedy: remedy(refusal).map(|remedy| text(&remedy.to_string())),
        }
    }
}

type RejectionInfo<'a> = Option<(u16, Option<&'a AuthError>)>;

pub(crate) const fn outcome(refusal: RejectionInfo<'_>) -> AuditOutcome {
    match refusal {
        None => AuditOutcome::Allowed,
        Some((_, Some(AuthError::Unavailable(_) | AuthError::Misconfigured(_)))) => {
            AuditOutcome::Unavailable
        }
        Some(_) => AuditOutcome::Refused,
    }
}

pub(crate) const fn code(refusal: RejectionInfo<'_>) -> &'static str {
    match refusal {
        None => "allowed",
        Some((_, Some(error))) => error.code(),
        Some((_, None)) => "check_answered",
    }
}

pub(crate) const fn token_error(refusal: RejectionInfo<'_>) -> Option<&'static str> {
    match refusal {
        Some((_, Some(AuthError::Unauthenticated(Unauthenticated::InvalidToken(problem))))) => {
            Some(problem.code())
        }
        Some((_, Some(AuthError::Unauthenticated(Unauthenticated::InvalidDpopProof(problem))))) => {
            Some(problem.code())
        }
        Some((_, Some(AuthError::Unauthenticated(Unauthenticated::UseDpopNonce)))) => {
            Some("proof_nonce")
        }
        Some((
            _,
            Some(AuthError::Unauthenticated(Unauthenticated::InvalidClientCertificate(problem))),
        )) => Some(problem.code()),
        _ => None,
    }
}

/// What would help, as the answer says it to the client.
fn remedy(refusal: RejectionInfo<'_>) -> Option<Remediation> {
    match refusal? {
        (_, Some(AuthError::Forbidden(forbidden))) => {
            forbidden.scopes().map(|scopes| Remediation::RequestScopes(scopes.to_vec()))
        }
        (
            _,
            Some(AuthError::Unauthenticated(Unauthenticated::InsufficientUserAuthentication(
                step_up,
            ))),
        ) => Some(Remediation::StepUp((**step_up).clone())),
        _ => None,
    }
}
