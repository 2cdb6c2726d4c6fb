//! Everything in PostgreSQL, for any number of nodes.

use std::borrow::Cow;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use auth_accounts::secret::random_bytes;
use auth_accounts::store::StoreError;
use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPool, PgPoolOptions};
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use crate::sql::{Connections, Dialect, Failed, SqlStore, Transaction, Undone, Work, store_error};

/// Everything in PostgreSQL, of version 15 or later.
///
/// Give all nodes the address of the primary: a replica answers from before the last change. Behind
/// `PgBouncer`, which drops `LISTEN`, changes reach other nodes within a second instead of at once. Let
/// the user of the program insert into `auth_audit` and select from it, but neither update nor delete:
/// then not even the program can change what has happened.
///
/// ```no_run
/// use auth_accounts::store::Stores;
/// use auth_store::postgres::PostgresStore;
///
/// # async fn stores() -> Result<Stores, Box<dyn std::error::Error>> {
/// let store = PostgresStore::connect("postgres://notes:secret@db.internal/notes").await?;
/// store.check().await?;
/// # Ok(
/// Stores::all_in(store)
/// # )
/// # }
/// ```
pub type PostgresStore = SqlStore<Postgres>;

/// How often a transaction is tried again that the server has rolled back, or that was lost with its connection
/// before it was committed.
const AGAIN: u32 = 2;

/// The pause before that: at least so long, and at most three times as long.
const PAUSE: Duration = Duration::from_millis(50);

/// How many connections a node has at most, beside the one that listens.
const CONNECTIONS: usize = 15;

/// The age at which a connection is replaced.
const MAX_AGE: Duration = Duration::from_mins(30);

/// How long a node waits before it listens again, when it could not.
const LISTEN_AGAIN: Duration = Duration::from_secs(1);

/// The server ends statements and transactions that no caller waits for any longer: a statement shortly before
/// accounts give up on the store, a transaction whose node has gone a little later. In milliseconds.
const TIMEOUTS: [(&str, u32); 2] =
    [("statement_timeout", 1_800), ("idle_in_transaction_session_timeout", 5_000)];

/// The isolation level that the statements are written for. It must not depend on the settings of the database.
const ISOLATION: (&str, &str) = ("default_transaction_isolation", "read committed");

/// The connections to a server.
#[derive(Debug)]
pub struct Postgres {
    connections: Connections<sqlx::Postgres>,
    alarm: Arc<Notify>,
    listener: AbortHandle,
}

impl SqlStore<Postgres> {
    /// Connects to a database: `postgres://USER:PASSWORD@HOST:PORT/DATABASE`. Its tables are made by
    /// [`migrate`](Self::migrate). The server ends a statement after 1.8 seconds, unless the address says
    /// another time: `?options[statement_timeout]=500`.
    ///
    /// # Errors
    /// If the address is not one of PostgreSQL, or the database cannot be reached.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url).map_err(|error| store_error(&error))?;
        let said = options.get_options().unwrap_or_default().to_owned();
        let unsaid = TIMEOUTS.into_iter().filter(|(name, _)| !said.contains(name));
        let options = options.options(unsaid).options([ISOLATION]).disable_statement_logging();
        // A pool of one connection, since that is what listens.
        let listening = PgPoolOptions::new().max_connections(1).connect_lazy_with(options.clone());
        let connections = Connections::new(options, CONNECTIONS, Some(MAX_AGE));
        let connections = connections.map_err(|error| store_error(&error))?;
        connections.check().await.map_err(|error| store_error(&error))?;
        let alarm = Arc::new(Notify::new());
        let listener = tokio::spawn(listen(listening, alarm.clone())).abort_handle();
        Ok(Self::new(Postgres { connections, alarm, listener }))
    }
}

/// Wakes the tasks that wait for changes when the server announces some. While it announces none, they look
/// themselves.
async fn listen(pool: PgPool, alarm: Arc<Notify>) {
    loop {
        if let Err(error) = wake(&pool, &alarm).await {
            tracing::warn!(%error, "changes of other nodes are only looked for every second");
        }
        tokio::time::sleep(LISTEN_AGAIN).await;
    }
}

async fn wake(pool: &PgPool, alarm: &Notify) -> sqlx::Result<()> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen("auth_change").await?;
    loop {
        // `None`: it was not connected for a while, and may have missed something.
        listener.try_recv().await?;
        alarm.notify_waiters();
    }
}

impl Postgres {
    /// Does this in a transaction, once.
    async fn attempt(&self, work: &dyn Work<Self>) -> Result<(), Failed> {
        if work.at_once(&self.connections, None).await.map_err(committing)? {
            return Ok(());
        }
        let mut transaction = self.begin().await.map_err(|error| Failed::from(&error))?;
        let connection = transaction.connection().map_err(|error| Failed::from(&error))?;
        work.run(connection).await?;
        transaction.commit().await.map_err(|error| committing(Failed::from(&error)))
    }
}

/// A commit without an answer may have been done, so it is not done again.
fn committing(failed: Failed) -> Failed {
    let is_lost = failed.undone == Undone::WithConnection;
    if is_lost { Failed { undone: Undone::Unknown, ..failed } } else { failed }
}

impl Dialect for Postgres {
    type Database = sqlx::Postgres;

    // The first number is that of a table, so that two applications in one database do not wait for each
    // other; before there is a table, it is "auth" in ASCII.
    const LOCK_POSITIONS: Option<&'static str> =
        Some("SELECT pg_advisory_xact_lock('auth_change'::regclass::oid::integer, 1)");
    const LOCK_HOLDERS: Option<&'static str> =
        Some("SELECT pg_advisory_xact_lock('auth_assignment'::regclass::oid::integer, 2)");
    const LOCK_SCHEMA: Option<&'static str> = Some("SELECT pg_advisory_xact_lock(1635087464, 3)");
    #[cfg(feature = "authorization")]
    const LOCK_KEYS: Option<&'static str> =
        Some("SELECT pg_advisory_xact_lock('auth_signing_key'::regclass::oid::integer, 1)");
    #[cfg(feature = "authorization")]
    const LOCK_SWEEP: &'static str = "SELECT 1 AS locked
        WHERE pg_try_advisory_xact_lock('auth_grant'::regclass::oid::integer, 1)";
    #[cfg(feature = "authorization")]
    const LOCKS_ROWS: bool = true;
    const RELAX: Option<&'static str> = Some("SET LOCAL synchronous_commit = off");
    const NOTIFY: Option<&'static str> = Some("NOTIFY auth_change");

    fn readers(&self) -> &Connections<sqlx::Postgres> {
        &self.connections
    }

    async fn begin(&self) -> sqlx::Result<Transaction<sqlx::Postgres>> {
        self.connections.begin("BEGIN ISOLATION LEVEL READ COMMITTED").await
    }

    async fn perform(&self, work: Arc<dyn Work<Self>>) -> Result<(), StoreError> {
        for _ in 0..AGAIN {
            match self.attempt(&*work).await {
                Ok(()) => return Ok(()),
                Err(Failed { undone: Undone::Unknown, error }) => return Err(error),
                Err(Failed { error, .. }) => {
                    tracing::debug!(%error, "a transaction was undone, and is done again");
                    // Tried again at once, it would take the locks that another transaction has waited for.
                    let [jitter] = random_bytes();
                    tokio::time::sleep(PAUSE + PAUSE * u32::from(jitter) / 128).await;
                }
            }
        }
        self.attempt(&*work).await.map_err(|failed| failed.error)
    }

    fn definition(sql: &'static str) -> Cow<'static, str> {
        // Texts are compared byte by byte, as SQLite does: no language has a part in identifiers.
        let words = [
            (" INTEGER", " BIGINT"),
            (" BLOB", " BYTEA"),
            (" TEXT", " TEXT COLLATE \"C\""),
            (") STRICT;", ");"),
        ];
        let sql = words.iter().fold(sql.to_owned(), |sql, (from, to)| sql.replace(from, to));
        Cow::Owned(sql)
    }

    fn alarm(&self) -> &Notify {
        &self.alarm
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.listener.abort();
    }
}
