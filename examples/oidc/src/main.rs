//! A small bank behind an OpenID provider of your own: it needs the provider's name and its own, and
//! fetches the rest. The README beside it shows how to try it with the provider of the tests.

use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;

use auth_core::{Authenticator, JwtVerifier, RevocationList};
use oidc::settings::Settings;
use oidc::{access, bank};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            EnvFilter::try_from_env("OIDC_LOG").unwrap_or_else(|_| EnvFilter::new("info")),
        )
        .with_writer(io::stderr)
        .init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing can be done if even standard error is closed.
            let _ = writeln!(io::stderr(), "oidc: {error}");
            ExitCode::from(1)
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let settings = Settings::read()?;
    let revocations = RevocationList::default();
    let app = bank::routes(revocations.clone()).protect(authenticator(&settings, revocations)?)?;
    let listener = TcpListener::bind(settings.listen).await?;
    tracing::info!(
        address = %listener.local_addr()?,
        issuer = settings.issuer,
        audience = settings.audience,
        "tokens of this issuer for this audience are believed",
    );
    Ok(axum::serve(listener, app).await?)
}

/// Who is believed: the keys are found through the issuer's metadata (RFC 8414) and kept fresh.
fn authenticator(
    settings: &Settings,
    revocations: RevocationList,
) -> Result<Authenticator, Box<dyn Error>> {
    let verifier = JwtVerifier::builder()
        .issuer(&settings.issuer)
        .audience(&settings.audience)
        .discover()
        .build()?;
    Ok(Authenticator::builder()
        .vocabulary::<access::Names>()
        .verifier(verifier)
        .revocations(revocations)
        .build()?)
}
