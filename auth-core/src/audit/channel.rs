//! A queue between requests and slow consumers of audit events.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::{AuditEvent, AuditSink};

/// Puts events into a queue of bounded length, and never waits.
///
/// When the queue is full, or no one is left to read it, an event is dropped and counted: a slow
/// reader must not slow down requests, and memory has an end. Watch [`ChannelSink::dropped`]. A
/// clone shares queue and count.
///
/// ```
/// use auth_core::audit::ChannelSink;
///
/// let (sink, events) = ChannelSink::new(1024);
/// let watch = sink.clone();
/// let builder = auth_core::Authenticator::builder().audit(sink);
/// # drop(builder);
/// assert_eq!(watch.dropped(), 0);
/// # drop(events);
/// ```
#[derive(Clone)]
pub struct ChannelSink {
    queue: SyncSender<AuditEvent>,
    dropped: Arc<AtomicU64>,
}

impl ChannelSink {
    /// A queue for so many events, at least one, and its reading end.
    #[must_use]
    pub fn new(capacity: usize) -> (Self, Receiver<AuditEvent>) {
        // A queue of length zero would hand over only to a reader who waits at this moment.
        let (queue, events) = sync_channel(capacity.max(1));
        (Self { queue, dropped: Arc::default() }, events)
    }

    /// How many events were dropped so far.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

impl AuditSink for ChannelSink {
    fn record(&self, event: &AuditEvent) {
        if self.queue.try_send(event.clone()).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl fmt::Debug for ChannelSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelSink").field("dropped", &self.dropped()).finish_non_exhaustive()
    }
}
