//! Names that a assignment source says and the vocabulary does not have.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use crate::vocabulary::AuthorityKind;
use crate::wording::cut;

/// How many names are written to the log, each once.
const NAMES: usize = 64;

/// How many bytes of a name are written.
const BYTES: usize = 64;

/// The unknown names that were written to the log.
#[derive(Debug, Default)]
pub(super) struct UnknownNames(Mutex<HashSet<(AuthorityKind, String)>>);

impl UnknownNames {
    /// Counts a name, and writes it to the log if it is new.
    pub(super) fn note(&self, kind: AuthorityKind, name: &str) {
        #[cfg(feature = "metrics")]
        metrics::counter!("auth_unknown_grants_total", "kind" => kind.word()).increment(1);
        let name = cut(name, BYTES);
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if written.len() > NAMES || written.contains(&(kind, name.clone())) {
            return;
        }
        if written.len() == NAMES {
            tracing::warn!(
                "the assignment source returned more unknown names; further ones are not logged"
            );
        } else {
            // As `Debug`: a name from a database may hold line breaks.
            tracing::warn!(%kind, ?name, "the assignment source returned a name that the vocabulary does not have: ignored");
        }
        written.insert((kind, name));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_up_to_a_bound() {
        let unknown = UnknownNames::default();
        for name in 0..10 * NAMES {
            unknown.note(AuthorityKind::Role, &format!("{name:01000}"));
            unknown.note(AuthorityKind::Role, &name.to_string());
        }
        let written = unknown.0.into_inner().unwrap();
        assert_eq!(written.len(), NAMES + 1);
        assert!(written.iter().all(|(_, name)| name.len() <= BYTES));
    }
}
