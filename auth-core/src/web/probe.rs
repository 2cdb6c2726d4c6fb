//! How the access matrix looks into a request: what the guard decided, and the answers of checks.
//!
//! A probe changes what a guard does in two ways, so it must not exist outside of a matrix. It
//! answers checks without running them, and it ends the request where the handler would begin.
//! Cargo unifies features, so this code may well be compiled into a server; what keeps it from
//! opening a door there:
//!
//! - The type is private to this crate, and the only function that puts a probe into a session is
//!   [`begin`], which only [`Router::probed`](super::Router) hands to an entrance. `Router::protect`
//!   makes sessions without one, whatever a request carries.
//! - The router that `probed` makes never leaves [`AccessMatrix`](crate::testing::AccessMatrix),
//!   and trusts only the key that the matrix made for itself.
//! - A probe is in for the handler: a session that has one never reaches any. So an answer
//!   given in place of a check cannot let anything happen, even if a layer keeps the extensions
//!   of a request and uses them for another.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::response::Response;
use http::request::Parts;
use http::{Extensions, StatusCode};

use super::gate::{Gate, HandlerName};
use super::session::Session;
use crate::authenticator::Authenticator;
use crate::error::AuthError;
use crate::policy::CheckInfo;

/// What a guard said of one request.
#[derive(Clone, Debug)]
pub(crate) struct Note {
    /// The handler, as [`HandlerName`] shows it.
    pub(crate) handler: String,
    /// The route that axum found.
    pub(crate) path: Option<String>,
    /// Why it was rejected; none if it was let through.
    pub(crate) refusal: Option<AuthError>,
}

/// One request of the matrix.
#[derive(Clone, Debug, Default)]
pub(crate) struct Probe(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    answers: Vec<(&'static CheckInfo, bool)>,
    notes: Mutex<Vec<Note>>,
}

impl Probe {
    /// The status that stands for the handler.
    pub(crate) const PASSED: StatusCode = StatusCode::NO_CONTENT;

    /// A probe that answers these checks.
    pub(crate) fn new(answers: Vec<(&'static CheckInfo, bool)>) -> Self {
        Self(Arc::new(Inner { answers, ..Inner::default() }))
    }

    /// What guards said of the request.
    pub(crate) fn take(&self) -> Vec<Note> {
        std::mem::take(&mut *self.0.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The answer of a check, if the matrix gives it.
    pub(super) fn assumed(&self, check: &CheckInfo) -> Option<bool> {
        self.0.answers.iter().find(|(known, _)| *known == check).map(|(_, answer)| *answer)
    }

    fn note(
        &self,
        extensions: &Extensions,
        handler: &dyn fmt::Display,
        refusal: Option<AuthError>,
    ) {
        let path = extensions.get::<MatchedPath>().map(|path| path.as_str().to_owned());
        let note = Note { handler: handler.to_string(), path, refusal };
        self.0.notes.lock().unwrap_or_else(PoisonError::into_inner).push(note);
    }
}

/// The session of a request of the matrix: for the entrance that [`Router::probed`](super::Router)
/// makes, and for no other.
pub(super) fn begin(request: &mut Request, authenticator: &Authenticator) -> Session {
    let probe = request.extensions_mut().remove::<Probe>();
    Session::new(authenticator.clone()).with_probe(probe)
}

fn of(extensions: &Extensions) -> Option<&Probe> {
    extensions.get::<Session>()?.probe()
}

/// Notes that the guard lets the request through, and what to answer in place of the handler.
pub(super) fn passed(parts: &Parts, handler: &dyn fmt::Display) -> Option<Response> {
    let probe = of(&parts.extensions)?;
    probe.note(&parts.extensions, handler, None);
    Some(in_place_of_handler())
}

/// The same for a handler that every caller may call: there is no guard before it.
pub(super) fn public(request: &Request, gate: &Gate) -> Option<Response> {
    let probe = of(request.extensions())?;
    let declares = gate.declares();
    declares.own().is_none().then(|| {
        probe.note(request.extensions(), &HandlerName(declares.info()), None);
        in_place_of_handler()
    })
}

/// Notes a rejection.
pub(super) fn refused(parts: &Parts, handler: &dyn fmt::Display, error: &AuthError) {
    if let Some(probe) = of(&parts.extensions) {
        probe.note(&parts.extensions, handler, Some(error.clone()));
    }
}

fn in_place_of_handler() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = Probe::PASSED;
    response
}
