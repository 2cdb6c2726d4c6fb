//! tower-oauth2-resource-server: a layer that verifies tokens. What a caller may do is the
//! handler's own affair.

use axum::routing::get;
use axum::{Extension, Router};
use http::StatusCode;
use tower_oauth2_resource_server::server::OAuth2ResourceServer;
use tower_oauth2_resource_server::tenant::TenantConfiguration;
use tower_oauth2_resource_server::validation::ClaimsValidationSpec;

use super::claims::Claims;
use super::jsonwebtoken::Backend;
use super::runtime;
use crate::claims::{AUDIENCE, ISSUER};
use crate::material::{Algorithm, Material};
use crate::service::exchange::{ANSWER, PATH};
use crate::service::{Candidate, PEER_ROWS};

async fn orders(Extension(claims): Extension<Claims>) -> Result<&'static str, StatusCode> {
    if claims.suffice() { Ok(ANSWER) } else { Err(StatusCode::FORBIDDEN) }
}

/// The service.
///
/// # Panics
/// If the key set does not load.
#[must_use]
pub fn service() -> Candidate {
    Backend::AwsLc.choose();
    let audiences = vec![AUDIENCE.to_owned()];
    let tenant =
        TenantConfiguration::static_builder(Material::read(Algorithm::Rs256).jwks.to_string())
            .audiences(&audiences)
            .claims_validation(ClaimsValidationSpec::recommended(ISSUER, &audiences).nbf(true))
            .build()
            .expect("a key set");
    let server = OAuth2ResourceServer::<Claims>::builder().add_tenant(tenant).build();
    let server = runtime().block_on(server).expect("a server");
    Candidate {
        who: "tower-oauth2-resource-server",
        router: Router::new().route(PATH, get(orders)).layer(server.into_layer()),
        rows: &PEER_ROWS,
        refuses: [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN],
    }
}
