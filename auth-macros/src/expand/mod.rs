//! From meaning to code.
//!
//! The code names only paths below `auth_core::__private`, so that names in scope around it
//! do not change what it means. What it looks like is kept in the snapshots of `snapshot.rs`.

mod checks;
mod documentation;
mod function;
mod handler;
mod open;
mod predicate;
mod requirement;
mod runtime;
mod send;

pub(crate) use function::caller;
pub(crate) use handler::{Declaration, handler};
pub(crate) use predicate::predicate;
pub(crate) use requirement::value;
pub(crate) use runtime::Runtime;
