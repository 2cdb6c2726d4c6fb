//! What the guards of an application decide, in the trail.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use auth_core::audit::{AuditEvent, AuditOutcome as Decided, AuditSink};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::accounts::Accounts;
use crate::model::{AccountId, AuditEntry, AuditOutcome};

/// Takes the decisions of guards into the trail, through a queue: for
/// [`Authenticator::builder().audit(..)`](auth_core::authenticator::AuthenticatorBuilder::audit).
///
/// No request waits for it, so these records are not transactional, as those of changes are: what is in
/// the queue when the process is killed is lost, and what does not fit into it is dropped, counted and
/// logged. Let a task run the [`AuditWriter`] that comes with it.
///
/// ```no_run
/// # fn run(accounts: &auth_accounts::Accounts) {
/// use auth_accounts::audit::StoreAuditSink;
///
/// let (sink, writer) = StoreAuditSink::new(accounts, 10_000);
/// tokio::spawn(writer.run());
/// let builder = auth_core::Authenticator::builder().audit(sink.refusals_only());
/// # drop(builder); }
/// ```
#[derive(Clone)]
#[must_use]
pub struct StoreAuditSink {
    issuer: Arc<str>,
    queue: Sender<AuditEntry>,
    dropped: Arc<AtomicU64>,
    refusals_only: bool,
}

/// Writes what a [`StoreAuditSink`] has taken.
#[must_use = "nothing is written unless it runs"]
pub struct AuditWriter {
    accounts: Accounts,
    queue: Receiver<AuditEntry>,
    dropped: Arc<AtomicU64>,
}

impl StoreAuditSink {
    /// A sink with room for so many decisions that wait, at least one, and what writes them.
    pub fn new(accounts: &Accounts, capacity: usize) -> (Self, AuditWriter) {
        let (queue, read) = channel(capacity.clamp(1, tokio::sync::Semaphore::MAX_PERMITS));
        let dropped = Arc::new(AtomicU64::new(0));
        let writer =
            AuditWriter { accounts: accounts.clone(), queue: read, dropped: dropped.clone() };
        let issuer = accounts.issuer().into();
        (Self { issuer, queue, dropped, refusals_only: false }, writer)
    }

    /// The same, only for rejections and for what could not be decided.
    pub const fn refusals_only(mut self) -> Self {
        self.refusals_only = true;
        self
    }

    /// How many decisions were dropped so far, since the queue was full or nothing reads it.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    fn entry(&self, event: &AuditEvent) -> AuditEntry {
        let is_own = event.issuer.as_deref() == Some(&*self.issuer);
        let own = event.subject.as_deref().filter(|_| is_own);
        let outcome = match event.outcome {
            Decided::Allowed => AuditOutcome::Done,
            Decided::Refused => AuditOutcome::Refused,
            _ => AuditOutcome::Failed,
        };
        let mut entry = AuditEntry::new(event.time, "access").outcome(outcome);
        entry.actor = own.and_then(|subject| AccountId::parse(subject).ok());
        let foreign = !is_own;
        let details = [
            ("code", Some(event.code)),
            ("token_error", event.token_error),
            ("method", Some(event.method.as_str())),
            ("path", event.path.as_deref()),
            ("handler", Some(event.handler.as_str())),
            ("missing", event.missing.as_deref()),
            ("tenant", event.tenant.as_deref()),
            // The id of a key is made to be shown; those of others' tokens are not ours to keep.
            ("credential", event.token_id.as_deref().filter(|_| is_own)),
            ("issuer", event.issuer.as_deref().filter(|_| foreign)),
            ("subject", event.subject.as_deref().filter(|_| foreign)),
        ];
        for (name, value) in details {
            if let Some(value) = value {
                entry = entry.with(name, value);
            }
        }
        match event.status {
            Some(status) => entry.with("status", status),
            None => entry,
        }
    }
}

impl AuditSink for StoreAuditSink {
    fn record(&self, event: &AuditEvent) {
        if self.queue.try_send(self.entry(event)).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn enabled(&self, outcome: Decided) -> bool {
        !self.refusals_only || outcome != Decided::Allowed
    }
}

impl fmt::Debug for StoreAuditSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoreAuditSink").field("dropped", &self.dropped()).finish_non_exhaustive()
    }
}

impl AuditWriter {
    /// How long it waits for a store that did not take a record.
    const PAUSE: Duration = Duration::from_secs(1);

    /// Writes until all sinks are gone and the queue is empty. A record that the store does not take is
    /// tried again, as long as a sink is there; meanwhile the queue fills up.
    pub async fn run(self) {
        let Self { accounts, mut queue, dropped } = self;
        let mut known = 0;
        while let Some(entry) = queue.recv().await {
            while accounts.ask(accounts.0.stores.audit.append(&entry)).await.is_err() {
                if queue.is_closed() && queue.sender_strong_count() == 0 {
                    tracing::error!("the program ends with decisions that the store did not take");
                    return;
                }
                tokio::time::sleep(Self::PAUSE).await;
            }
            let now = dropped.load(Ordering::Relaxed);
            if now > known {
                let since = now.saturating_sub(known);
                tracing::error!(dropped = since, "decisions are missing in the audit trail");
                known = now;
            }
        }
    }
}

impl fmt::Debug for AuditWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AuditWriter")
    }
}
