//! What SQLite and PostgreSQL share: the statements, and what is made of their rows.
//!
//! Each statement is written once, in words that both databases understand; [`Dialect`] has the few
//! things in which they differ. A method of a store is one statement, or one [`Write`]: a transaction
//! that ends with the changes and the audit record in it.
//!
//! PostgreSQL runs at READ COMMITTED, so a condition is part of the statement that changes the row:
//! a statement that waited for the row checks it again. Where the condition is about other rows, the
//! transaction takes a lock first.

mod accounts;
mod api_keys;
mod assignments;
mod attempts;
mod audit;
#[cfg(feature = "authorization")]
mod authorization;
mod changes;
mod connections;
mod dialect;
mod error;
mod factors;
mod one_time;
#[cfg(all(test, feature = "sqlite"))]
mod plans;
mod row;
mod schema;
mod sessions;
mod statement;
mod step;
mod store;
mod write;

pub(crate) use connections::{Connections, Transaction};
pub(crate) use dialect::Dialect;
pub(crate) use error::store_error;
#[cfg(feature = "postgres")]
pub(crate) use error::{Failed, Undone};
pub use schema::SchemaError;
pub(crate) use step::Work;
pub use store::SqlStore;
