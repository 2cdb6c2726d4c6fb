//! From syntax to meaning: what was written is checked here, and becomes what `expand` writes down.

mod caller;
mod conflicts;
pub(crate) mod duration;
pub(crate) mod handler;
pub(crate) mod methods;
pub(crate) mod open;
pub(crate) mod predicate;
pub(crate) mod requirement;

pub(crate) use caller::Caller;
pub(crate) use requirement::{Factor, Method, Name, NameValue, Policy, Requirement};
