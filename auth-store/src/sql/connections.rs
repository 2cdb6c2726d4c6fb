//! The connections to a database that are kept open.
//!
//! sqlx has a pool, too. It asks each connection that comes back to it whether it still works, which doubles
//! the messages of a single statement. Here a connection whose statement has ended well goes back as it is, and
//! only the others are looked at.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use deadpool::Runtime;
use deadpool::managed::{
    Manager, Metrics, Object, Pool, PoolError, QueueMode, RecycleError, RecycleResult,
};
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::runtime::Handle;

use super::dialect::{Connection, Sql};
use super::row::Row;
use super::statement::{Statement, StatementError};

/// How long a task waits for a connection at most: accounts give up on the store before that.
const ACQUIRE: Duration = Duration::from_secs(10);

/// How long a connection may be unused before it is asked whether it still works.
const TRUSTED: Duration = Duration::from_secs(1);

/// How long a connection may take to show that it still works: as long as accounts wait for a store.
const RECOVERY: Duration = Duration::from_secs(2);

/// How a connection is made.
type Options<DB> = <Connection<DB> as sqlx::Connection>::Options;

/// The connections to a database that are kept open. Clones are the same.
pub struct Connections<DB: Sql>(Pool<Opener<DB>>);

impl<DB: Sql> Connections<DB> {
    /// Up to so many connections; none is made before it is needed. One that is as old as `max_age` is replaced:
    /// what a server keeps for it grows.
    pub(crate) fn new(
        options: Options<DB>,
        most: usize,
        max_age: Option<Duration>,
    ) -> sqlx::Result<Self> {
        let opener = Opener { options, max_age };
        let pool = Pool::builder(opener)
            .max_size(most)
            // The same few are used while there is little to do.
            .queue_mode(QueueMode::Lifo)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(ACQUIRE))
            .create_timeout(Some(ACQUIRE))
            .recycle_timeout(Some(RECOVERY));
        let pool = pool.build().map_err(|error| sqlx::Error::Configuration(Box::new(error)))?;
        Ok(Self(pool))
    }

    /// Checks that a connection can be made.
    pub(crate) async fn check(&self) -> sqlx::Result<()> {
        self.acquire().await?.give_back();
        Ok(())
    }

    /// One of them, for one task.
    pub(super) async fn acquire(&self) -> sqlx::Result<Lease<DB>> {
        let object = self.0.get().await.map_err(|error| match error {
            PoolError::Backend(error) => error,
            PoolError::Timeout(_) => sqlx::Error::PoolTimedOut,
            other => sqlx::Error::Configuration(other.to_string().into()),
        })?;
        Ok(Lease { object: Some(object), has_begun: false })
    }

    /// The rows of a statement that is alone on its connection.
    pub(super) async fn rows(&self, statement: Statement) -> Result<Vec<Row<DB>>, StatementError> {
        let mut lease = self.acquire().await.map_err(StatementError::Database)?;
        lease.has_begun = statement.is_transaction();
        let connection = lease.connection().map_err(StatementError::Database)?;
        let rows = statement.run::<DB>(connection).await?;
        lease.give_back();
        Ok(rows)
    }

    /// Begins a transaction with this statement.
    pub(crate) async fn begin(&self, statement: &'static str) -> sqlx::Result<Transaction<DB>> {
        let mut lease = self.acquire().await?;
        // Before it is sent: the server may have begun one that is given up here.
        lease.has_begun = true;
        DB::script(lease.connection()?, Cow::Borrowed(statement)).await?;
        Ok(Transaction(lease))
    }
}

impl<DB: Sql> Clone for Connections<DB> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<DB: Sql> fmt::Debug for Connections<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The options have a password.
        f.debug_struct("Connections").finish_non_exhaustive()
    }
}

/// What opens connections.
struct Opener<DB: Sql> {
    options: Options<DB>,
    max_age: Option<Duration>,
}

impl<DB: Sql> Manager for Opener<DB> {
    type Type = Connection<DB>;
    type Error = sqlx::Error;

    async fn create(&self) -> sqlx::Result<Connection<DB>> {
        self.options.connect().await
    }

    async fn recycle(
        &self,
        connection: &mut Connection<DB>,
        metrics: &Metrics,
    ) -> RecycleResult<sqlx::Error> {
        if self.max_age.is_some_and(|most| metrics.age() >= most) {
            return Err(RecycleError::message("it is old"));
        }
        if metrics.last_used() >= TRUSTED {
            connection.ping().await?;
        }
        Ok(())
    }
}

/// A connection for one task. It is given back when all that it was asked for was answered; dropped before, it
/// is looked at first.
pub(super) struct Lease<DB: Sql> {
    object: Option<Object<Opener<DB>>>,
    has_begun: bool,
}

impl<DB: Sql> Lease<DB> {
    /// The connection.
    pub(super) fn connection(&mut self) -> sqlx::Result<&mut Connection<DB>> {
        self.object.as_deref_mut().ok_or(sqlx::Error::PoolClosed)
    }

    /// Gives it back to the others as it is.
    pub(super) fn give_back(mut self) {
        drop(self.object.take());
    }
}

impl<DB: Sql> Drop for Lease<DB> {
    fn drop(&mut self) {
        let Some(mut object) = self.object.take() else { return };
        let has_begun = self.has_begun;
        let Ok(runtime) = Handle::try_current() else {
            drop(Object::take(object));
            return;
        };
        // Others get it when its task has ended: it counts as in use until then.
        runtime.spawn(async move {
            let recovery = recover::<DB>(&mut object, has_begun);
            let recovered = tokio::time::timeout(RECOVERY, recovery).await;
            if !matches!(recovered, Ok(Ok(()))) {
                tracing::debug!("a connection that no longer answers is closed");
                drop(Object::take(object));
            }
        });
    }
}

/// Reads what the connection has still to say of a statement that failed or was given up, and ends its
/// transaction.
async fn recover<DB: Sql>(connection: &mut Connection<DB>, has_begun: bool) -> sqlx::Result<()> {
    connection.ping().await?;
    if !has_begun {
        return Ok(());
    }
    match DB::script(connection, Cow::Borrowed("ROLLBACK")).await {
        // SQLite has no transaction: it has not begun, was committed, or SQLite has ended it by itself after an
        // error of the disk.
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("1") => Ok(()),
        other => other,
    }
}

/// A transaction. Dropped before its end, it is rolled back.
pub struct Transaction<DB: Sql>(Lease<DB>);

impl<DB: Sql> Transaction<DB> {
    /// The connection, in the transaction.
    pub(crate) fn connection(&mut self) -> sqlx::Result<&mut Connection<DB>> {
        self.0.connection()
    }

    /// Makes it durable.
    pub(crate) async fn commit(mut self) -> sqlx::Result<()> {
        DB::script(self.connection()?, Cow::Borrowed("COMMIT")).await?;
        self.0.give_back();
        Ok(())
    }
}
