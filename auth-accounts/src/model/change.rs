//! Changes that all nodes have to learn of.

use super::{AccountId, ApiKeyId, SessionId};

/// What has changed, so that no node may answer from what it keeps of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChangeKind {
    /// A session was ended, or its secret replaced.
    Session(SessionId),
    /// The status or the epoch of an account.
    Account(AccountId),
    /// An API key was revoked or replaced.
    ApiKey(ApiKeyId),
    /// The roles or groups of an account.
    Assignments(AccountId),
}

/// A change at its position in the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where: positions ascend, and none turns up behind one that was given out.
    pub position: u64,
    /// What.
    pub kind: ChangeKind,
}

/// A part of the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeBatch {
    /// Which numbering this is: a store that was emptied or restored has another one. Always even; the
    /// next odd number says that changes before the first of these are left out, since the store keeps
    /// no more.
    pub generation: u64,
    /// The changes after the position that was asked for, in their order.
    pub changes: Vec<Change>,
    /// The position after the last of them. If there are no changes: the position that was asked for.
    pub position: u64,
    /// Whether that was all there was when the store looked.
    pub complete: bool,
}
