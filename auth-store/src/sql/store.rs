//! The store.

use std::fmt;
use std::sync::Arc;

use auth_accounts::store::StoreError;

use super::dialect::Dialect;
use super::row::Row;
use super::statement::Statement;
use super::step::Alone;
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
        Ok(self.dialect.readers().rows(statement).await?)
    }

    /// The one row of a statement that reads one, if there is.
    pub(super) async fn read_row(
        &self,
        statement: Statement,
    ) -> Result<Option<Row<D::Database>>, StoreError> {
        Ok(self.read(statement).await?.pop())
    }

    /// The rows of a single statement that writes.
    pub(super) async fn write(
        &self,
        statement: Statement,
    ) -> Result<Vec<Row<D::Database>>, StoreError> {
        self.step(Alone(statement)).await
    }

    pub(super) async fn begin(&self) -> Result<Write<'_, D>, StoreError> {
        Write::begin(&*self.dialect).await
    }

    pub(super) async fn begin_alone(&self) -> Result<Write<'_, D>, StoreError> {
        Write::begin_alone(&*self.dialect).await
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
