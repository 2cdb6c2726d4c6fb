//! Which tokens this service accepts: everything that it knows of its provider.

use std::error::Error;

use auth_core::binding::Dpop;
use auth_core::revocation::RevocationList;
use auth_core::token::IntrospectionVerifier;
use auth_core::{Authenticator, JwtVerifier};

use crate::access::Names;
use crate::settings::Settings;

/// The authenticator for these settings. `origin` is where clients expect to be.
pub fn authenticator(
    settings: &Settings,
    origin: &str,
    revocations: RevocationList,
) -> Result<Authenticator, Box<dyn Error>> {
    // The keys are found through the issuer's metadata (RFC 8414), and kept fresh.
    let signed = JwtVerifier::builder()
        .issuer(&settings.issuer)
        .audience(&settings.audience)
        .discover()
        .build()?;
    let mut authenticator = Authenticator::builder()
        .vocabulary::<Names>()
        .verifier(signed)
        .revocations(revocations)
        .dpop(Dpop::builder(origin).build()?);
    tracing::info!(
        issuer = settings.issuer,
        audience = settings.audience,
        "accepts signed tokens, by the keys of the issuer",
    );
    tracing::info!(origin, "accepts tokens that are bound by DPoP, with a proof");
    if let Some(client) = &settings.client {
        let opaque = IntrospectionVerifier::builder()
            .issuer(&settings.issuer)
            .audience(&settings.audience)
            .discover()
            .client_secret_basic(&client.id, &client.secret)
            .client_id_as_subject()
            .build()?;
        authenticator = authenticator.verifier(opaque);
        tracing::info!(client = client.id, "accepts opaque tokens, by what the issuer says");
    }
    Ok(authenticator.build()?)
}
