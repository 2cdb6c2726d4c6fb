//! The one place where the outcome of a decision is known: here it is noted and becomes an answer.

use std::fmt;

use axum::extract::MatchedPath;
use axum::response::Response;
use http::request::Parts;

use super::{Rejection, admission, problem, session};
use crate::audit::{self, AuditEvent, Occasion};
use crate::authenticator::{Accepted, Authenticator};
use crate::error::AuthError;
use crate::policy::{CheckAnswers, Decision, Requirement};

/// What a decision is made from.
#[derive(Clone, Copy)]
pub(super) struct Basis<'a> {
    pub(super) requirement: &'a Requirement,
    pub(super) answers: CheckAnswers,
}

/// A request whose outcome is known. Each of its methods notes the outcome once.
#[derive(Clone, Copy)]
pub(super) struct Decided<'a> {
    pub(super) parts: &'a Parts,
    pub(super) authenticator: &'a Authenticator,
    /// What is accepted at the endpoint, where the request does not know that yet.
    pub(super) accepted: Option<&'a Accepted>,
    pub(super) handler: &'a dyn fmt::Display,
    /// None if no one looked at a requirement: it is not known who calls.
    pub(super) basis: Option<Basis<'a>>,
}

impl Decided<'_> {
    /// Lets the request through to what is guarded.
    ///
    /// Fails only under the access matrix, which wants to know that much and no more.
    pub(super) fn allowed(self) -> Result<(), Rejection> {
        self.note(None);
        #[cfg(feature = "testing")]
        if let Some(answer) = super::probe::passed(self.parts, self.handler) {
            return Err(Rejection::of_check(answer));
        }
        Ok(())
    }

    /// Rejects the request in the words of the authenticator's configuration.
    pub(super) fn refused(self, error: AuthError) -> Rejection {
        self.note(Some((problem::status(&error).as_u16(), Some(&error))));
        if let AuthError::Forbidden(forbidden) = &error
            && let Some(caller) = session::known_caller(self.parts)
        {
            self.authenticator.note_forbidden(caller, forbidden);
        }
        #[cfg(feature = "testing")]
        super::probe::refused(self.parts, self.handler, &error);
        let accepted = || session::accepted(self.parts, self.authenticator);
        let accepted = self.accepted.unwrap_or_else(accepted);
        Rejection::new(error, self.authenticator, self.parts, accepted)
    }

    /// Passes on what a check answered. It stands as it is: nothing is added to it.
    pub(super) fn answered_by_check(self, response: Response) -> Rejection {
        self.note(Some((response.status().as_u16(), None)));
        Rejection::of_check(response)
    }

    fn note(self, refusal: Option<(u16, Option<&AuthError>)>) {
        let path = || self.parts.extensions.get::<MatchedPath>().map(MatchedPath::as_str);
        #[cfg(feature = "metrics")]
        audit::count(refusal, self.parts.method.as_str(), path());
        self.authenticator.audit().record(audit::outcome(refusal), || {
            AuditEvent::new(Occasion {
                time: self.authenticator.now(),
                method: self.parts.method.as_str(),
                path: path(),
                handler: self.handler,
                caller: session::known_caller(self.parts),
                decision: self.decision(refusal.and_then(|(_, error)| error)),
                refusal,
            })
        });
    }

    /// The decision that a rejection carries. Made once more, for a sink only, where it carries
    /// none: the caller is let in, or is told to log in again.
    fn decision(&self, error: Option<&AuthError>) -> Option<Decision> {
        if let Some(AuthError::Forbidden(forbidden)) = error {
            return Some(forbidden.decision().clone());
        }
        let basis = self.basis?;
        let caller = session::known_caller(self.parts)?;
        let asks_for_login = basis.requirement.asks_for_login();
        let facts = admission::facts(asks_for_login, caller, basis.answers);
        Some(Decision::of(*basis.requirement, &facts))
    }
}
