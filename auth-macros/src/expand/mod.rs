//! From meaning to code. What the code looks like is written down in `docs/expansion.md`'s words:
//! only paths below `auth_core::__private` are named, whatever is in scope around it.

mod documentation;
mod function;
mod handler;
mod predicate;
mod requirement;
mod runtime;
mod send;

pub(crate) use function::caller;
pub(crate) use handler::{Declaration, handler};
pub(crate) use predicate::predicate;
pub(crate) use requirement::value;
pub(crate) use runtime::Runtime;
