//! A small bank behind an OpenID provider of your own: it needs the provider's name and its own, and
//! finds the rest. The README beside it shows how to try it with the provider of the tests.

use std::error::Error;
use std::io::{self, Write as _};
use std::process::ExitCode;

use auth_core::revocation::RevocationList;
use oidc::settings::Settings;
use oidc::{authentication, bank};
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
    let listener = TcpListener::bind(settings.listen)
        .await
        .map_err(|error| format!("cannot listen on {}: {error}", settings.listen))?;
    let address = format!("http://{}", listener.local_addr()?);
    let origin = settings.origin.as_deref().unwrap_or(&address);
    let revocations = RevocationList::default();
    let authenticator = authentication::authenticator(&settings, origin, revocations.clone())?;
    let app = bank::routes(revocations).protect(authenticator)?;
    tracing::info!(address, "listens");
    Ok(axum::serve(listener, app).await?)
}
