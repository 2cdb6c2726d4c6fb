//! Tokens that do not say which names they grant.

use crate::identity::Identity;
use crate::time::LogThrottle;
use crate::token::Unclear;
use crate::vocabulary::{AuthorityKind, VocabularySet};

/// Says so in the log, once in a while.
#[derive(Debug, Default)]
pub(super) struct OpenNames(LogThrottle);

impl OpenNames {
    /// Writes down where a token leaves open which names it grants, if it does and a line is due.
    pub(super) fn note(&self, caller: &Identity, tables: &VocabularySet, now: u64) {
        if caller.authorities().is_known() || !self.0.is_due(now) {
            return;
        }
        let issuer = caller.issuer();
        let mut told = None;
        let open = |kind: AuthorityKind, place: &str, why: Unclear| {
            // One line for each kind, however many elements are no names.
            if told != Some(kind) {
                told = Some(kind);
                tracing::warn!(
                    %kind, issuer, place, reason = %why,
                    "a token leaves open which names of this kind it grants: requirements on them are not met, on either side of `not`"
                );
            }
        };
        caller.authentication().authorities(tables, open);
    }
}
