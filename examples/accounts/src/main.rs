//! `cargo run -p accounts-example` starts it on SQLite, prints where it is, a token for the first
//! administrator and `curl` lines, and serves until it is stopped.

use std::io::{self, Write as _};
use std::process::ExitCode;

use accounts_example::error::StartError;
use accounts_example::settings::{Origins, Settings};
use accounts_example::{greeting, seed, service};
use auth_core::web::stopped;
use clap::Parser as _;
use tokio::net::TcpListener;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

#[tokio::main]
async fn main() -> ExitCode {
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    tracing_subscriber::registry().with(lines).with(levels()).init();
    match run(Settings::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing can be done if even standard error is closed.
            let _ = writeln!(io::stderr(), "accounts-example: {error}");
            ExitCode::from(1)
        }
    }
}

/// What is logged: `RUST_LOG`, such as `debug` or `info,auth_core=trace`.
fn levels() -> Targets {
    let said = std::env::var("RUST_LOG").ok().and_then(|it| it.parse().ok());
    said.unwrap_or_else(|| Targets::new().with_default(tracing::Level::INFO))
}

async fn run(settings: Settings) -> Result<(), StartError> {
    let failed = |source| StartError::Listen { address: settings.listen, source };
    let listener = TcpListener::bind(settings.listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let origins = Origins::new(settings.origin.as_deref(), address);
    let origin = origins.own.as_str();
    let opened = service::open(&settings).await?;
    let accounts = service::accounts(&opened, origin, &settings)?;
    if settings.seed {
        seed::seed(&accounts).await?;
    }
    let app = service::protected(&accounts, opened.notes, origins.other.as_slice())?;
    let bootstrap = accounts.bootstrap_token().await?;
    let text = if settings.json {
        greeting::json(address, bootstrap.as_ref())
    } else {
        greeting::text(origin, bootstrap.as_ref(), settings.seed)
    };
    io::stdout().write_all(text.as_bytes())?;
    let app = app.into_make_service_with_connect_info::<std::net::SocketAddr>();
    axum::serve(listener, app).with_graceful_shutdown(stopped()?).await?;
    // What is written in batches: when sessions and keys were last used.
    if let Err(error) = accounts.flush().await {
        tracing::warn!(%error, "when sessions and keys were last used is lost");
    }
    Ok(())
}
