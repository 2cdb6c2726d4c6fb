//! Verification of a token: its signature, its claims, the names it grants.

pub mod cached;
pub mod limit;
pub mod ours;

use crate::case::Case;
use crate::material::Algorithm;

/// The row of an algorithm.
#[must_use]
pub const fn row(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Rs256 => "verify RS256",
        Algorithm::Es256 => "verify ES256",
        Algorithm::EdDsa => "verify EdDSA",
        Algorithm::Hs256 => "verify HS256",
    }
}

/// The verifications of one row.
#[must_use]
pub fn verifications(wanted: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for algorithm in Algorithm::ALL.into_iter().filter(|algorithm| row(*algorithm) == wanted) {
        cases.push(limit::case(algorithm));
        cases.push(ours::case(algorithm));
        #[cfg(feature = "peers")]
        cases.extend(crate::peers::verifications(algorithm));
    }
    cases
}

/// Every verification that is measured.
#[must_use]
pub fn cases() -> Vec<Case> {
    let rows = Algorithm::ALL.into_iter().map(row);
    rows.flat_map(verifications).chain(cached::cases()).collect()
}
