//! What the guards say of the requests of a matrix, which are sent one after the other.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::AuthError;
use crate::policy::CheckInfo;
use crate::web::Observer;

/// What a guard said of one request.
#[derive(Clone, Debug)]
pub(super) struct Note {
    /// The handler, as logs show it.
    pub(super) handler: String,
    /// The route that axum found.
    pub(super) path: Option<String>,
    /// Why it was rejected; none if it was let through.
    pub(super) refusal: Option<AuthError>,
}

/// The observer of one matrix. A clone shares everything.
#[derive(Clone, Debug, Default)]
pub(super) struct MatrixObserver(Arc<Mutex<Case>>);

/// The request that is on its way.
#[derive(Debug, Default)]
struct Case {
    answers: Vec<(&'static CheckInfo, bool)>,
    notes: Vec<Note>,
}

impl MatrixObserver {
    /// Begins another request, in which checks have these answers.
    pub(super) fn expect(&self, answers: Vec<(&'static CheckInfo, bool)>) {
        *self.case() = Case { answers, notes: Vec::new() };
    }

    /// What the last guard said of the request.
    pub(super) fn last_note(&self) -> Option<Note> {
        self.case().notes.pop()
    }

    fn case(&self) -> MutexGuard<'_, Case> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for MatrixObserver {
    fn assumed(&self, check: &CheckInfo) -> Option<bool> {
        self.case().answers.iter().find(|(known, _)| *known == check).map(|(_, answer)| *answer)
    }

    fn decided(&self, by: &dyn fmt::Display, route: Option<&str>, refusal: Option<&AuthError>) {
        let (handler, path) = (by.to_string(), route.map(str::to_owned));
        self.case().notes.push(Note { handler, path, refusal: refusal.cloned() });
    }
}
