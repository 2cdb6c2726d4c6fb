//! In what the databases differ.

use std::borrow::Cow;
use std::future::Future;
use std::sync::Arc;

use sqlx::{
    Arguments, AssertSqlSafe, ColumnIndex, Database, Decode, Encode, Executor, IntoArguments, Row,
    Type,
};

use super::connections::{Connections, Transaction};
use super::step::Work;

/// A database that holds the three types of columns that there are: integers, texts and bytes, each
/// of which may be missing.
pub trait Sql: Database {
    /// Adds an integer to the arguments of a statement.
    fn put_integer(arguments: &mut Self::Arguments, value: Option<i64>) -> sqlx::Result<()>;

    /// Adds a text.
    fn put_text(arguments: &mut Self::Arguments, value: Option<String>) -> sqlx::Result<()>;

    /// Adds bytes.
    fn put_bytes(arguments: &mut Self::Arguments, value: Option<Vec<u8>>) -> sqlx::Result<()>;

    /// Reads an integer.
    fn integer(row: &Self::Row, column: &str) -> sqlx::Result<Option<i64>>;

    /// Reads a text.
    fn text(row: &Self::Row, column: &str) -> sqlx::Result<Option<String>>;

    /// Reads bytes.
    fn bytes(row: &Self::Row, column: &str) -> sqlx::Result<Option<Vec<u8>>>;

    /// Runs a statement to its end, or several that share their arguments; all their rows.
    fn rows(
        connection: &mut Self::Connection,
        sql: Cow<'static, str>,
        arguments: Self::Arguments,
    ) -> impl Future<Output = sqlx::Result<Vec<Self::Row>>> + Send;

    /// Runs several statements without arguments.
    fn script(
        connection: &mut Self::Connection,
        sql: Cow<'static, str>,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;
}

impl<DB> Sql for DB
where
    DB: Database,
    DB::Arguments: IntoArguments<DB>,
    Option<i64>: for<'q> Encode<'q, DB> + for<'r> Decode<'r, DB> + Type<DB>,
    Option<String>: for<'q> Encode<'q, DB> + for<'r> Decode<'r, DB> + Type<DB>,
    Option<Vec<u8>>: for<'q> Encode<'q, DB> + for<'r> Decode<'r, DB> + Type<DB>,
    for<'n> &'n str: ColumnIndex<DB::Row>,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    fn put_integer(arguments: &mut DB::Arguments, value: Option<i64>) -> sqlx::Result<()> {
        arguments.add(value).map_err(sqlx::Error::Encode)
    }

    fn put_text(arguments: &mut DB::Arguments, value: Option<String>) -> sqlx::Result<()> {
        arguments.add(value).map_err(sqlx::Error::Encode)
    }

    fn put_bytes(arguments: &mut DB::Arguments, value: Option<Vec<u8>>) -> sqlx::Result<()> {
        arguments.add(value).map_err(sqlx::Error::Encode)
    }

    fn integer(row: &DB::Row, column: &str) -> sqlx::Result<Option<i64>> {
        row.try_get(column)
    }

    fn text(row: &DB::Row, column: &str) -> sqlx::Result<Option<String>> {
        row.try_get(column)
    }

    fn bytes(row: &DB::Row, column: &str) -> sqlx::Result<Option<Vec<u8>>> {
        row.try_get(column)
    }

    async fn rows(
        connection: &mut DB::Connection,
        sql: Cow<'static, str>,
        arguments: DB::Arguments,
    ) -> sqlx::Result<Vec<DB::Row>> {
        sqlx::query_with(AssertSqlSafe(sql), arguments).fetch_all(connection).await
    }

    async fn script(connection: &mut DB::Connection, sql: Cow<'static, str>) -> sqlx::Result<()> {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await?;
        Ok(())
    }
}

/// A connection to a database.
pub(super) type Connection<DB> = <DB as Database>::Connection;

/// A database with its connections, and in what it differs from the other one.
pub trait Dialect: Sized + Send + Sync + 'static {
    /// Which one.
    type Database: Sql;

    /// Keeps all others from giving out positions of changes and audit records until the transaction
    /// ends. Taken last: nothing that is waited for comes after it.
    const LOCK_POSITIONS: Option<&'static str>;

    /// Keeps all others from deciding by who holds a role until the transaction ends. Taken first.
    const LOCK_HOLDERS: Option<&'static str>;

    /// Keeps all others from changing the tables until the transaction ends.
    const LOCK_SCHEMA: Option<&'static str>;

    /// Keeps all others from deciding by which signing keys there are until the transaction ends.
    #[cfg(feature = "authorization")]
    const LOCK_KEYS: Option<&'static str>;

    /// A row, and then all others are kept from sweeping until the transaction ends; none, if another one
    /// sweeps.
    #[cfg(feature = "authorization")]
    const LOCK_SWEEP: &'static str;

    /// Whether a row that is read has to be locked (`FOR UPDATE`), so that it stays as it is until the
    /// transaction ends.
    #[cfg(feature = "authorization")]
    const LOCKS_ROWS: bool;

    /// Lets the transaction be lost with the power, for what is not worth waiting for the disk.
    const RELAX: Option<&'static str>;

    /// Tells other nodes, when the transaction commits, that there are changes.
    const NOTIFY: Option<&'static str>;

    /// The connections for statements that read.
    fn readers(&self) -> &Connections<Self::Database>;

    /// Begins a transaction that writes.
    fn begin(&self) -> impl Future<Output = sqlx::Result<Transaction<Self::Database>>> + Send;

    /// Does this in a transaction, perhaps in one with the work of others. It is durable when this returns;
    /// if it fails, nothing of it was done, unless the error is that of the commit.
    fn perform(
        &self,
        work: Arc<dyn Work<Self>>,
    ) -> impl Future<Output = Result<(), auth_accounts::store::StoreError>> + Send;

    /// The definition of tables in the words of this database.
    fn definition(sql: &'static str) -> Cow<'static, str>;

    /// What is woken when there may be new changes.
    fn alarm(&self) -> &tokio::sync::Notify;
}
