//! What a key set that cannot be had means for a token.

/// There are no keys to use now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeysUnavailable {
    /// When to try again, in seconds from now.
    pub(crate) retry_after: u64,
}

/// What becomes of a token that was rejected with the keys at hand.
pub(crate) enum Retry<E> {
    /// Rejected for good.
    No(E),
    /// Rejected for want of a key: others may come.
    WithFreshKeys(E),
}
