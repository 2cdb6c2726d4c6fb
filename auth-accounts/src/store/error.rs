//! Why a store did not do what it was asked to.

/// Why a store did not do what it was asked to. Every request that needs it is answered with 503.
///
/// After any of them it is not known whether the change was made, unless the variant says so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The store takes no more, or not as many at once. Nothing was changed.
    #[error("the store is full: {0}")]
    Full(&'static str),
    /// The store did not answer, or not in time.
    #[error("the store cannot be reached: {0}")]
    NotReachable(String),
    /// The store holds something that this version does not know.
    #[error("the store holds what is not understood: {0}")]
    NotUnderstood(&'static str),
    /// A value is longer than the store takes. Nothing was changed.
    #[error("a value is too long for the store: {0}")]
    TooLong(&'static str),
    /// The change does not fit what is stored: it names an account that there is not, or adds what
    /// there is already. Nothing was changed.
    #[error("the change does not fit what the store holds: {0}")]
    Conflict(&'static str),
}
