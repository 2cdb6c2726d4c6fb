//! Notes, in the database of the accounts or beside it.

use std::time::Duration;

use sqlx::{PgPool, Row as _, SqlitePool};

/// A note.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Note {
    pub id: i64,
    pub text: String,
    #[serde(skip)]
    pub owner: String,
}

/// How long the database may take for an answer: a client gets 503 with `Retry-After`, and does not wait.
const DEADLINE: Duration = Duration::from_secs(2);

/// What the database answers in time.
async fn in_time<T>(question: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    let answer = tokio::time::timeout(DEADLINE, question).await;
    answer.unwrap_or(Err(sqlx::Error::PoolTimedOut))
}

/// Where notes are kept.
#[derive(Clone, Debug)]
pub enum Notes {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// Runs a statement on whichever database it is: both read the same text.
macro_rules! on {
    ($notes:expr, $pool:ident => $work:expr) => {
        match $notes {
            Notes::Sqlite($pool) => $work,
            Notes::Postgres($pool) => $work,
        }
    };
}

impl Notes {
    /// Makes the table, unless it is there.
    pub async fn prepare(&self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(pool) => {
                let table = "CREATE TABLE IF NOT EXISTS note (id INTEGER PRIMARY KEY AUTOINCREMENT, owner TEXT NOT NULL, text TEXT NOT NULL) STRICT";
                sqlx::query(table).execute(pool).await?;
            }
            Self::Postgres(pool) => {
                let table = "CREATE TABLE IF NOT EXISTS note (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, owner TEXT NOT NULL, text TEXT NOT NULL)";
                sqlx::query(table).execute(pool).await?;
            }
        }
        on!(self, pool => sqlx::query("CREATE INDEX IF NOT EXISTS note_owner ON note (owner)").execute(pool).await.map(drop))
    }

    /// The notes of one owner, the newest first.
    pub async fn of(&self, owner: &str) -> sqlx::Result<Vec<Note>> {
        const NOTES: &str =
            "SELECT id, text, owner FROM note WHERE owner = $1 ORDER BY id DESC LIMIT 200";
        on!(self, pool => {
            in_time(sqlx::query(NOTES).bind(owner).fetch_all(pool)).await?.iter().map(|row| {
                Ok(Note { id: row.try_get(0)?, text: row.try_get(1)?, owner: row.try_get(2)? })
            }).collect()
        })
    }

    /// Keeps a note.
    pub async fn add(&self, owner: &str, text: &str) -> sqlx::Result<Note> {
        const ADD: &str = "INSERT INTO note (owner, text) VALUES ($1, $2) RETURNING id";
        let id = on!(self, pool => {
            in_time(sqlx::query(ADD).bind(owner).bind(text).fetch_one(pool)).await?.try_get(0)?
        });
        Ok(Note { id, text: text.to_owned(), owner: owner.to_owned() })
    }

    /// Whose note it is.
    pub async fn owner(&self, id: i64) -> sqlx::Result<Option<String>> {
        const OWNER: &str = "SELECT owner FROM note WHERE id = $1";
        on!(self, pool => {
            let row = in_time(sqlx::query(OWNER).bind(id).fetch_optional(pool)).await?;
            row.map(|row| row.try_get(0)).transpose()
        })
    }

    /// Throws a note away, if it is this owner's.
    pub async fn remove(&self, owner: &str, id: i64) -> sqlx::Result<bool> {
        const REMOVE: &str = "DELETE FROM note WHERE id = $1 AND owner = $2";
        on!(self, pool => {
            let done = in_time(sqlx::query(REMOVE).bind(id).bind(owner).execute(pool)).await?;
            Ok(done.rows_affected() == 1)
        })
    }
}
