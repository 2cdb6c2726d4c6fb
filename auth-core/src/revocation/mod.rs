//! Tokens that are accepted no more although they are genuine.
//!
//! A self-contained token is valid until it expires, also if its owner was dismissed an hour ago. Here
//! is what ends it earlier: [`RevocationCheck`] is asked for every request, [`RevocationList`] answers
//! from memory, and [`SharedRevocations`] does so for several nodes that share a store.

mod feed;
mod follow;
mod list;
mod place;
mod revoked;
mod shared;
mod table;

#[cfg(test)]
mod tests;

use std::fmt;

use crate::sync::Arc;

pub use feed::{FeedBatch, FeedError, RevocationLog};
pub use follow::CatchUpError;
pub use list::{RevocationList, RevocationListBuilder, RevocationListError, RevokeError};
pub use revoked::Revocation;
pub use shared::{SharedRevocations, SharedRevocationsBuilder, SharedRevocationsError};

use crate::identity::Authentication;

/// Says of a credential that was authenticated, a token or another one, whether it was revoked.
///
/// It is asked for every request with a credential, on the thread that serves it: it must answer
/// from memory and must not block. What it needs from a store is fetched beforehand, as
/// [`SharedRevocations`] does.
///
/// ```
/// use auth_core::Authentication;
/// use auth_core::revocation::RevocationCheck;
/// use auth_core::revocation::RevocationStatus;
///
/// /// A caller without a session may not call.
/// #[derive(Debug)]
/// struct SessionsOnly;
///
/// impl RevocationCheck for SessionsOnly {
///     fn status(&self, authentication: &Authentication) -> RevocationStatus {
///         match authentication.session_id() {
///             Some(_) => RevocationStatus::Valid,
///             None => RevocationStatus::Revoked,
///         }
///     }
/// }
/// ```
pub trait RevocationCheck: fmt::Debug + Send + Sync {
    /// Whether this credential was revoked. Everything else about it was checked.
    fn status(&self, authentication: &Authentication) -> RevocationStatus;
}

impl<R: RevocationCheck + ?Sized> RevocationCheck for Arc<R> {
    fn status(&self, authentication: &Authentication) -> RevocationStatus {
        (**self).status(authentication)
    }
}

/// What is known of a token's revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum RevocationStatus {
    /// It was not revoked.
    Valid,
    /// It was revoked: the answer is 401 `invalid_token`.
    Revoked,
    /// It cannot be determined now. The answer is 503: the token may be valid.
    Unknown {
        /// When to try again, in seconds from now.
        retry_after: u64,
    },
}
