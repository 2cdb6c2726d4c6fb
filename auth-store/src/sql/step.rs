//! Several statements that are one step.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use auth_accounts::store::StoreError;

use super::connections::Connections;
use super::dialect::{Connection, Dialect};
use super::error::{Failed, Undone};
use super::row::Row;
#[cfg(feature = "authorization")]
use super::statement::sql;
use super::statement::{Statement, StatementError};
use super::store::SqlStore;

/// A transaction in which several statements are one step, perhaps beside the steps of others: all of
/// it is durable when its answer arrives, and nothing of it if that is an error.
pub(super) struct Step<'c, D: Dialect> {
    connection: &'c mut Connection<D::Database>,
    has_news: bool,
    /// What the statement that failed has done to the transaction.
    undone: Undone,
}

impl<'c, D: Dialect> Step<'c, D> {
    pub(super) const fn on(connection: &'c mut Connection<D::Database>) -> Self {
        Self { connection, has_news: false, undone: Undone::Unknown }
    }

    pub(super) async fn rows(
        &mut self,
        statement: Statement,
    ) -> Result<Vec<Row<D::Database>>, StatementError> {
        let rows = statement.run::<D::Database>(self.connection).await;
        if let Err(error) = &rows {
            self.undone = error.undone();
        }
        rows
    }

    /// The one row of a statement that finds or changes one, if it did.
    #[cfg(feature = "authorization")]
    pub(super) async fn row(
        &mut self,
        statement: Statement,
    ) -> Result<Option<Row<D::Database>>, StatementError> {
        Ok(self.rows(statement).await?.pop())
    }

    #[cfg(feature = "authorization")]
    pub(super) async fn perform(
        &mut self,
        statement: Option<&'static str>,
    ) -> Result<(), StoreError> {
        if let Some(statement) = statement {
            self.rows(sql(statement)).await?;
        }
        Ok(())
    }

    /// Followers of the feed look at it when this is durable.
    #[cfg(feature = "authorization")]
    pub(super) async fn announce(&mut self) -> Result<(), StoreError> {
        self.has_news = true;
        self.perform(D::NOTIFY).await
    }
}

/// What is done in a step, with what it was given.
pub(super) trait Steps<D: Dialect>: Send + Sync + 'static {
    /// What comes of it.
    type Answer: Send + 'static;

    /// A single message that in most cases does all of it. It is sent where the step has a transaction of its own,
    /// and saves the messages that begin and commit one.
    fn at_once(&self) -> Option<Statement> {
        None
    }

    /// What comes of it, if these rows of the message show that it did all. Otherwise it did nothing.
    fn done_at_once(rows: Vec<Row<D::Database>>) -> Option<Self::Answer> {
        let _ = rows;
        None
    }

    /// Does it, with as many messages as it takes.
    fn run(
        &self,
        step: &mut Step<'_, D>,
    ) -> impl Future<Output = Result<Self::Answer, StoreError>> + Send;
}

/// A statement that is a step of its own.
pub(super) struct Alone(pub(super) Statement);

impl<D: Dialect> Steps<D> for Alone {
    type Answer = Vec<Row<D::Database>>;

    fn at_once(&self) -> Option<Statement> {
        Some(self.0.clone())
    }

    fn done_at_once(rows: Vec<Row<D::Database>>) -> Option<Self::Answer> {
        Some(rows)
    }

    async fn run(&self, step: &mut Step<'_, D>) -> Result<Self::Answer, StoreError> {
        Ok(step.rows(self.0.clone()).await?)
    }
}

/// What is done in a transaction. It may be done again from the beginning, after all that it did was
/// rolled back.
pub trait Work<D: Dialect>: Send + Sync {
    /// Does it by a single message, which is a transaction of its own; `begin` is the statement that begins one,
    /// where a message of several statements needs it. `false`: it takes more than that, and nothing was done.
    fn at_once<'a>(
        &'a self,
        connections: &'a Connections<D::Database>,
        begin: Option<&'a str>,
    ) -> Pin<Box<dyn Future<Output = Result<bool, Failed>> + Send + 'a>>;

    /// Does it on this connection, which is in a transaction.
    fn run<'a>(
        &'a self,
        connection: &'a mut Connection<D::Database>,
    ) -> Pin<Box<dyn Future<Output = Result<(), Failed>> + Send + 'a>>;
}

/// Steps, and what came of them, with whether that is news to those who follow a feed.
struct Asked<D: Dialect, S: Steps<D>> {
    steps: S,
    answer: Mutex<Option<(S::Answer, bool)>>,
}

impl<D: Dialect, S: Steps<D>> Asked<D, S> {
    fn answer(&self) -> MutexGuard<'_, Option<(S::Answer, bool)>> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<D: Dialect, S: Steps<D>> Work<D> for Asked<D, S> {
    fn at_once<'a>(
        &'a self,
        connections: &'a Connections<D::Database>,
        begin: Option<&'a str>,
    ) -> Pin<Box<dyn Future<Output = Result<bool, Failed>> + Send + 'a>> {
        Box::pin(async move {
            let Some(mut message) = self.steps.at_once() else { return Ok(false) };
            if let Some(begin) = begin {
                message = message.in_transaction(begin);
            }
            let rows = connections.rows(message).await?;
            let answer = S::done_at_once(rows).map(|answer| (answer, false));
            let is_done = answer.is_some();
            *self.answer() = answer;
            Ok(is_done)
        })
    }

    fn run<'a>(
        &'a self,
        connection: &'a mut Connection<D::Database>,
    ) -> Pin<Box<dyn Future<Output = Result<(), Failed>> + Send + 'a>> {
        Box::pin(async move {
            let mut step = Step::<D>::on(connection);
            let answer = self.steps.run(&mut step).await;
            let (has_news, undone) = (step.has_news, step.undone);
            let answer = answer.map_err(|error| Failed { error, undone })?;
            *self.answer() = Some((answer, has_news));
            Ok(())
        })
    }
}

impl<D: Dialect> SqlStore<D> {
    /// Does this in one step.
    pub(super) async fn step<S: Steps<D>>(&self, steps: S) -> Result<S::Answer, StoreError> {
        let asked = Arc::new(Asked { steps, answer: Mutex::new(None) });
        self.dialect.perform(asked.clone()).await?;
        let answer = asked.answer().take();
        let (answer, has_news) =
            answer.ok_or_else(|| StoreError::NotReachable("a step gave no answer".to_owned()))?;
        if has_news {
            self.dialect.alarm().notify_waiters();
        }
        Ok(answer)
    }
}
