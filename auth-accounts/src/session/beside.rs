//! What happens beside the requests: uses are written, changes of other nodes are heard, and what is
//! over is swept away.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::sleep;

use super::Hearing;
use crate::accounts::{Accounts, Inner};
use crate::model::ChangeKind;
use crate::secret::random_bytes;
use crate::store::StoreError;

/// How many changes are asked for at once.
const CHANGES: u32 = 1_000;
/// How long is waited between two questions for changes: a store answers when there are some, or after
/// a second. What comes meanwhile is felt later by so much.
const POLL: Duration = Duration::from_millis(20);
/// The same after one that failed.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
/// How many uses are written at once.
const TOUCHES: usize = 500;
/// How often what is over is swept away, and how many of a kind at once.
const SWEEP: Duration = Duration::from_mins(1);
const SWEPT: u32 = 1_000;
/// How long is waited while there is more of it: requests come in between, and yet more is swept away
/// than can come to its end.
const BETWEEN_SWEEPS: Duration = Duration::from_millis(100);

impl Accounts {
    /// Writes when sessions and API keys were last used, as far as it waits to be written. A server does so
    /// while it runs; call it before it ends, so that no user is signed out too early.
    ///
    /// # Errors
    /// If the store fails: what was not written waits for the next time.
    pub async fn flush(&self) -> Result<(), StoreError> {
        self.write_session_uses().await?;
        self.write_key_uses().await
    }

    async fn write_session_uses(&self) -> Result<(), StoreError> {
        let touches = &self.0.sessions.touches;
        let mut waiting = touches.take();
        while !waiting.is_empty() {
            let rest = waiting.split_off(waiting.len().min(TOUCHES));
            if let Err(error) = self.ask(self.0.stores.sessions.touch(&waiting)).await {
                touches.put_back(waiting);
                touches.put_back(rest);
                return Err(error);
            }
            waiting = rest;
        }
        Ok(())
    }

    /// Something has changed, here or elsewhere: nothing that this node keeps of it is used any more.
    pub(crate) fn changed(&self, change: &ChangeKind) {
        // An error says that nothing waits for changes.
        let _ = self.0.sessions.changes.send(Some(change.clone()));
        if let Some(cache) = &self.0.sessions.cache {
            cache.forget(change);
        }
        self.0.api_keys.forget(change);
        match change {
            ChangeKind::Assignments(account) | ChangeKind::Account(account) => {
                self.forget_assignments(account);
            }
            ChangeKind::Session(_) | ChangeKind::ApiKey(_) => {}
        }
    }

    /// Anything may have changed: the feed is another one.
    pub(crate) fn all_changed(&self) {
        let _ = self.0.sessions.changes.send(None);
        if let Some(cache) = &self.0.sessions.cache {
            cache.forget_all();
        }
        self.0.api_keys.forget_all();
        self.forget_all_assignments();
    }

    /// Whether this node may answer from what it keeps at this time; `None` in strict mode, in which the
    /// store is asked each time.
    pub(crate) fn hearing(&self, now: u64) -> Option<Hearing> {
        self.0.sessions.cache.as_ref().map(|it| it.hearing(now))
    }

    /// Starts what happens beside the requests, unless it goes on already. It ends with the last clone
    /// of the accounts.
    pub(crate) fn attend(&self) {
        if self.0.sessions.is_attended.load(Ordering::Relaxed)
            || self.0.sessions.is_attended.swap(true, Ordering::AcqRel)
        {
            return;
        }
        let attended = Attended(Arc::downgrade(&self.0));
        // Without a runtime the guard is dropped, and the next request tries again.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                let accounts = &attended.0;
                tokio::join!(write_uses(accounts), follow(accounts), sweep(accounts));
            });
        }
    }
}

/// Says so when it is over: a runtime can be shut down while the accounts live on.
struct Attended(Weak<Inner>);

impl Drop for Attended {
    fn drop(&mut self) {
        if let Some(inner) = self.0.upgrade() {
            inner.sessions.is_attended.store(false, Ordering::Release);
        }
    }
}

async fn write_uses(accounts: &Weak<Inner>) {
    loop {
        let Some(interval) = accounts.upgrade().map(|it| it.sessions.touches.interval()) else {
            return;
        };
        sleep(Duration::from_secs(interval)).await;
        let Some(inner) = accounts.upgrade() else { return };
        // What went wrong is in the log; the next time is soon.
        let _ = Accounts(inner).write_session_uses().await;
    }
}

/// Follows the feed of changes. What was in it before this node began is of no interest: it keeps
/// nothing from then.
async fn follow(accounts: &Weak<Inner>) {
    let (mut position, mut generation, mut heard_at) = (0, None, None);
    loop {
        let Some(inner) = accounts.upgrade() else { return };
        let accounts = Accounts(inner);
        let asked_at = accounts.now();
        let heard = *heard_at.get_or_insert(asked_at);
        let batch = accounts.ask(accounts.0.stores.changes.changes_after(position, CHANGES)).await;
        let (mut is_complete, mut wait) = (true, POLL);
        if let Ok(batch) = batch {
            // The lowest bit says that changes were left out, which is no other numbering.
            let (numbering, has_gap) = (batch.generation & !1, batch.generation & 1 == 1);
            if generation.is_some_and(|it| it != numbering) {
                // Another numbering: nothing is known of what has happened in it.
                accounts.all_changed();
                (position, generation) = (0, Some(numbering));
                continue;
            }
            generation = Some(numbering);
            if has_gap {
                accounts.all_changed();
            }
            position = batch.position;
            is_complete = batch.complete;
            for change in &batch.changes {
                accounts.changed(&change.kind);
            }
            if is_complete {
                heard_at = Some(asked_at);
                if let Some(cache) = &accounts.0.sessions.cache {
                    cache.heard(asked_at);
                }
            }
        } else {
            wait = AFTER_FAILURE;
        }
        if asked_at.abs_diff(heard) > accounts.0.sessions.max_silence_seconds() {
            // What was missed may be about any account. Sessions that are kept are rejected by then.
            accounts.forget_all_assignments();
        }
        drop(accounts);
        if is_complete {
            sleep(wait).await;
        }
    }
}

async fn sweep(accounts: &Weak<Inner>) {
    // Nodes that were started together do not sweep together.
    let [jitter] = random_bytes();
    sleep(SWEEP * u32::from(jitter) / 256).await;
    loop {
        let Some(inner) = accounts.upgrade() else { return };
        let is_all = Accounts(inner).sweep_once().await;
        sleep(if is_all { SWEEP } else { BETWEEN_SWEEPS }).await;
    }
}

impl Accounts {
    /// Sweeps away some of what is over. False: there may be more.
    async fn sweep_once(&self) -> bool {
        let (now, stores) = (self.now(), &self.0.stores);
        let swept = [
            self.ask(stores.sessions.sweep_sessions(now, SWEPT)).await,
            self.ask(stores.one_time.sweep_one_time(now, SWEPT)).await,
            self.ask(stores.attempts.sweep_attempts(now, SWEPT)).await,
        ];
        // A failure is in the log. A session that has ended is invalid, swept or not.
        swept.iter().all(|it| it.as_ref().map_or(true, |swept| *swept < u64::from(SWEPT)))
    }
}
