//! `cargo run -p mcp-example` serves on 127.0.0.1:3000, or on the address after `--listen`, and prints a line
//! of JSON with the address for agents and the user to sign in as.

use std::error::Error;
use std::io::{self, Write as _};
use std::net::SocketAddr;

use auth_core::web::stopped;
use mcp_example::{PASSWORD, USERNAME, service};
use serde_json::json;
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).init();

    let mut arguments = std::env::args().skip(1);
    let address = match (arguments.next().as_deref(), arguments.next()) {
        (None, _) => "127.0.0.1:3000".to_owned(),
        (Some("--listen"), Some(address)) => address,
        _ => return Err("usage: mcp-example [--listen 127.0.0.1:3000]".into()),
    };
    let failed = |error| {
        format!("cannot listen on {address}: {error}; choose another address with `--listen`")
    };
    let listener = TcpListener::bind(&address).await.map_err(failed)?;
    let origin = format!("http://{}", listener.local_addr()?);
    let service = service(&origin).await?;
    let stopped = stopped()?;
    let ready = json!({
        "ready": true,
        "issuer": origin,
        "mcp": format!("{origin}/mcp"),
        "user": { "username": USERNAME, "password": PASSWORD },
    });
    writeln!(io::stdout(), "{ready}")?;

    let app = service.app.into_make_service_with_connect_info::<SocketAddr>();
    Ok(axum::serve(listener, app).with_graceful_shutdown(stopped).await?)
}
