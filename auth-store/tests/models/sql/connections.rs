//! The connections to a database of the model.

use super::dialect::Sql;
use super::row::Row;
use super::statement::{Statement, StatementError};

/// The connections to a database of the model.
pub(crate) struct Connections<DB: Sql>(pub(super) DB::Database);

impl<DB: Sql> Connections<DB> {
    /// The rows of a statement that is a transaction of its own.
    pub(super) async fn rows(&self, statement: Statement) -> Result<Vec<Row<DB>>, StatementError> {
        let mut transaction = DB::begin(&self.0);
        let rows = statement.run::<DB>(&mut transaction).await?;
        DB::commit(transaction);
        Ok(rows)
    }
}
