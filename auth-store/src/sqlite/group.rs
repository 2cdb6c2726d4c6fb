//! Many steps that one commit makes durable.
//!
//! A commit waits for the disk, milliseconds long, and only one connection writes. So what is asked for
//! meanwhile is done in one transaction with one commit. A step without others does not wait for any.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use auth_accounts::store::StoreError;
use tokio::sync::oneshot;

use super::Sqlite;
use crate::sql::{Connections, Work, store_error};

/// A transaction that becomes a writing one only later is refused while another one writes, however long it
/// would wait.
pub(super) const BEGIN: &str = "BEGIN IMMEDIATE";

/// How many steps a commit makes durable at most.
const MOST: usize = 64;

/// The steps that wait for the connection that writes.
#[derive(Default)]
pub(super) struct Group(Mutex<Queue>);

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Job>,
    /// Whether a task does what waits.
    is_served: bool,
}

struct Job {
    work: Arc<dyn Work<Sqlite>>,
    answer: oneshot::Sender<Result<(), StoreError>>,
}

impl Job {
    fn answer(self, answer: Result<(), StoreError>) {
        // A caller that has gone away gets no answer.
        let _ = self.answer.send(answer);
    }
}

impl fmt::Debug for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Group").finish_non_exhaustive()
    }
}

/// Why steps are not durable.
enum Failed {
    /// The one with this number failed; with it, none was done.
    Step(usize, StoreError),
    /// The transaction did not begin, or not end.
    All(StoreError),
}

impl Group {
    /// Does this beside what others ask for; it is durable when this returns.
    pub(super) async fn perform(
        self: &Arc<Self>,
        writer: &Connections<sqlx::Sqlite>,
        work: Arc<dyn Work<Sqlite>>,
    ) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        let was_served = {
            let mut queue = self.queue();
            queue.waiting.push_back(Job { work, answer });
            std::mem::replace(&mut queue.is_served, true)
        };
        if !was_served {
            // In a task of its own, which ends with none of those whose work it does.
            let service = Service { group: self.clone(), is_done: false };
            tokio::spawn(service.run(writer.clone()));
        }
        let ended = || StoreError::NotReachable("the program ends".to_owned());
        answered.await.unwrap_or_else(|_| Err(ended()))
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next jobs. If none waits, it is empty, and the queue is not served any longer.
    fn next(&self) -> Vec<Job> {
        let mut queue = self.queue();
        let mut next = Vec::new();
        while next.len() < MOST
            && let Some(job) = queue.waiting.pop_front()
        {
            if !job.answer.is_closed() {
                next.push(job);
            }
        }
        queue.is_served = !next.is_empty();
        next
    }
}

/// The one who does what waits.
struct Service {
    group: Arc<Group>,
    /// Whether nothing waited any longer; another one may serve by now.
    is_done: bool,
}

impl Service {
    async fn run(mut self, writer: Connections<sqlx::Sqlite>) {
        while !self.is_done {
            let jobs = self.group.next();
            self.is_done = jobs.is_empty();
            commit(&writer, jobs).await;
        }
    }
}

impl Drop for Service {
    /// When its runtime ends, what waits is not done; another runtime begins anew.
    fn drop(&mut self) {
        if !self.is_done {
            let mut queue = self.group.queue();
            queue.is_served = false;
            queue.waiting.clear();
        }
    }
}

/// Does all of these with one commit. One that fails is left out, and the others are done again.
async fn commit(writer: &Connections<sqlx::Sqlite>, mut jobs: Vec<Job>) {
    while !jobs.is_empty() {
        match together(writer, &jobs).await {
            Ok(()) => {
                for job in jobs.drain(..) {
                    job.answer(Ok(()));
                }
            }
            Err(Failed::Step(number, error)) => jobs.remove(number).answer(Err(error)),
            Err(Failed::All(error)) => {
                for job in jobs.drain(..) {
                    job.answer(Err(error.clone()));
                }
            }
        }
    }
}

async fn together(writer: &Connections<sqlx::Sqlite>, jobs: &[Job]) -> Result<(), Failed> {
    if let [job] = jobs
        && job.work.at_once(writer, Some(BEGIN)).await.map_err(|it| Failed::Step(0, it.error))?
    {
        return Ok(());
    }
    let transaction = writer.begin(BEGIN).await;
    let mut transaction = transaction.map_err(|error| Failed::All(store_error(&error)))?;
    let connection = transaction.connection().map_err(|error| Failed::All(store_error(&error)))?;
    for (number, job) in jobs.iter().enumerate() {
        if let Err(error) = job.work.run(connection).await {
            return Err(Failed::Step(number, error.error));
        }
    }
    transaction.commit().await.map_err(|error| Failed::All(store_error(&error)))
}
