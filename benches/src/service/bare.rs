//! The limits of a whole request: the same handler and answers without any authorization.

use axum::Router;
use axum::routing::get;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};

use super::exchange::{ANSWER, PATH};
use super::{Candidate, FORBIDDEN, FORGED, MISSING, UNCACHED};
use crate::case::Case;
use crate::material::{Algorithm, Material};
use crate::token::limit::{verify_signature, with_keys};

/// The handler alone: what a new token and a missing one are held against.
pub fn candidates() -> Vec<Candidate> {
    let open = Router::new().route(PATH, get(async || ANSWER));
    let closed = Router::new().route(PATH, get(forbidden));
    let status = [StatusCode::OK; 2];
    vec![
        Candidate { who: "limit", router: open, rows: &[UNCACHED, MISSING], refuses: status },
        Candidate {
            who: "limit",
            router: closed,
            rows: &[FORBIDDEN],
            refuses: [StatusCode::FORBIDDEN; 2],
        },
    ]
}

/// An answer of the size of a rejection.
async fn forbidden() -> impl axum::response::IntoResponse {
    let headers = [
        (CONTENT_TYPE, "application/problem+json"),
        (CACHE_CONTROL, "no-store"),
        (WWW_AUTHENTICATE, r#"Bearer realm="orders""#),
    ];
    let body = r#"{"type":"about:blank","title":"Forbidden","status":403,"code":"forbidden"}"#;
    (StatusCode::FORBIDDEN, headers, body)
}

/// Raw verification of a signature that is wrong: what a forged token is held against.
pub fn raw_refusal() -> Case {
    let material = Material::read(Algorithm::Rs256);
    let mut tokens = with_keys(&material, Algorithm::Rs256);
    for ((token, _), forged) in tokens.iter_mut().zip(material.forged) {
        *token = forged;
    }
    let mut buffer = vec![0; 8 * 1_024];
    Case::over(FORGED, "limit", tokens, move |(token, key)| {
        assert!(verify_signature(token, key, &mut buffer).is_none());
    })
}
