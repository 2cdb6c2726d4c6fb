//! A session.

use serde::{Deserialize, Serialize};

use super::{AccountId, AccountState, ProvedFactor, SessionId};
use crate::secret::Digest;

/// How a program or a browser carries its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Carrier {
    /// A cookie.
    Cookie,
    /// An opaque bearer token ([RFC 6750](https://www.rfc-editor.org/rfc/rfc6750)).
    Token,
}

/// A sign-in that lasts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRecord {
    /// The digest of its secret: what it is found by.
    pub digest: Digest,
    /// Which session: the same after its secret was replaced.
    pub id: SessionId,
    /// Whose.
    pub account: AccountId,
    /// The epoch of the account that it was made in.
    pub epoch: u64,
    /// How it is carried.
    pub carrier: Carrier,
    /// Which factors were proved in it, and when.
    pub factors: Vec<ProvedFactor>,
    /// When it began, in seconds since 1970.
    pub started_at: u64,
    /// When its owner last signed in with all that was asked, in seconds since 1970.
    pub authenticated_at: u64,
    /// When it was last used, in seconds since 1970; written in batches.
    pub seen_at: u64,
    /// For how many seconds it may be unused.
    pub idle_seconds: u64,
    /// When it ends however it is used, in seconds since 1970.
    pub ends_at: u64,
    /// What its owner sees of the device, cut and without control characters.
    pub device: String,
}

impl SessionRecord {
    /// Whether it has ended by this time.
    #[must_use]
    pub const fn is_over(&self, now: u64) -> bool {
        now >= self.ends_at || now >= self.seen_at.saturating_add(self.idle_seconds)
    }
}

/// A session as a store finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSession {
    /// The session.
    pub record: SessionRecord,
    /// Its account, where the store of sessions has accounts too; otherwise the accounts are asked.
    pub account: Option<AccountState>,
}
