//! axum: the guard in front of a handler, routing that demands one, and the answers.

mod check;
mod guard;
mod rejection;

pub use check::{Check, CheckOutcome, GuardPolicy, NamedCheck};
pub use guard::{Guard, Public};
