//! Stores for [`auth_accounts`], and, behind the feature `authorization`, for `auth-server`.

#[cfg(any(feature = "memory", feature = "postgres", feature = "sqlite"))]
mod account_end;
#[cfg(feature = "authorization")]
pub mod authorization;
#[cfg(feature = "conformance")]
pub mod conformance;
#[cfg(feature = "memory")]
pub mod memory;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "redis")]
pub mod redis;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod sql;
#[cfg(feature = "sqlite")]
pub mod sqlite;

#[cfg(any(feature = "postgres", feature = "sqlite"))]
pub use sql::{SchemaError, SqlStore};

/// How many bytes a single value may have in any store: 1 MiB. A longer one is refused with
/// [`StoreError::TooLong`](auth_accounts::store::StoreError::TooLong), and nothing is changed.
pub const MAX_VALUE_BYTES: usize = 1024 * 1024;
