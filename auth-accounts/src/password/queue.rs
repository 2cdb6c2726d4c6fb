//! The queue before the hasher: hashing takes all of a core and much memory, so only as many run at
//! once as there are cores, and only as many wait as can be served soon.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;

/// How long a request waits for its turn, and how long a client is asked to stay away.
const PATIENCE: Duration = Duration::from_secs(2);

/// There is more to hash than can be hashed soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Busy;

impl Busy {
    /// When to try again, in seconds from now.
    pub(crate) const RETRY_AFTER: u64 = PATIENCE.as_secs();
}

#[derive(Clone, Debug)]
pub(super) struct Queue {
    places: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

/// A place in the queue. It is free again when this is dropped and what was run from it has ended.
#[derive(Clone, Debug)]
pub(crate) struct Place(#[expect(dead_code, reason = "held")] Arc<OwnedSemaphorePermit>);

impl Queue {
    pub(super) fn new(at_once: usize, waiting: usize) -> Self {
        let semaphore = |size: usize| Arc::new(Semaphore::new(size.min(Semaphore::MAX_PERMITS)));
        Self { places: semaphore(at_once.saturating_add(waiting)), turns: semaphore(at_once) }
    }

    /// A place in it, at once or not at all.
    pub(super) fn place(&self) -> Result<Place, Busy> {
        let permit = Arc::clone(&self.places).try_acquire_owned().map_err(|_| {
            tracing::warn!("too many passwords wait for being hashed: rejected");
            Busy
        })?;
        Ok(Place(Arc::new(permit)))
    }

    /// Runs this off the threads that serve requests, when its turn has come. If the future is
    /// dropped, what runs goes on, and keeps its turn and its place to the end.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        place: &Place,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else {
            tracing::warn!("a password has waited too long for being hashed: rejected");
            return Err(Busy);
        };
        let held = (place.clone(), turn);
        let done = spawn_blocking(move || {
            let done = work();
            drop(held);
            done
        });
        done.await.map_err(|error| {
            tracing::error!(%error, "hashing a password has failed");
            Busy
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn r13_as_many_wait_as_there_are_places_and_one_more_is_refused_at_once() {
        let queue = Queue::new(1, 2);
        let places: Vec<_> = (0..3).map(|_| queue.place().unwrap()).collect();
        assert_eq!(queue.place().unwrap_err(), Busy);
        drop(places);
        assert!(queue.place().is_ok());
    }

    #[tokio::test]
    async fn r13_a_dropped_request_keeps_its_turn_while_its_hash_runs() {
        let queue = Queue::new(1, 0);
        let (begun, has_begun) = mpsc::channel();
        let (end, may_end) = mpsc::channel::<()>();
        let place = queue.place().unwrap();
        let request = tokio::spawn({
            let queue = queue.clone();
            async move {
                queue
                    .run(&place, move || {
                        begun.send(()).unwrap();
                        may_end.recv().unwrap();
                    })
                    .await
            }
        });
        while has_begun.try_recv().is_err() {
            tokio::task::yield_now().await;
        }
        request.abort();
        assert!(request.await.unwrap_err().is_cancelled());
        assert_eq!(queue.place().unwrap_err(), Busy);
        assert_eq!(queue.turns.available_permits(), 0);
        end.send(()).unwrap();
        // The place is given back before the turn.
        while queue.place().is_err() || queue.turns.available_permits() == 0 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn r13_who_waits_too_long_is_refused() {
        let queue = Queue::new(1, 1);
        let _turn = Arc::clone(&queue.turns).acquire_owned().await.unwrap();
        let place = queue.place().unwrap();
        assert_eq!(queue.run(&place, || ()).await, Err(Busy));
    }

    #[tokio::test]
    async fn work_that_panics_gives_its_turn_back() {
        let queue = Queue::new(1, 0);
        let place = queue.place().unwrap();
        assert_eq!(queue.run(&place, || panic!("a test")).await, Err::<(), _>(Busy));
        assert_eq!(queue.run(&place, || 1).await, Ok(1));
    }
}
