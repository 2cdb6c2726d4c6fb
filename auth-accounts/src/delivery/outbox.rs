//! Work after the answer, so that its time tells nothing: messages above all.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Message, Notice};
use crate::accounts::Accounts;
use crate::model::{Account, AccountId, Email};

/// How many tasks run at once.
const RUNNING: usize = 16;

/// How many more may wait.
const WAITING: usize = 1_024;

/// Too much waits to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OutboxFull;

/// Room for work after the answer.
#[derive(Clone, Debug)]
pub(crate) struct Outbox {
    places: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

/// Room for one task.
#[derive(Debug)]
pub(crate) struct OutboxPlace(#[expect(dead_code, reason = "held")] OwnedSemaphorePermit);

impl Outbox {
    pub(crate) fn new() -> Self {
        let semaphore = |size| Arc::new(Semaphore::new(size));
        Self { places: semaphore(RUNNING + WAITING), turns: semaphore(RUNNING) }
    }

    /// Room for one task, at once or not at all. Take it before it is known whether there is a task: then
    /// a refusal says nothing about that.
    pub(crate) fn place(&self) -> Result<OutboxPlace, OutboxFull> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        place.map(OutboxPlace).map_err(|_| OutboxFull)
    }

    /// Does this in a task of its own.
    pub(crate) fn spawn(
        &self,
        place: OutboxPlace,
        work: impl Future<Output = ()> + Send + 'static,
    ) {
        let turns = Arc::clone(&self.turns);
        tokio::spawn(async move {
            let _held = (place, turns.acquire_owned().await);
            work.await;
        });
    }
}

impl Accounts {
    /// Sends a message after the answer: how long that takes tells the client nothing, and a failure
    /// is for the log. Without a [`Delivery`](super::Delivery) nothing is sent.
    pub(crate) fn send(&self, to: Email, message: Message) {
        let accounts = self.clone();
        self.in_the_background(async move { accounts.deliver(&to, message).await });
    }

    /// Sends a message to the owner of an account, after the answer. Nothing happens if the account
    /// has no address.
    pub(crate) fn notify(&self, account: &Account, message: Message) {
        if let Some(to) = account.email.clone() {
            self.send(to, message);
        }
    }

    /// Tells the owner of an account something, after the answer, if they have an address.
    pub(crate) fn tell_owner(&self, account: &AccountId, notice: Notice) {
        let (accounts, account) = (self.clone(), account.clone());
        self.in_the_background(async move {
            let found = accounts.ask(accounts.0.stores.accounts.load(&account)).await;
            if let Some(to) = found.ok().flatten().and_then(|it| it.email) {
                accounts.deliver(&to, Message::Notice(notice)).await;
            }
        });
    }

    fn in_the_background(&self, work: impl Future<Output = ()> + Send + 'static) {
        if let Ok(place) = self.0.outbox.place() {
            self.0.outbox.spawn(place, work);
        } else {
            tracing::error!("too many messages wait: one is not sent");
        }
    }

    /// Sends a message now, from a task of the outbox.
    pub(crate) async fn deliver(&self, to: &Email, message: Message) {
        let kind = format!("{message:?}");
        let Some(delivery) = &self.0.delivery else {
            tracing::debug!(message = kind, "there is no delivery: not sent");
            return;
        };
        if let Err(error) = delivery.deliver(to, message).await {
            tracing::error!(%error, message = kind, "a message was not sent");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn no_more_run_at_once_than_there_are_turns_and_no_more_wait_than_there_are_places() {
        let outbox = Outbox::new();
        let gate = Arc::new(Semaphore::new(0));
        let begun = Arc::new(Semaphore::new(0));
        for _ in 0..RUNNING + WAITING {
            let (gate, begun) = (Arc::clone(&gate), Arc::clone(&begun));
            outbox.spawn(outbox.place().unwrap(), async move {
                begun.add_permits(1);
                gate.acquire().await.unwrap().forget();
            });
        }
        assert_eq!(outbox.place().unwrap_err(), OutboxFull);
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        assert_eq!(begun.available_permits(), RUNNING);
        gate.add_permits(RUNNING + WAITING);
        while outbox.places.available_permits() < RUNNING + WAITING {
            tokio::task::yield_now().await;
        }
        assert_eq!(begun.available_permits(), RUNNING + WAITING);
    }
}
