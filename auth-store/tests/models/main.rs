//! What an authorization server asks of a store at once, in the interleavings that `shuttle` tries.
//!
//! The source of the stores on SQL runs here as it is, statement for statement, on a database that keeps the
//! rules of PostgreSQL at READ COMMITTED and whose transactions wait for each other as `shuttle` says. The
//! store in memory needs no model: each of its methods is one step under one lock.
//!
//! A database with a mistake, which has another text in the place of a part of a statement, shows that the
//! model finds it.

#![cfg(test)]

#[expect(dead_code, reason = "the model needs no accounts")]
#[path = "../../src/account_end.rs"]
mod account_end;
#[expect(dead_code, unreachable_pub, reason = "the model needs a part of it")]
#[path = "../../src/authorization/mod.rs"]
mod authorization;
mod database;
mod lives;
#[expect(dead_code, reason = "the model needs a part of it")]
mod sql;

pub(crate) use auth_store::MAX_VALUE_BYTES;
