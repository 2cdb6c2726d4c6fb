//! The decision itself.

use super::Requirement;
use crate::vocabulary::GrantSet;

/// What is known of a caller when the decision is made.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// What the caller holds.
    pub grants: &'a GrantSet,
    /// How the caller logged in.
    pub acr: Option<&'a str>,
    /// When the caller logged in, in seconds since 1970.
    pub auth_time: Option<u64>,
    /// The time, in seconds since 1970.
    pub now: u64,
    /// The answers of the checks that ran.
    pub checks: CheckAnswers,
}

/// The answers of the checks of one policy, by slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CheckAnswers {
    known: u64,
    yes: u64,
}

/// Whether a requirement is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is met.
    Met,
    /// It is not met.
    Unmet,
    /// It depends on checks that did not run yet.
    Undecided,
}

/// Whether the facts meet the requirement.
#[must_use]
pub fn evaluate(_requirement: &Requirement, _facts: &Facts<'_>) -> Verdict {
    Verdict::Unmet
}
