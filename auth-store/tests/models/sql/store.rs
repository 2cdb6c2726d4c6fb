//! The store, on a database of the model.

use std::borrow::Cow;
use std::sync::Arc;

use auth_accounts::store::StoreError;
use tokio::sync::Notify;

use super::connections::Connections;
use super::dialect::{Dialect, Sql};
use super::row::Row;
use super::statement::Statement;
use super::step::{Alone, Work};
use crate::database::{Database, Mistake, Record, Transaction, Value};

pub(crate) struct SqlStore<D: Dialect> {
    pub(super) dialect: Arc<D>,
}

impl<D: Dialect> SqlStore<D> {
    pub(super) async fn read(
        &self,
        statement: Statement,
    ) -> Result<Vec<Row<D::Database>>, StoreError> {
        self.write(statement).await
    }

    pub(super) async fn read_row(
        &self,
        statement: Statement,
    ) -> Result<Option<Row<D::Database>>, StoreError> {
        Ok(self.read(statement).await?.pop())
    }

    /// A single statement is a transaction of its own.
    pub(super) async fn write(
        &self,
        statement: Statement,
    ) -> Result<Vec<Row<D::Database>>, StoreError> {
        self.step(Alone(statement)).await
    }
}

/// The database of the model.
pub(crate) struct Model {
    database: Arc<Database>,
    alarm: Notify,
}

/// A store that is empty, perhaps with a mistake.
pub(crate) fn store(mistake: Option<Mistake>) -> SqlStore<Model> {
    let model = Model { database: Database::new(mistake), alarm: Notify::new() };
    SqlStore { dialect: Arc::new(model) }
}

impl SqlStore<Model> {
    /// The rows of a table as they are at this moment.
    pub(crate) fn committed(&self, table: &str) -> Vec<Record> {
        self.dialect.database.committed(table)
    }
}

pub(crate) struct ModelSql;

impl Sql for ModelSql {
    type Row = Record;
    type Arguments = Vec<Value>;
    type Connection = Transaction;
    type Database = Arc<Database>;

    fn begin(database: &Arc<Database>) -> Transaction {
        database.begin()
    }

    fn commit(transaction: Transaction) {
        transaction.commit();
    }

    fn put_integer(arguments: &mut Vec<Value>, value: Option<i64>) -> sqlx::Result<()> {
        arguments.push(value.map_or(Value::Null, Value::Integer));
        Ok(())
    }

    fn put_text(arguments: &mut Vec<Value>, value: Option<String>) -> sqlx::Result<()> {
        arguments.push(value.map_or(Value::Null, Value::Text));
        Ok(())
    }

    fn put_bytes(arguments: &mut Vec<Value>, value: Option<Vec<u8>>) -> sqlx::Result<()> {
        arguments.push(value.map_or(Value::Null, Value::Bytes));
        Ok(())
    }

    fn integer(row: &Record, column: &str) -> sqlx::Result<Option<i64>> {
        match row.get(column) {
            Some(Value::Integer(number)) => Ok(Some(*number)),
            other => missing(other, column),
        }
    }

    fn text(row: &Record, column: &str) -> sqlx::Result<Option<String>> {
        match row.get(column) {
            Some(Value::Text(text)) => Ok(Some(text.clone())),
            other => missing(other, column),
        }
    }

    fn bytes(row: &Record, column: &str) -> sqlx::Result<Option<Vec<u8>>> {
        match row.get(column) {
            Some(Value::Bytes(bytes)) => Ok(Some(bytes.clone())),
            other => missing(other, column),
        }
    }

    async fn rows(
        connection: &mut Transaction,
        sql: Cow<'static, str>,
        arguments: Vec<Value>,
    ) -> sqlx::Result<Vec<Record>> {
        connection.run(&sql, &arguments).map_err(|error| sqlx::Error::Database(Box::new(error)))
    }
}

/// What a column of another type is.
fn missing<T>(value: Option<&Value>, column: &str) -> sqlx::Result<Option<T>> {
    match value {
        Some(Value::Null) => Ok(None),
        _ => Err(sqlx::Error::ColumnNotFound(column.to_owned())),
    }
}

impl Dialect for Model {
    type Database = ModelSql;

    const LOCK_KEYS: Option<&'static str> = None;
    const LOCK_SWEEP: &'static str = "SELECT 1 AS locked";
    const LOCKS_ROWS: bool = true;
    const RELAX: Option<&'static str> = None;
    const NOTIFY: Option<&'static str> = Some("NOTIFY auth_change");

    async fn perform(&self, work: Arc<dyn Work<Self>>) -> Result<(), StoreError> {
        let connections = Connections(self.database.clone());
        if work.at_once(&connections, None).await.map_err(|failed| failed.error)? {
            return Ok(());
        }
        let mut transaction = self.database.begin();
        work.run(&mut transaction).await.map_err(|failed| failed.error)?;
        transaction.commit();
        Ok(())
    }

    fn alarm(&self) -> &Notify {
        &self.alarm
    }
}
