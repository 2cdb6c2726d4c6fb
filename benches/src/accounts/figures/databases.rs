//! Databases to measure on: a file of SQLite, and PostgreSQL where `tests/stores/run` has started it.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use auth_accounts::store::Store;
use auth_store::postgres::PostgresStore;
use auth_store::sqlite::SqliteStore;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, SqliteConnection};

/// A number for the next database.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// A database file of SQLite, which is gone with this.
#[derive(Debug)]
pub struct File(PathBuf);

impl File {
    /// A new one with the tables of accounts.
    ///
    /// # Panics
    /// If it cannot be made.
    pub async fn new() -> Self {
        let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/target/databases"));
        fs::create_dir_all(&folder).expect("the folder can be made");
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let file = Self(folder.join(format!("{}-{number}.db", std::process::id())));
        file.store().await.migrate().await.expect("the tables");
        file
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("sqlite:{}", self.0.display())
    }

    /// A store on it.
    ///
    /// # Panics
    /// If it cannot be opened.
    pub async fn store(&self) -> SqliteStore {
        SqliteStore::open(&self.url()).await.expect("a file of SQLite")
    }

    /// Its size in MiB.
    #[must_use]
    pub fn mebibytes(&self) -> u64 {
        fs::metadata(&self.0).map_or(0, |it| it.len() / 1_048_576)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm"] {
            let mut path = self.0.clone().into_os_string();
            path.push(end);
            let _ = fs::remove_file(path);
        }
    }
}

/// A new database of the PostgreSQL that `TEST_POSTGRES_URL` names, with the tables of accounts.
///
/// # Panics
/// If the server fails.
pub async fn postgres() -> Option<(PostgresStore, String)> {
    let server = std::env::var("TEST_POSTGRES_URL").ok()?;
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("bench_{}_{number}", std::process::id());
    let mut connection = PgConnection::connect(&server).await.expect("the server");
    let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::query(create).execute(&mut connection).await.expect("a database");
    let (server, _) = server.rsplit_once('/').expect("an address with a database");
    let url = format!("{server}/{name}");
    let store = PostgresStore::connect(&url).await.expect("the database");
    store.migrate().await.expect("the tables");
    Some((store, url))
}

/// How records with a number are made, in the words of each database.
struct Words {
    numbers: &'static str,
    digits: &'static str,
    digest: &'static str,
    after: &'static str,
}

const SQLITE: Words = Words {
    numbers: "WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 999 + {many})",
    digits: "printf('%0{digits}d', {number})",
    digest: "randomblob(32)",
    after: "ANALYZE",
};

const POSTGRES: Words = Words {
    numbers: "WITH n(i) AS (SELECT generate_series(1000, 999 + {many}))",
    digits: "lpad(({number})::text, {digits}, '0')",
    digest: "sha256(convert_to('record ' || i, 'UTF8'))",
    after: "VACUUM ANALYZE",
};

impl Words {
    /// The statements that add so many sessions, and a tenth as many accounts, each with a verified
    /// address, a role, a key, an attempt and an entry in the trail.
    fn statements(&self, sessions: u64, now: u64) -> Vec<String> {
        let accounts = sessions / 10;
        let digits = |number: &str, digits: &str| {
            self.digits.replace("{digits}", digits).replace("{number}", number)
        };
        let digest = self.digest;
        let account = digits("i", "22");
        let owner = digits(&format!("1000 + i % {accounts}"), "22");
        let end = now + 24 * 3_600;
        let into = |many: u64, table: &str, columns: &str, values: String| {
            let numbers = self.numbers.replace("{many}", &many.to_string());
            format!("{numbers} INSERT INTO {table} ({columns}) SELECT {values} FROM n")
        };
        // SQLite has its WITH before the INSERT, PostgreSQL takes it there, too.
        vec![
            into(
                accounts,
                "auth_account",
                "id, kind, login, username, names_folded, email, email_folded, email_verified_at, status, password, password_at, epoch, revision, created_at",
                format!(
                    "{account}, 'person', 'someone' || i, 'someone' || i, 'someone' || i, 'someone' || i || '@example.com', 'someone' || i || '@example.com', {now}, 'active', NULL, NULL, 0, 0, {now}"
                ),
            ),
            into(
                accounts,
                "auth_assignment",
                "account, kind, name, origin, granted_by, reason, granted_at, expires_at",
                format!("{account}, 'role', 'clerk', 'rule', NULL, 'a benchmark', {now}, NULL"),
            ),
            into(
                accounts,
                "auth_api_key",
                "id, owner, name, ring_key, digest, previous_digest, previous_until, scopes, roles, networks, created_at, expires_at, revoked_at, last_used_at",
                format!(
                    "{}, {account}, 'key', 'test', {digest}, NULL, NULL, '[]', '[]', '[]', {now}, NULL, NULL, NULL",
                    digits("i", "12")
                ),
            ),
            into(
                accounts,
                "auth_attempt",
                "digest, count, begins_at, ends_at",
                format!("{digest}, 1, {now}, {end}"),
            ),
            into(
                accounts,
                "auth_one_time",
                "kind, digest, account, value, expires_at",
                format!("'password_reset', {digest}, {account}, {digest}, {end}"),
            ),
            into(
                accounts,
                "auth_audit",
                "position, at, actor, account, event, outcome, request_id, source, detail, previous, hash",
                format!(
                    "i, {now}, NULL, {account}, 'sign_in', 'done', NULL, NULL, '{{}}', {digest}, {digest}"
                ),
            ),
            into(
                sessions,
                "auth_session",
                "digest, id, account, epoch, carrier, factors, started_at, authenticated_at, seen_at, idle_seconds, ends_at, over_at, device",
                format!(
                    "{digest}, {}, {owner}, 0, 'cookie', '[{{\"kind\":\"password\",\"at\":{now}}}]', {now}, {now}, {now}, 86400, {end}, {end}, 'Firefox on Linux'",
                    digits("i", "22")
                ),
            ),
            self.after.to_owned(),
        ]
    }
}

/// Fills a database with so many sessions.
///
/// # Panics
/// If the database fails.
pub async fn fill(url: &str, sessions: u64, now: u64) {
    if url.starts_with("sqlite:") {
        let mut connection = SqliteConnection::connect(url).await.expect("the file");
        let fast = "PRAGMA synchronous = OFF; PRAGMA cache_size = -400000";
        sqlx::raw_sql(fast).execute(&mut connection).await.expect("settings");
        for statement in SQLITE.statements(sessions, now) {
            let statement = AssertSqlSafe(statement);
            sqlx::raw_sql(statement).execute(&mut connection).await.expect("records");
        }
        let end = "PRAGMA wal_checkpoint(TRUNCATE)";
        sqlx::raw_sql(end).execute(&mut connection).await.expect("the log is written back");
    } else {
        let mut connection = PgConnection::connect(url).await.expect("the server");
        for statement in POSTGRES.statements(sessions, now) {
            let statement = AssertSqlSafe(statement);
            sqlx::raw_sql(statement).execute(&mut connection).await.expect("records");
        }
    }
}

/// A store that can be shared.
pub trait Shared: Store + Clone + Send + Sync + 'static {}

impl<S: Store + Clone + Send + Sync + 'static> Shared for S {}
