//! jwt-authorizer: verifies tokens and asks one function about their claims. Its layer is for axum
//! 0.7, so a middleware of axum 0.8 calls what that layer calls.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use http::StatusCode;
use jwt_authorizer::{AuthError, Authorizer, JwtAuthorizer, Validation};

use super::claims::Claims;
use super::runtime;
use crate::claims::{AUDIENCE, ISSUER};
use crate::material::{Algorithm, Material};
use crate::service::exchange::{ANSWER, PATH};
use crate::service::{Candidate, PEER_ROWS};

type Shared = Arc<Authorizer<Claims>>;

async fn orders(Extension(_): Extension<Claims>) -> &'static str {
    ANSWER
}

async fn authorize(State(authorizer): State<Shared>, mut request: Request, next: Next) -> Response {
    let Some(token) = authorizer.extract_token(request.headers()) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    match authorizer.check_auth(&token).await {
        Ok(data) => {
            request.extensions_mut().insert(data.claims);
            next.run(request).await
        }
        Err(AuthError::InvalidClaims()) => StatusCode::FORBIDDEN.into_response(),
        Err(_) => StatusCode::UNAUTHORIZED.into_response(),
    }
}

/// The service.
///
/// # Panics
/// If the key set does not load.
#[must_use]
pub fn service() -> Candidate {
    let jwks = Material::read(Algorithm::Rs256).jwks.to_string();
    let rules = Validation::new().iss(&[ISSUER]).aud(&[AUDIENCE]).nbf(true).leeway(30);
    let builder = JwtAuthorizer::<Claims>::from_jwks_text(&jwks);
    let authorizer = builder.validation(rules).check(Claims::suffice).build();
    let authorizer = Arc::new(runtime().block_on(authorizer).expect("a key set"));
    let layer = from_fn_with_state(authorizer, authorize);
    Candidate {
        who: "jwt-authorizer",
        router: Router::new().route(PATH, get(orders)).layer(layer),
        rows: &PEER_ROWS,
        refuses: [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN],
    }
}
