//! The tables, and which version of them there is.

use auth_accounts::secret::random_bytes;
use auth_accounts::store::StoreError;

use super::dialect::{Dialect, Sql as _};
use super::error::store_error;
use super::statement::sql;
use super::store::SqlStore;

/// What makes each version out of the one before. What was released stays as it is; each works beside
/// the version before it, so that nodes can be replaced one after the other.
const MIGRATIONS: [&str; 2] = [
    include_str!("../../migrations/0001_accounts.sql"),
    include_str!("../../migrations/0002_authorization.sql"),
];

/// The tables are not those that this version needs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SchemaError {
    /// There are no tables.
    #[error("the database has no tables of accounts yet: run `migrate()`")]
    Missing,
    /// They are of an earlier version.
    #[error("the tables are of version {found}, this program needs {needed}: run `migrate()`")]
    Older {
        /// The version of the tables.
        found: u64,
        /// The version that is needed.
        needed: u64,
    },
    /// They are of a later version.
    #[error(
        "the tables are of version {found}, this program knows {needed}: it is too old for them"
    )]
    Newer {
        /// The version of the tables.
        found: u64,
        /// The version that is needed.
        needed: u64,
    },
    /// The database did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl<D: Dialect> SqlStore<D> {
    const VERSION: u64 = MIGRATIONS.len() as u64;

    /// Makes the tables, or brings them up to this version; all of it or nothing. Several nodes may do
    /// so at once.
    ///
    /// # Errors
    /// If the tables are of a later version, or the database fails.
    pub async fn migrate(&self) -> Result<(), SchemaError> {
        let mut transaction = self.dialect.begin().await.map_err(|error| store_error(&error))?;
        let connection = transaction.connection().map_err(|error| store_error(&error))?;
        if let Some(lock) = D::LOCK_SCHEMA {
            sql(lock).run::<D::Database>(connection).await.map_err(StoreError::from)?;
        }
        let versions = "CREATE TABLE IF NOT EXISTS auth_schema (version INTEGER NOT NULL) STRICT;";
        D::Database::script(connection, D::definition(versions))
            .await
            .map_err(|error| store_error(&error))?;
        let version = sql("SELECT version FROM auth_schema").run::<D::Database>(connection);
        let version = version.await.map_err(StoreError::from)?.pop();
        let found = version.map(|row| row.number("version")).transpose()?;
        let done = found.unwrap_or(0);
        if done > Self::VERSION {
            return Err(SchemaError::Newer { found: done, needed: Self::VERSION });
        }
        let done = usize::try_from(done).unwrap_or(usize::MAX);
        for migration in MIGRATIONS.iter().skip(done) {
            D::Database::script(connection, D::definition(migration))
                .await
                .map_err(|error| store_error(&error))?;
        }
        if found.is_none() {
            let generation = sql("INSERT INTO auth_feed (generation) VALUES ($1)");
            let generation = generation.number(random_generation());
            generation.run::<D::Database>(connection).await.map_err(StoreError::from)?;
        }
        let note = match found {
            Some(_) => sql("UPDATE auth_schema SET version = $1"),
            None => sql("INSERT INTO auth_schema (version) VALUES ($1)"),
        };
        let note = note.number(Self::VERSION).run::<D::Database>(connection);
        note.await.map_err(StoreError::from)?;
        transaction.commit().await.map_err(|error| store_error(&error))?;
        Ok(())
    }

    /// Whether the tables are of this version.
    ///
    /// # Errors
    /// If they are not, or the database fails.
    pub async fn check(&self) -> Result<(), SchemaError> {
        let needed = Self::VERSION;
        // The question is asked of a table that may not be there: that it fails is an answer, too.
        let version = match self.read_row(sql("SELECT version FROM auth_schema")).await {
            Ok(version) => version,
            Err(error) => {
                self.read(sql("SELECT 1")).await?;
                tracing::debug!(%error, "the version of the tables cannot be read");
                return Err(SchemaError::Missing);
            }
        };
        match version.map(|row| row.number("version")).transpose()? {
            None => Err(SchemaError::Missing),
            Some(found) if found < needed => Err(SchemaError::Older { found, needed }),
            Some(found) if found > needed => Err(SchemaError::Newer { found, needed }),
            Some(_) => Ok(()),
        }
    }

    /// Begins another numbering of the changes, so that every node forgets what it keeps: to be called
    /// after the database was restored from a backup.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn begin_generation(&self) -> Result<(), StoreError> {
        let begin = sql("UPDATE auth_feed SET generation = $1");
        self.write(begin.number(random_generation())).await.map(drop)
    }
}

/// A number that databases can count to, and even: a node that has missed something gets the one after it.
fn random_generation() -> u64 {
    u64::from_be_bytes(random_bytes()) >> 3 << 1
}
