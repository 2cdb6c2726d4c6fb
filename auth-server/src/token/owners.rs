//! Whether the user and the client of a token exist. Concurrent requests share a read.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use auth_accounts::store::StoreError;
use auth_core::time::SharedRead;

use crate::server::AuthorizationServer;
use crate::wire::OAuthError;

/// How long a read may take: other requests wait for it.
const PATIENCE: Duration = Duration::from_secs(5);

/// The reads about users and clients that run.
#[derive(Default)]
pub(crate) struct Owners {
    users: Questions,
    clients: Questions,
}

/// The reads by the id of what is read.
#[derive(Default)]
struct Questions(Mutex<HashMap<String, Question>>);

/// A read that requests wait for.
#[derive(Default)]
struct Question {
    read: Arc<SharedRead<Result<bool, StoreError>>>,
    waiting: usize,
}

impl Questions {
    /// Whether the user or client with this id exists, by a read that begins after this call.
    async fn ask<F: Future<Output = Result<bool, StoreError>>>(
        &self,
        id: &str,
        read: impl FnOnce() -> F,
    ) -> Result<bool, StoreError> {
        let asking = self.begin(id);
        let read = move || async move {
            let answer = tokio::time::timeout(PATIENCE, read()).await;
            let late = |_| StoreError::NotReachable("it did not answer in time".to_owned());
            answer.map_err(late)?
        };
        asking.read.ask(read).await
    }

    fn begin<'a>(&'a self, id: &'a str) -> Asking<'a> {
        let mut open = self.open();
        let question = open.entry(id.to_owned()).or_default();
        question.waiting = question.waiting.saturating_add(1);
        Asking { questions: self, id, read: Arc::clone(&question.read) }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<String, Question>> {
        // Nothing panics while it is held, and every change is a whole one.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One request that waits. The entry is removed with the last one.
struct Asking<'a> {
    questions: &'a Questions,
    id: &'a str,
    read: Arc<SharedRead<Result<bool, StoreError>>>,
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        let mut open = self.questions.open();
        if let Some(question) = open.get_mut(self.id) {
            question.waiting = question.waiting.saturating_sub(1);
            if question.waiting == 0 {
                open.remove(self.id);
            }
        }
    }
}

impl AuthorizationServer {
    /// Whether the user of a token, if it has one, and its client exist.
    pub(super) async fn are_there(
        &self,
        user: Option<&str>,
        client_id: &str,
    ) -> Result<bool, OAuthError> {
        if let Some(subject) = user {
            let read = || self.0.accounts.is_active(subject);
            if !self.0.owners.users.ask(subject, read).await? {
                return Ok(false);
            }
        }
        self.is_there(client_id).await
    }

    /// Whether the client of a token still exists. A document is not fetched for this.
    pub(crate) async fn is_there(&self, client_id: &str) -> Result<bool, OAuthError> {
        if self.0.configured_client(client_id).is_some() || self.may_be_a_document(client_id) {
            return Ok(true);
        }
        let read = || async { Ok(self.client(client_id).await?.is_some()) };
        Ok(self.0.owners.clients.ask(client_id, read).await?)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    use futures_util::future::join_all;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn those_who_ask_about_one_at_once_share_a_read_and_leave_nothing_behind() {
        let (questions, reads) = (Questions::default(), AtomicUsize::new(0));
        let ask = |id: &'static str| {
            let reads = &reads;
            questions.ask(id, move || async move {
                reads.fetch_add(1, SeqCst);
                tokio::time::sleep(Duration::from_millis(10)).await;
                Ok(id == "alice")
            })
        };
        let (alice, bob) = tokio::join!(
            join_all((0..50).map(|_| ask("alice"))),
            join_all((0..50).map(|_| ask("bob")))
        );
        assert_eq!((alice, bob), (vec![Ok(true); 50], vec![Ok(false); 50]));
        assert_eq!(reads.load(SeqCst), 4, "the first of each, and all others of each");
        assert!(questions.open().is_empty());
        let dropped = tokio::time::timeout(Duration::from_millis(1), ask("alice")).await;
        assert!(dropped.is_err());
        assert!(questions.open().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_read_that_hangs_ends_for_all_who_wait_for_it() {
        let questions = Questions::default();
        let ask = || questions.ask("alice", std::future::pending);
        let answers = join_all((0..3).map(|_| ask())).await;
        assert!(answers.iter().all(Result::is_err), "{answers:?}");
    }
}
