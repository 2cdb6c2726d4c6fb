//! jwt-authorizer: a layer that verifies tokens and asks one function about their claims.

use axum::Router;
use axum::routing::get;
use http::StatusCode;
use jwt_authorizer::{IntoLayer as _, JwtAuthorizer, JwtClaims, Validation};

use super::claims::Claims;
use super::runtime;
use crate::claims::{AUDIENCE, ISSUER};
use crate::material::{Algorithm, Material};
use crate::service::exchange::{ANSWER, PATH};
use crate::service::{Candidate, PEER_ROWS};

async fn orders(JwtClaims(_): JwtClaims<Claims>) -> &'static str {
    ANSWER
}

/// The service.
///
/// # Panics
/// If the key set does not load.
#[must_use]
pub fn service() -> Candidate {
    let jwks = Material::read(Algorithm::Rs256).jwks.to_string();
    let rules = Validation::new().iss(&[ISSUER]).aud(&[AUDIENCE]).nbf(true).leeway(30);
    let authorizer =
        JwtAuthorizer::<Claims>::from_jwks_text(&jwks).validation(rules).check(Claims::suffice);
    let authorizer = runtime().block_on(authorizer.build()).expect("a key set");
    Candidate {
        who: "jwt-authorizer",
        router: Router::new().route(PATH, get(orders)).layer(authorizer.into_layer()),
        rows: &PEER_ROWS,
        refuses: [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN],
    }
}
