//! From a name and a proof to a session.

mod begin;
mod complete;
mod interim;
mod pending;
mod visit;

pub(crate) use begin::Begun;
pub(crate) use complete::TooMany;
pub(crate) use interim::Client;
pub(crate) use pending::{NewPending, Pending};
pub(crate) use visit::{Unusable, Visit};
