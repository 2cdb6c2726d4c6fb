//! The service guarded by auth-core: with known tokens, and with none that is known.

use auth_core::routing::get;
use auth_core::{Router, requires};
use http::StatusCode;

use super::exchange::{ANSWER, PATH};
use super::{CACHED, Candidate, FORBIDDEN, FORGED, MISSING, UNCACHED};
use crate::access::{Role, Scope};
use crate::material::Algorithm;
use crate::token::ours::authenticator;

/// The measured handler.
#[requires(role = Manager, scope = Read)]
async fn orders() -> &'static str {
    ANSWER
}

/// The service; `cache` is how many tokens it may know.
///
/// # Panics
/// Never: the vocabulary holds the names of the handler.
pub fn router(cache: Option<usize>) -> axum::Router {
    let builder = authenticator(Algorithm::Rs256);
    let builder = match cache {
        None => builder,
        Some(entries) => builder.token_cache(entries),
    };
    let authenticator = builder.build().expect("an authenticator");
    Router::new().route(PATH, get(orders)).protect(authenticator).expect("its names are known")
}

/// The services of auth-core.
pub fn candidates() -> Vec<Candidate> {
    let refuses = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN];
    let candidate = |router, rows| Candidate { who: "auth-core", router, rows, refuses };
    vec![
        candidate(router(None), &[CACHED, MISSING, FORGED, FORBIDDEN]),
        candidate(router(Some(0)), &[UNCACHED]),
    ]
}
