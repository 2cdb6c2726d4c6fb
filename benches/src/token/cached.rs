//! A token that was verified before.

use std::hint::black_box;
use std::sync::Arc;

use auth_core::Authenticator;
use futures_util::FutureExt as _;
use hashbrown::HashMap;
use http::header::AUTHORIZATION;
use http::request::Parts;

use super::ours;
use crate::case::Case;
use crate::material::{Algorithm, Material};

/// The row.
pub const ROW: &str = "the same token again";

/// The head of a request with this token.
///
/// # Panics
/// Never: a token is a valid header.
#[must_use]
pub fn headers(token: &str) -> Parts {
    let request = http::Request::get("/").header(AUTHORIZATION, format!("Bearer {token}"));
    request.body(()).expect("a header").into_parts().0
}

/// Whether this authenticator knows who sent this request.
///
/// # Panics
/// If it has to wait for anything.
#[must_use]
pub fn knows(authenticator: &Authenticator, request: &Parts) -> bool {
    let outcome = authenticator.authenticate(request).now_or_never();
    black_box(outcome.expect("nothing to wait for")).is_ok()
}

/// The cases: the limit is a map from token to caller that no one else uses.
#[must_use]
pub fn cases() -> Vec<Case> {
    let tokens = Material::read(Algorithm::Rs256).tokens;
    let map: HashMap<String, Arc<String>> =
        tokens.iter().map(|token| (token.clone(), Arc::new(token.clone()))).collect();
    let limit = Case::over(ROW, "limit", tokens.clone(), move |token| {
        black_box(map.get(token).cloned()).expect("it is known");
    });

    let authenticator = ours::authenticator(Algorithm::Rs256).build().expect("an authenticator");
    let headers: Vec<Parts> = tokens.iter().map(|token| headers(token)).collect();
    let ours = Case::over(ROW, "auth-core", headers, move |headers| {
        assert!(knows(&authenticator, headers));
    });
    vec![limit, ours]
}
