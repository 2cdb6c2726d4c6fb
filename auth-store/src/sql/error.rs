//! What the errors of a database mean for who asked.

use auth_accounts::store::StoreError;

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
