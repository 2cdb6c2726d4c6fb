//! Following a feed: read on, notice what was missed, say only what is known.
//!
//! The follower reads for as long as the program runs; requests read when they need to. Both share the place up to
//! which the feed was read.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{Either, select};
use thiserror::Error;

use super::feed::{FeedBatch, FeedError};
use super::list::RevokeError;
use super::place::{Heard, Place, Read};
use super::shared::Inner;
use crate::sync::atomic::Ordering::SeqCst;
use crate::time::within;

/// How many answers in a row may add nothing before `catch_up` fails.
const ATTEMPTS: usize = 8;

/// Why a node cannot determine what was revoked until now.
#[derive(Clone, Error)]
#[non_exhaustive]
pub enum CatchUpError {
    /// The store failed.
    #[error("the store does not say what was revoked: {0}")]
    Store(#[source] Arc<dyn std::error::Error + Send + Sync>),
    /// The store did not answer within `max_staleness`, or the runtime has no timer.
    #[error("the store does not say in time what was revoked")]
    TooLate,
    /// The list is full.
    #[error(
        "the revocation list is full: {capacity} entries, and the store says more\nhelp: raise `.capacity(..)`, 32 bytes for each"
    )]
    Full {
        /// How many entries there may be.
        capacity: usize,
    },
    /// The store was replaced several times, or says that there is more and does not return it.
    #[error("the store does not come to an end with what was revoked")]
    NoEnd,
}

crate::wording::debug_in_words!(CatchUpError);

/// Follows the feed forever. See [`SharedRevocations::run`](super::SharedRevocations::run).
pub(crate) async fn follow<S, F>(this: &Inner, sleep: S) -> Infallible
where
    S: Fn(Duration) -> F,
    F: Future<Output = ()>,
{
    *this.place() = Place::START;
    let mut is_heard = true;
    loop {
        // What the store says holds for some time after this moment; it is taken for this moment.
        let asked_at = this.list.clock().now();
        let asked = *this.place();
        let read = match ask(this, asked.position, &sleep).await {
            Ok(batch) => take(this, asked, &batch, asked_at).map_err(|full| full.to_string()),
            Err(problem) => Err(problem.to_string()),
        };
        match &read {
            Ok(_) if !is_heard => tracing::info!("the feed of revocations is heard again"),
            Err(problem) if is_heard => tracing::warn!(
                problem,
                "the feed of revocations cannot be followed; after {:?} without it every request is rejected",
                this.max_staleness
            ),
            _ => {}
        }
        is_heard = read.is_ok();
        if read != Ok(Read::On) {
            sleep(this.poll_interval).await;
        }
    }
}

/// Reads until the list has everything that was acknowledged before the call, and returns the numbering of the
/// feed. See
/// [`SharedRevocations::catch_up`](super::SharedRevocations::catch_up).
pub(crate) async fn catch_up(this: &Inner) -> Result<u64, CatchUpError> {
    let reading = async {
        let mut attempts = 0..ATTEMPTS;
        loop {
            let asked_at = this.list.clock().now();
            let asked = *this.place();
            let batch = this.feed.changes_so_far(asked.position).await;
            let batch = batch.map_err(|problem| CatchUpError::Store(problem.into()))?;
            match take(this, asked, &batch, asked_at) {
                Ok(Read::All { generation }) => return Ok(generation),
                Ok(Read::On) => {}
                Ok(Read::Replaced | Read::Again) => {
                    attempts.next().ok_or(CatchUpError::NoEnd)?;
                }
                Err(RevokeError::Full { capacity }) => return Err(CatchUpError::Full { capacity }),
                Err(RevokeError::NotShared(problem)) => {
                    return Err(CatchUpError::Store(problem.into()));
                }
            }
        }
    };
    within(this.max_staleness, reading).await.unwrap_or(Err(CatchUpError::TooLate))
}

/// Asks the store, and waits for at most `max_staleness`: a connection that never answers is dropped.
async fn ask<S, F>(this: &Inner, position: u64, sleep: &S) -> Result<FeedBatch, FeedError>
where
    S: Fn(Duration) -> F,
    F: Future<Output = ()>,
{
    let answer = this.feed.changes_after(position);
    match select(answer, pin!(sleep(this.max_staleness))).await {
        Either::Left((answer, _)) => answer,
        Either::Right(((), _)) => Err("no answer in time".into()),
    }
}

/// Adds the answer of the store to the list. If it does not fit, the node asks for it again, and knows nothing
/// newer until it fits.
fn take(this: &Inner, asked: Place, batch: &FeedBatch, asked_at: u64) -> Result<Read, RevokeError> {
    let FeedBatch { generation, revocations, position, complete } = batch;
    // The list first, then the place. Also for a feed that was replaced: all of it was revoked.
    for revocation in revocations {
        this.list.add(revocation)?;
    }
    let heard = Heard { generation: *generation, position: *position, complete: *complete };
    let mut place = this.place();
    let read = place.advance(asked, heard);
    match read {
        Read::All { .. } => this.known_until.store(asked_at, SeqCst),
        Read::Replaced => {
            tracing::warn!(
                "the feed of revocations was replaced or restored: reading it from the start"
            );
            this.known_until.store(0, SeqCst);
        }
        Read::On | Read::Again => {}
    }
    drop(place);
    Ok(read)
}
