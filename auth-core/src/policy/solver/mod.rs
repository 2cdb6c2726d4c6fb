//! One solver over one formula: who meets a requirement, and what it would take.
//!
//! A requirement, in whichever form it is written, becomes a [`Formula`]: `not` is carried down to
//! the single facts, and what is known already is put in its place. [`search()`] then looks for
//! callers. All questions are put to it:
//!
//! | question | asked by |
//! |---|---|
//! | what is missing, what would help | `Missing` and `Remediation`, for a rejection ([`hypothetical`]) |
//! | which minimal sets lead in | the access matrix ([`hypothetical`]), the access map ([`minimal`]) |
//! | which roles are enough | the access map ([`is_possible`]) |
//! | which caller shows a difference | a comparison of two access maps ([`smallest`]) |
//!
//! What the solver finds is an answer to a formula; whether a caller is let in is for
//! [`evaluate()`](super::evaluate()) to say. The tests hold each against the other.

mod bit_set;
mod formula;
pub(crate) mod hypothetical;
mod minimal;
mod search;
mod witness;
mod world;

#[cfg(test)]
mod hypothetical_tests;

pub(crate) use bit_set::BitSet;
pub(crate) use formula::{Formula, Node, Tree};
pub(crate) use minimal::{Way, minimal};
pub(crate) use search::is_possible;
pub(crate) use witness::{Smallest, smallest};
pub(crate) use world::{Axis, Credential, Known, Source, World};
