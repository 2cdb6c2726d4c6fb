//! Several statements that are one step.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use auth_accounts::store::StoreError;

use super::dialect::{Connection, Dialect};
use super::error::{Failed, Undone};
use super::row::Row;
#[cfg(feature = "authorization")]
use super::statement::sql;
use super::statement::{Statement, StatementError};
use super::store::SqlStore;

/// What is done in a transaction. It may be done again from the beginning, after all that it did was
/// rolled back.
pub(crate) type Work<DB> = Box<
    dyn for<'c> Fn(
            &'c mut Connection<DB>,
        ) -> Pin<Box<dyn Future<Output = Result<(), Failed>> + Send + 'c>>
        + Send
        + Sync,
>;

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
        if let Err(StatementError::Database(error)) = &rows {
            self.undone = Undone::of(error);
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

    fn run(
        &self,
        step: &mut Step<'_, D>,
    ) -> impl Future<Output = Result<Self::Answer, StoreError>> + Send;
}

impl<D: Dialect> SqlStore<D> {
    /// Does this in one step.
    pub(super) async fn step<S: Steps<D>>(&self, steps: S) -> Result<S::Answer, StoreError> {
        let answer = Arc::new(Mutex::new(None));
        let given = answer.clone();
        let steps = Arc::new(steps);
        let work: Work<D::Database> = Box::new(move |connection| {
            let (steps, given) = (steps.clone(), given.clone());
            Box::pin(async move {
                let mut step = Step::<D>::on(connection);
                let answer = steps.run(&mut step).await;
                let undone = step.undone;
                let answer = answer.map_err(|error| Failed { error, undone })?;
                let answer = Some((answer, step.has_news));
                *given.lock().unwrap_or_else(PoisonError::into_inner) = answer;
                Ok(())
            })
        });
        self.dialect.perform(work).await?;
        let answer = answer.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (answer, has_news) =
            answer.ok_or_else(|| StoreError::NotReachable("a step gave no answer".to_owned()))?;
        if has_news {
            self.dialect.alarm().notify_waiters();
        }
        Ok(answer)
    }
}
