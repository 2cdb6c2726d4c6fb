//! The errors of a database as errors of a store.

use auth_accounts::store::StoreError;

use super::statement::StatementError;

/// The error in the words of the stores. What a database says of a statement names tables and columns
/// and no values: these are in the details, which are left out.
pub(crate) fn store_error(error: &sqlx::Error) -> StoreError {
    use sqlx::Error;

    match error {
        Error::ColumnDecode { .. } | Error::Decode(_) | Error::ColumnNotFound(_) => {
            StoreError::NotUnderstood("a column")
        }
        Error::Database(error) => match error.code().as_deref() {
            // SQLite's result code, and PostgreSQL's: no space, no memory, too many connections.
            Some("13") => StoreError::Full("the disk is full"),
            Some(code) if code.len() == 5 && code.starts_with("53") => {
                StoreError::Full("the database has no resources left")
            }
            // PostgreSQL: more than an index takes.
            Some("54000") => StoreError::TooLong("a value"),
            _ if error.is_foreign_key_violation() => {
                StoreError::Conflict("there is no such account")
            }
            _ if error.is_unique_violation() => StoreError::Conflict("there is one already"),
            _ => StoreError::NotReachable(error.message().to_owned()),
        },
        Error::PoolTimedOut => StoreError::NotReachable("no connection is free".to_owned()),
        other => StoreError::NotReachable(other.to_string()),
    }
}

/// What a failure did to the transaction that it was in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Undone {
    /// It is not known: nothing is done again.
    #[default]
    Unknown,
    /// The database has rolled it back, so that others can go on: a deadlock, or a failure to serialize.
    ForOthers,
    /// The connection is lost, and with it all that was not committed.
    WithConnection,
}

impl Undone {
    pub(crate) fn of(error: &sqlx::Error) -> Self {
        use sqlx::Error;

        match error {
            Error::Io(_) | Error::Tls(_) | Error::Protocol(_) | Error::WorkerCrashed => {
                Self::WithConnection
            }
            // The codes of PostgreSQL, class 40 and 08, and those of a server that ends.
            Error::Database(error) => match error.code().as_deref() {
                Some("40001" | "40P01") => Self::ForOthers,
                Some("57P01" | "57P02" | "57P03") => Self::WithConnection,
                Some(code) if code.len() == 5 && code.starts_with("08") => Self::WithConnection,
                _ => Self::Unknown,
            },
            _ => Self::Unknown,
        }
    }
}

/// Why a step was not done.
#[derive(Debug)]
pub struct Failed {
    pub(crate) error: StoreError,
    #[cfg_attr(
        not(feature = "postgres"),
        expect(dead_code, reason = "SQLite has one that writes, so no step is undone for others")
    )]
    pub(crate) undone: Undone,
}

impl From<StatementError> for Failed {
    fn from(error: StatementError) -> Self {
        let undone = error.undone();
        Self { error: error.into(), undone }
    }
}

impl From<&sqlx::Error> for Failed {
    fn from(error: &sqlx::Error) -> Self {
        Self { error: store_error(error), undone: Undone::of(error) }
    }
}
