//! A whole request, in process: from an `http::Request` to the last byte of the answer.

pub mod bare;
pub mod exchange;
pub mod floor;
pub mod ours;

use axum::Router;
use http::StatusCode;

use crate::case::Case;
use crate::material::{Algorithm, Material};
use exchange::{Exchange, bearer, without_credential};

/// The rows: a token seen before.
pub const CACHED: &str = "request: known token";
/// A token never seen before.
pub const UNCACHED: &str = "request: new token";
/// No token.
pub const MISSING: &str = "request: no token";
/// A token with the signature of another one: also what a flood consists of.
pub const FORGED: &str = "request: forged token";
/// A caller who lacks the role.
pub const FORBIDDEN: &str = "request: known token, role missing";

/// The rows of a peer. None of them keeps what it verified, so a known token is a new one.
pub const PEER_ROWS: [&str; 5] = [CACHED, UNCACHED, MISSING, FORGED, FORBIDDEN];

/// A service under test.
pub struct Candidate {
    /// Whose it is.
    pub who: &'static str,
    /// The service.
    pub router: Router,
    /// The rows that it takes part in.
    pub rows: &'static [&'static str],
    /// What it answers to who lacks the credential, and to who lacks the role.
    pub refuses: [StatusCode; 2],
}

/// The requests of a row with the status that they must be answered with.
#[must_use]
pub fn requests(row: &str, refuses: [StatusCode; 2]) -> (Vec<Exchange>, StatusCode) {
    let material = Material::read(Algorithm::Rs256);
    let [unknown, forbidden] = refuses;
    match row {
        CACHED | UNCACHED => (bearer(&material.tokens), StatusCode::OK),
        MISSING => (without_credential(), unknown),
        FORGED => (bearer(&material.forged), unknown),
        _ => (bearer(&material.forbidden), forbidden),
    }
}

/// Every service that is measured.
#[must_use]
pub fn candidates() -> Vec<Candidate> {
    let mut all = bare::candidates();
    all.push(floor::candidate());
    all.extend(ours::candidates());
    #[cfg(feature = "peers")]
    all.extend(crate::peers::services());
    all
}

/// Every request that is measured.
#[must_use]
pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for candidate in candidates() {
        for row in candidate.rows {
            let (requests, expected) = requests(row, candidate.refuses);
            let router = candidate.router.clone();
            cases.push(Case::over(row, candidate.who, requests, move |request| {
                request.send(&router, expected);
            }));
        }
    }
    cases.push(bare::raw_refusal());
    cases
}
