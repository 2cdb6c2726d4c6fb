//! Everything in one file, for one node, or for several processes on one machine.

mod group;

use std::borrow::Cow;
use std::path::Path;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use auth_accounts::store::StoreError;
use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use tokio::sync::Notify;

use crate::sql::{Connections, Dialect, SqlStore, Transaction, Work, store_error};
use group::{BEGIN, Group};

/// Everything in one file of SQLite.
///
/// The file is in WAL mode with `synchronous=FULL`: what was acknowledged is there after a loss of power. A file that
/// the store makes can be read by the user of the program alone. One connection writes, others read beside it; what
/// is written at the same time is made durable together. The file must be on a disk of this machine: on a network
/// file system SQLite's locks do not work.
///
/// ```
/// use auth_accounts::store::Stores;
/// use auth_store::sqlite::SqliteStore;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
/// let store = SqliteStore::open("sqlite::memory:").await?;
/// store.migrate().await?;
/// let stores = Stores::all_in(store);
/// # let _ = stores;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type SqliteStore = SqlStore<Sqlite>;

/// How long a statement waits for another process that writes: less than the two seconds after which
/// accounts give a store up.
const BUSY: Duration = Duration::from_millis(1_500);

/// How many connections read at once.
const READERS: usize = 4;

/// The connections to a file.
#[derive(Debug)]
pub struct Sqlite {
    readers: Connections<sqlx::Sqlite>,
    writer: Connections<sqlx::Sqlite>,
    group: Arc<Group>,
    alarm: Notify,
}

impl SqlStore<Sqlite> {
    /// Opens a database: `sqlite:FILE`, which is made if it is missing, or `sqlite::memory:`, which is
    /// gone with the store. Its tables are made by [`migrate`](Self::migrate).
    ///
    /// # Errors
    /// If the address is not one of SQLite, or the file cannot be opened.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::from_str(url).map_err(|error| store_error(&error))?;
        let options = options
            .create_if_missing(true)
            .foreign_keys(true)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY)
            .disable_statement_logging();
        let is_in_memory = url.contains(":memory:") || url.contains("mode=memory");
        let writing = if is_in_memory {
            options.clone()
        } else {
            make_private(options.get_filename());
            options.clone().journal_mode(SqliteJournalMode::Wal)
        };
        let failed = |error: sqlx::Error| store_error(&error);
        let writer = Connections::new(writing, 1, None).map_err(failed)?;
        writer.check().await.map_err(failed)?;
        let readers = if is_in_memory {
            writer.clone()
        } else {
            Connections::new(options.pragma("query_only", "ON"), READERS, None).map_err(failed)?
        };
        Ok(Self::new(Sqlite { readers, writer, group: Arc::default(), alarm: Notify::new() }))
    }
}

/// Makes the file, if it is missing, so that only the user of the program can read it. SQLite gives the
/// files beside it the same permissions.
#[cfg(unix)]
fn make_private(file: &Path) {
    use std::os::unix::fs::OpenOptionsExt as _;

    let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    // Mostly because there is one. Where none can be made, SQLite says why.
    drop(made);
}

#[cfg(not(unix))]
const fn make_private(_: &Path) {}

impl Dialect for Sqlite {
    type Database = sqlx::Sqlite;

    // A writer is alone from the beginning of its transaction.
    const LOCK_POSITIONS: Option<&'static str> = None;
    const LOCK_HOLDERS: Option<&'static str> = None;
    const LOCK_SCHEMA: Option<&'static str> = None;
    #[cfg(feature = "authorization")]
    const LOCK_KEYS: Option<&'static str> = None;
    #[cfg(feature = "authorization")]
    const LOCK_SWEEP: &'static str = "SELECT 1 AS locked";
    #[cfg(feature = "authorization")]
    const LOCKS_ROWS: bool = false;
    const RELAX: Option<&'static str> = None;
    // Other processes look every second.
    const NOTIFY: Option<&'static str> = None;

    fn readers(&self) -> &Connections<sqlx::Sqlite> {
        &self.readers
    }

    async fn begin(&self) -> sqlx::Result<Transaction<sqlx::Sqlite>> {
        self.writer.begin(BEGIN).await
    }

    async fn perform(&self, work: Arc<dyn Work<Self>>) -> Result<(), StoreError> {
        self.group.perform(&self.writer, work).await
    }

    fn definition(sql: &'static str) -> Cow<'static, str> {
        Cow::Borrowed(sql)
    }

    fn alarm(&self) -> &Notify {
        &self.alarm
    }
}
