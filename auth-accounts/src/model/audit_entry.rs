//! The audit trail: what happened to accounts and credentials, in a chain of hashes.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::AccountId;
use super::audit_text::{clean, clean_value};
use crate::secret::Digest;

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AuditOutcome {
    /// It was done.
    Done,
    /// It was refused.
    Refused,
    /// It could not be decided.
    Failed,
}

/// One event, as it is handed to a store.
///
/// It holds no secret and nothing that was typed: `event` and the names in `detail` are the
/// program's own, and identifiers are those of records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// When, in seconds since 1970.
    pub at: u64,
    /// The account that did it; `None`: no known account, or the program.
    pub actor: Option<AccountId>,
    /// The account that it is about.
    pub account: Option<AccountId>,
    /// What, as a stable name: `sign_in`, `password_changed`, `role_assigned`.
    pub event: String,
    /// How it went.
    pub outcome: AuditOutcome,
    /// The request that it happened in, if it has an id.
    pub request_id: Option<String>,
    /// The address of the client, where the program knows it for sure.
    pub source: Option<String>,
    /// What else there is to say.
    pub detail: BTreeMap<String, Value>,
}

impl AuditEntry {
    /// How many bytes of a text are kept.
    pub const MAX_TEXT: usize = 256;

    /// An event that was done at this time.
    #[must_use]
    pub fn new(at: u64, event: &str) -> Self {
        Self {
            at,
            actor: None,
            account: None,
            event: event.to_owned(),
            outcome: AuditOutcome::Done,
            request_id: None,
            source: None,
            detail: BTreeMap::new(),
        }
    }

    /// The same, done by this account.
    #[must_use]
    pub fn by(mut self, actor: &AccountId) -> Self {
        self.actor = Some(actor.clone());
        self
    }

    /// The same, about this account.
    #[must_use]
    pub fn about(mut self, account: &AccountId) -> Self {
        self.account = Some(account.clone());
        self
    }

    /// The same with this outcome.
    #[must_use]
    pub const fn outcome(mut self, outcome: AuditOutcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// The same with one more detail. Texts are cut to [`MAX_TEXT`](Self::MAX_TEXT) bytes, and
    /// control characters in them are written as escapes, so that none forges a line of the trail.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.detail.insert(name.to_owned(), clean_value(value.into()));
        self
    }

    /// The same, in the request with this id, from this address.
    #[must_use]
    pub fn in_request(mut self, request_id: Option<&str>, source: Option<IpAddr>) -> Self {
        self.request_id = request_id.map(clean);
        self.source = source.map(|address| address.to_string());
        self
    }
}

/// An event in the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// Where in the trail: 1 is the first, none is left out.
    pub position: u64,
    /// The hash of the record before it; 32 zero bytes before the first.
    pub previous: Digest,
    /// Its own hash.
    pub hash: Digest,
    /// What happened.
    pub entry: AuditEntry,
}

impl AuditRecord {
    /// The record of an event after this one. Stores call it in the transaction that appends.
    #[must_use]
    pub fn after(previous: Option<(u64, Digest)>, entry: AuditEntry) -> Self {
        let (position, previous) = previous.unwrap_or((0, Digest::ZERO));
        let position = position.saturating_add(1);
        let hash = Self::hash(position, previous, &entry);
        Self { position, previous, hash, entry }
    }

    /// Whether its hash is that of its content.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.hash == Self::hash(self.position, self.previous, &self.entry)
    }

    /// SHA-256 of the position, the hash before and the entry as JSON with its members in order.
    fn hash(position: u64, previous: Digest, entry: &AuditEntry) -> Digest {
        let entry = serde_json::to_vec(entry).unwrap_or_default();
        Digest::of(&[b"audit", &position.to_be_bytes(), previous.as_bytes(), &entry])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_that_was_changed_is_found() {
        let first = AuditRecord::after(None, AuditEntry::new(1, "sign_in"));
        let second =
            AuditRecord::after(Some((first.position, first.hash)), AuditEntry::new(2, "sign_out"));
        assert!(first.is_intact() && second.is_intact());
        assert_eq!((second.position, second.previous), (2, first.hash));
        let mut forged = second.clone();
        forged.entry.at = 3;
        assert!(!forged.is_intact());
        let mut moved = second;
        moved.previous = Digest::ZERO;
        assert!(!moved.is_intact());
    }
}
