//! The notes of each user, in memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// All notes. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Notes(Arc<Mutex<HashMap<String, Vec<String>>>>);

impl Notes {
    /// The notes of a user.
    #[must_use]
    pub fn of(&self, subject: &str) -> Vec<String> {
        let notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        notes.get(subject).cloned().unwrap_or_default()
    }

    /// Adds a note of a user.
    pub fn add(&self, subject: &str, text: String) {
        let mut notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        notes.entry(subject.to_owned()).or_default().push(text);
    }
}
