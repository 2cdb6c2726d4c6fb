//! Other crates at the same work, one file each.

use crate::case::Case;
use crate::material::Algorithm;
use crate::service::Candidate;

/// The decisions of the peers.
#[must_use]
pub fn decisions() -> Vec<Case> {
    Vec::new()
}

/// The verifications of the peers.
#[must_use]
pub fn verifications(_algorithm: Algorithm) -> Vec<Case> {
    Vec::new()
}

/// The services of the peers.
#[must_use]
pub fn services() -> Vec<Candidate> {
    Vec::new()
}
