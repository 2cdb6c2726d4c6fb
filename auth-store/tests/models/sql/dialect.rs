//! What the stores ask of a database, with the types of the model.

use std::borrow::Cow;
use std::future::Future;
use std::sync::Arc;

use auth_accounts::store::StoreError;

use super::step::Work;

pub(crate) trait Sql: Send + Sync + 'static {
    type Row: Send + Sync;
    type Arguments: Default + Send;
    type Connection: Send;
    type Database: Send + Sync;

    fn begin(database: &Self::Database) -> Self::Connection;
    fn commit(transaction: Self::Connection);

    fn put_integer(arguments: &mut Self::Arguments, value: Option<i64>) -> sqlx::Result<()>;
    fn put_text(arguments: &mut Self::Arguments, value: Option<String>) -> sqlx::Result<()>;
    fn put_bytes(arguments: &mut Self::Arguments, value: Option<Vec<u8>>) -> sqlx::Result<()>;

    fn integer(row: &Self::Row, column: &str) -> sqlx::Result<Option<i64>>;
    fn text(row: &Self::Row, column: &str) -> sqlx::Result<Option<String>>;
    fn bytes(row: &Self::Row, column: &str) -> sqlx::Result<Option<Vec<u8>>>;

    fn rows(
        connection: &mut Self::Connection,
        sql: Cow<'static, str>,
        arguments: Self::Arguments,
    ) -> impl Future<Output = sqlx::Result<Vec<Self::Row>>> + Send;
}

pub(crate) type Connection<DB> = <DB as Sql>::Connection;

pub(crate) trait Dialect: Sized + Send + Sync + 'static {
    type Database: Sql;

    const LOCK_KEYS: Option<&'static str>;
    const LOCK_SWEEP: &'static str;
    const LOCKS_ROWS: bool;
    const RELAX: Option<&'static str>;
    const NOTIFY: Option<&'static str>;

    fn perform(
        &self,
        work: Arc<dyn Work<Self>>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    fn alarm(&self) -> &tokio::sync::Notify;
}
