//! Following a feed: read on, notice what was missed, say only what is known.

use std::convert::Infallible;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};

use super::feed::{FeedBatch, FeedError};
use super::list::RevokeError;
use super::shared::Inner;
use crate::sync::atomic::Ordering::SeqCst;

/// How far a feed was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    generation: Option<u64>,
    position: u64,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Read {
    /// There is more to read.
    On,
    /// Everything is read.
    All,
    /// The feed is not the one that was read so far: from the start.
    Again,
}

const START: Place = Place { generation: None, position: 0 };

/// Follows the feed forever. See [`SharedRevocations::run`](super::SharedRevocations::run).
pub(crate) async fn follow<S, F>(this: &Inner, sleep: S) -> Infallible
where
    S: Fn(Duration) -> F,
    F: Future<Output = ()>,
{
    let mut place = START;
    let mut is_heard = true;
    loop {
        // What the store says holds for some time after this moment; it is taken for this moment.
        let asked_at = this.list.clock().now();
        let read = match ask(this, place.position, &sleep).await {
            Ok(batch) => take(this, &mut place, &batch, asked_at).map_err(|full| full.to_string()),
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

/// Asks the store, for no longer than it may be silent: a connection that never answers is dropped.
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

/// Takes what the store said into the list. What does not fit is asked for again: until it does,
/// nothing newer is known.
fn take(
    this: &Inner,
    place: &mut Place,
    batch: &FeedBatch,
    asked_at: u64,
) -> Result<Read, RevokeError> {
    let FeedBatch { generation, revocations, position, complete } = batch;
    let is_another = place.generation.is_some_and(|known| known != *generation);
    if is_another || *position < place.position {
        tracing::warn!(
            "the feed of revocations was replaced or restored: reading it from the start"
        );
        this.known_until.store(0, SeqCst);
        *place = START;
        return Ok(Read::Again);
    }
    for revocation in revocations {
        this.list.add(revocation)?;
    }
    let is_further = *position > place.position;
    *place = Place { generation: Some(*generation), position: *position };
    if *complete {
        this.known_until.store(asked_at, SeqCst);
        return Ok(Read::All);
    }
    // A feed that promises more and does not move is not asked in a circle.
    Ok(if is_further { Read::On } else { Read::Again })
}
