//! Whether what came of a request is what had to come of it.

use axum::response::Response;
use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, StatusCode};

use super::cases::{Expected, Refusal};
use super::observer::Note;
use crate::access_map::{Endpoint, EndpointKind};
use crate::response::status;

/// What came of a request.
pub(super) struct Outcome {
    status: StatusCode,
    headers: HeaderMap,
    /// What the guard said, if one was asked.
    note: Option<Note>,
}

impl Outcome {
    pub(super) fn new(response: &Response, note: Option<Note>) -> Self {
        Self { status: response.status(), headers: response.headers().clone(), note }
    }

    /// Holds the outcome against what is expected: what is wrong, in words.
    pub(super) fn judge(&self, endpoint: &Endpoint, expected: &Expected) -> Result<(), String> {
        let Some(note) = &self.note else {
            return Err(format!("{}; no guard was asked", self.status));
        };
        self.is_at(endpoint, note)?;
        match (expected, &note.refusal) {
            (Expected::Passes, None) => self.not_refused_on_the_way(),
            (Expected::Passes, Some(error)) => Err(format!("{}: {error:?}", status(error))),
            (Expected::Refused(_), None) => Err("the guard let the caller through".to_owned()),
            (Expected::Refused(refusals), Some(error)) => {
                let fits = |refusal: &&Refusal| {
                    refusal.code == error.code() && refusal.status == status(error).as_u16()
                };
                let mut wrong = format!("{}, {}: {error:?}", status(error), error.code());
                for refusal in refusals.iter().filter(fits) {
                    match self.answers(refusal) {
                        Ok(()) => return Ok(()),
                        Err(reason) => wrong = reason,
                    }
                }
                Err(wrong)
            }
        }
    }

    /// Whether the request reached this endpoint and not another one.
    fn is_at(&self, endpoint: &Endpoint, note: &Note) -> Result<(), String> {
        let handler = handler(endpoint);
        let is_route = endpoint.kind() == EndpointKind::Route;
        let path = note.path.as_deref();
        if note.handler != handler || (is_route && path != Some(endpoint.path())) {
            return Err(format!(
                "{}; the request reached `{}` at `{}`\nhelp: if another route has this path, give one that it has not with `.with_path(\"{}\", ..)`",
                self.status,
                note.handler,
                path.unwrap_or("no route"),
                endpoint.path(),
            ));
        }
        Ok(())
    }

    /// The guard let the request through; nothing around it may reject it after all.
    fn not_refused_on_the_way(&self) -> Result<(), String> {
        match self.status.as_u16() {
            401 | 403 | 503 => Err(format!(
                "the guard let the caller through, but a layer answered {}",
                self.status
            )),
            _ => Ok(()),
        }
    }

    /// Whether the answer that came out of the router is the documented one.
    fn answers(&self, refusal: &Refusal) -> Result<(), String> {
        if self.status.as_u16() != refusal.status {
            return Err(format!(
                "the guard rejected with {}, but a layer answered {}",
                refusal.status, self.status
            ));
        }
        let mut challenges = self.headers.get_all(WWW_AUTHENTICATE).iter();
        let challenge = challenges.find_map(|value| {
            let text = value.to_str().ok()?;
            (text == "Bearer" || text.starts_with("Bearer ")).then_some(text)
        });
        let Some(challenge) = challenge else {
            return Err(format!("{}, but without a challenge", self.status));
        };
        let error = refusal.error.map(|error| format!("error=\"{error}\""));
        let missing = error.iter().chain(&refusal.params).find(|part| !challenge.contains(*part));
        if let Some(missing) = missing {
            return Err(format!(
                "{}, but the challenge `{challenge}` lacks `{missing}`",
                self.status
            ));
        }
        if error.is_none() && challenge.contains("error=") {
            return Err(format!("{}, but the challenge `{challenge}` names an error", self.status));
        }
        Ok(())
    }
}

/// The handler of an endpoint, as the guard names it.
pub(super) fn handler(endpoint: &Endpoint) -> String {
    match endpoint.handler() {
        Some(handler) => format!("{}::{}", handler.module, handler.name),
        None => "a service".to_owned(),
    }
}
