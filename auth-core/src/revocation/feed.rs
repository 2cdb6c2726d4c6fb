//! The store that several nodes share, as far as revocation needs to know it.

use std::error::Error;
use std::pin::Pin;

use super::revoked::Revocation;

/// Why a store failed: the error of its client.
pub type FeedError = Box<dyn Error + Send + Sync>;

/// What a store returns to its followers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedBatch {
    /// Which numbering this is. As long as it stays the same, a position means the same; a store
    /// that was emptied, replaced or restored from a backup has another one, and everyone reads
    /// everything again.
    pub generation: u64,
    /// What was revoked after the position that was asked for, in the order of the store.
    pub revocations: Vec<Revocation>,
    /// The position after the last of them. If it is empty: the position that was asked for.
    pub position: u64,
    /// Whether that was all there was when the store looked.
    pub complete: bool,
}

/// Where nodes write what is revoked, and read what others wrote.
///
/// An implementation gives the revocations of a table or stream positions that grow: 0 is before the
/// first one. Positions may have gaps, and the same revocation may come twice. But **none may turn
/// up behind a position that was given out**: with a database, take the positions under a lock that
/// is held until the commit, since a sequence alone hands them out before.
///
/// A revocation may be removed when no token that it is about can still be valid.
pub trait RevocationLog: Send + Sync + 'static {
    /// Writes a revocation. When this succeeds, it must be durable, and every later
    /// [`changes_after`](Self::changes_after) of any node must see it.
    ///
    /// # Errors
    /// If the store did not take it, or that is not known.
    fn append(&self, revocation: &Revocation)
    -> impl Future<Output = Result<(), FeedError>> + Send;

    /// What was revoked after this position, as much of it at once as is handy.
    ///
    /// It must ask the store itself, not a replica that lags behind. It may wait for something to
    /// tell, for a time well below [`max_staleness`](super::SharedRevocationsBuilder::max_staleness). It
    /// is dropped if it takes longer than that.
    ///
    /// # Errors
    /// If the store cannot be reached, or holds something that is not understood.
    fn changes_after(
        &self,
        position: u64,
    ) -> impl Future<Output = Result<FeedBatch, FeedError>> + Send;

    /// The same without waiting for something to tell: requests wait for it, those of
    /// [`SharedRevocations::catch_up`](super::SharedRevocations::catch_up). By default it is
    /// [`changes_after`](Self::changes_after), which is right, and slow if that waits.
    ///
    /// # Errors
    /// Those of [`changes_after`](Self::changes_after).
    fn changes_so_far(
        &self,
        position: u64,
    ) -> impl Future<Output = Result<FeedBatch, FeedError>> + Send {
        self.changes_after(position)
    }
}

type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, FeedError>> + Send + 'a>>;

/// [`RevocationLog`] without its type.
pub(crate) trait AnyFeed: Send + Sync {
    fn append<'a>(&'a self, revocation: &'a Revocation) -> Boxed<'a, ()>;
    fn changes_after(&self, position: u64) -> Boxed<'_, FeedBatch>;
    fn changes_so_far(&self, position: u64) -> Boxed<'_, FeedBatch>;
}

impl<F: RevocationLog> AnyFeed for F {
    fn append<'a>(&'a self, revocation: &'a Revocation) -> Boxed<'a, ()> {
        Box::pin(RevocationLog::append(self, revocation))
    }

    fn changes_after(&self, position: u64) -> Boxed<'_, FeedBatch> {
        Box::pin(RevocationLog::changes_after(self, position))
    }

    fn changes_so_far(&self, position: u64) -> Boxed<'_, FeedBatch> {
        Box::pin(RevocationLog::changes_so_far(self, position))
    }
}
