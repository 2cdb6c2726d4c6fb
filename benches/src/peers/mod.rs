//! Other crates at the same work, one file each.

pub mod aliri;
pub mod axum_gate;
pub mod claims;
pub mod jsonwebtoken;
pub mod jwt_authorizer;
pub mod protect_axum;
pub mod tower_oauth2;

use tokio::runtime::{Builder, Runtime};

use crate::case::Case;
use crate::material::Algorithm;
use crate::service::Candidate;

/// The decisions of the peers.
#[must_use]
pub fn decisions() -> Vec<Case> {
    let all = [protect_axum::decisions(), axum_gate::decisions(), aliri::decisions()];
    all.into_iter().flatten().collect()
}

/// The verifications of the peers.
#[must_use]
pub fn verifications(algorithm: Algorithm) -> Vec<Case> {
    let mut cases = jsonwebtoken::verifications(algorithm);
    cases.extend(aliri::verification(algorithm));
    cases
}

/// The services of the peers.
#[must_use]
pub fn services() -> Vec<Candidate> {
    vec![protect_axum::service(), jwt_authorizer::service(), tower_oauth2::service()]
}

/// What some of them need while they are being built.
fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}
