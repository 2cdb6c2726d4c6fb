//! A small orders service whose every endpoint is guarded by one attribute.
//!
//! `cargo run -p orders-api` starts it with a development issuer, prints tokens and the
//! `curl` lines to try them with, and serves until it is stopped. `cargo run -p orders-api -- access`
//! writes who may call what, and `-- explain` what becomes of a token from standard input.

use std::io::{self, Write};
use std::process::ExitCode;

use auth_core::web::stopped;
use orders_api::error::StartError;
use orders_api::issuer::Issuer;
use orders_api::settings::{Command, Settings};
use orders_api::store::Store;
use orders_api::{accounts, explain, greeting, issuer, listing, service};
use tokio::net::TcpListener;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(io::stderr)
        .finish()
        .with(log_filter())
        .init();
    let settings = match Settings::read() {
        Ok(settings) => settings,
        Err(answer) => return answer.print(),
    };
    match run(settings).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing can be done if even standard error is closed.
            let _ = writeln!(io::stderr(), "orders-api: {error}");
            ExitCode::from(1)
        }
    }
}

async fn run(settings: Settings) -> Result<(), StartError> {
    let explain_at = settings.explain.then_some(explain::PATH);
    match settings.command {
        Some(Command::Access { format }) => {
            let issuer = Issuer::name_of(&settings, settings.listen).await?;
            let (routes, _) =
                service::routes(&settings.resource(settings.listen), &issuer, explain_at)?;
            return print(&listing::text(&service::access_map(&routes), format));
        }
        Some(Command::Explain) => {
            let issuer = Issuer::of(&settings, settings.listen).await?;
            let resource = settings.resource(settings.listen);
            let (_, metadata) = service::routes(&resource, issuer.name(), explain_at)?;
            let authenticator =
                issuer.authenticator(&resource, settings.error_detail(), &metadata)?;
            let token = io::read_to_string(io::stdin()).map_err(StartError::Input)?;
            return print(&authenticator.diagnose(&token).await.to_string());
        }
        None => {}
    }
    let store = Store::open(&settings.database).await?;
    let listen = |source| StartError::Listen { address: settings.listen, source };
    let listener = TcpListener::bind(settings.listen).await.map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    let issuer = Issuer::of(&settings, address).await?;
    let resource = settings.resource(address);
    let (routes, metadata) = service::routes(&resource, issuer.name(), explain_at)?;
    let builder = issuer.builder(&resource, settings.error_detail(), &metadata)?;
    let (routes, builder) = match &issuer {
        Issuer::Development(server) => (
            routes.merge(accounts::routes(server)),
            server.accounts().schemes(builder).methods(issuer::WITH_STAFF),
        ),
        Issuer::Own { .. } => (routes, builder),
    };
    let authenticator = issuer::built(builder)?;
    let routes = if explain_at.is_some() {
        routes.merge(explain::routes(authenticator.clone()))
    } else {
        routes
    };
    let app = routes.with_state(store).protect(authenticator)?;
    let stopped = stopped().map_err(StartError::Stop)?;
    print(&greeting::text(address, &settings, &issuer, &metadata).await?)?;
    axum::serve(listener, app).with_graceful_shutdown(stopped).await.map_err(StartError::Serve)
}

/// What is logged: `ORDERS_LOG`, as in `info,auth_core=debug`; `info` if it is not set or unreadable.
fn log_filter() -> Targets {
    let wanted = std::env::var("ORDERS_LOG").ok().and_then(|text| text.parse().ok());
    wanted.unwrap_or_else(|| Targets::new().with_default(tracing::Level::INFO))
}

fn print(text: &str) -> Result<(), StartError> {
    io::stdout().write_all(text.as_bytes()).map_err(StartError::Output)
}
