//! `cargo run -p tenants` serves with a development issuer, on the address given as its argument
//! or on 127.0.0.1:3000, and prints tokens and the `curl` lines to try them with.

use std::error::Error;
use std::io::{self, Write};

use auth_core::testing::TestIssuer;
use tenants::store::Store;
use tenants::{greeting, service};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).init();

    // Instead of it, in earnest: `JwtVerifier::builder().issuer(..).audience(..).discover()`.
    let issuer = TestIssuer::new("http://127.0.0.1/development-issuer", "tenants")?;
    let app = service(Store::in_memory().await?, issuer.verifier().build()?)?;

    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address).await?;
    io::stdout().write_all(greeting::text(listener.local_addr()?, &issuer)?.as_bytes())?;
    Ok(axum::serve(listener, app).await?)
}
