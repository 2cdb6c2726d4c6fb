//! The store.

use std::fmt;
use std::sync::Arc;

use auth_accounts::store::StoreError;

use super::connections::Connections;
use super::dialect::{Dialect, Sql};
use super::error::store_error;
use super::row::Row;
use super::statement::Statement;
use super::step::{Step, Steps};
use super::write::Write;

/// Everything in an SQL database: `SqliteStore` or `PostgresStore`.
///
/// Clones are the same store. The tables are changed only by [`migrate`](Self::migrate), which makes them or brings
/// them up to this version; [`check`](Self::check) is for a start that must not change them. The names of all tables
/// begin with `auth_`.
///
/// A name that is looked up (of an account, a role, a value of a session) may have 1,024 bytes, any
/// other value [`MAX_VALUE_BYTES`](crate::MAX_VALUE_BYTES); longer ones are
/// [`TooLong`](StoreError::TooLong).
pub struct SqlStore<D: Dialect> {
    pub(super) dialect: Arc<D>,
}

impl<D: Dialect> SqlStore<D> {
    pub(crate) fn new(dialect: D) -> Self {
        Self { dialect: Arc::new(dialect) }
    }

    /// The rows of a statement that reads.
    pub(super) async fn read(
        &self,
        statement: Statement,
    ) -> Result<Vec<Row<D::Database>>, StoreError> {
        // Nothing that long was stored, so nothing is found.
        if statement.is_too_long() {
            return Ok(Vec::new());
        }
        alone(self.dialect.readers(), statement).await
    }

    /// The one row of a statement that reads one, if there is.
    pub(super) async fn read_row(
        &self,
        statement: Statement,
    ) -> Result<Option<Row<D::Database>>, StoreError> {
        Ok(self.read(statement).await?.pop())
    }

    /// The rows of a single statement that writes: atomic by itself, so without a transaction.
    pub(super) async fn write(
        &self,
        statement: Statement,
    ) -> Result<Vec<Row<D::Database>>, StoreError> {
        if D::IS_GROUPED {
            return self.step(Alone(statement)).await;
        }
        alone(self.dialect.writers(), statement).await
    }

    pub(super) async fn begin(&self) -> Result<Write<'_, D>, StoreError> {
        Write::begin(&*self.dialect).await
    }

    pub(super) async fn begin_alone(&self) -> Result<Write<'_, D>, StoreError> {
        Write::begin_alone(&*self.dialect).await
    }
}

/// The rows of a statement that is alone on its connection.
async fn alone<DB: Sql>(
    connections: &Connections<DB>,
    statement: Statement,
) -> Result<Vec<Row<DB>>, StoreError> {
    let lease = connections.acquire().await;
    let mut lease = lease.map_err(|error| store_error(&error))?;
    let connection = lease.connection().map_err(|error| store_error(&error))?;
    let rows = statement.run::<DB>(connection).await?;
    lease.give_back();
    Ok(rows)
}

/// A statement that is a step of its own.
struct Alone(Statement);

impl<D: Dialect> Steps<D> for Alone {
    type Answer = Vec<Row<D::Database>>;

    async fn run(&self, step: &mut Step<'_, D>) -> Result<Self::Answer, StoreError> {
        Ok(step.rows(self.0.clone()).await?)
    }
}

impl<D: Dialect> Clone for SqlStore<D> {
    fn clone(&self) -> Self {
        Self { dialect: self.dialect.clone() }
    }
}

impl<D: Dialect> fmt::Debug for SqlStore<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqlStore").finish_non_exhaustive()
    }
}
