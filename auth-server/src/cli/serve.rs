//! `auth-server serve`: listens until it is asked to stop.

use std::future::Future;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use auth_accounts::secret::KeyRing;
use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::Failure;
use super::config::{self, Config};
use super::health::health;
use super::setup::{self, Opened};
use crate::AuthorizationServer;
use crate::development::app;

/// Where it listens, unless the file says so.
const LISTEN: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 4_000);

/// How long requests that run may take after the program was asked to stop.
const GRACE: Duration = Duration::from_secs(10);

/// The server of a configuration, bound to its address.
pub(crate) struct Bound {
    pub(crate) listener: TcpListener,
    pub(crate) address: SocketAddr,
    pub(crate) issuer: String,
}

impl Bound {
    /// Binds the address of the configuration. Without an issuer, the issuer is the address that it got.
    pub(crate) async fn bind(config: &Config) -> Result<Self, Failure> {
        let listen = config.listen.map_or(LISTEN, |it| it.0);
        let failed = |error: io::Error| format!("`listen`: cannot listen on {listen}: {error}");
        let listener = TcpListener::bind(listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let issuer = config.issuer.clone().unwrap_or_else(|| format!("http://{address}"));
        Ok(Self { listener, address, issuer })
    }
}

/// Serves a configuration until the process is asked to stop.
pub(crate) async fn serve(config: &Config) -> Result<(), Failure> {
    // From here on a signal is heard, also while the server starts.
    let stopped = stopped()?;
    let bound = Bound::bind(config).await?;
    let opened = Opened::open(config).await?;
    let accounts = setup::accounts(config, &bound.issuer, &opened)?;
    setup::provide_users(config, &accounts).await?;
    let server = setup::server(config, &bound.issuer, &opened, &accounts)?.build().await?;
    let router = router(&server, &accounts, &opened)?;
    if config.is_in_memory() {
        tracing::warn!("everything is kept in memory: it is gone when the program stops");
    }
    announce(bound.address, &bound.issuer)?;
    run(bound.listener, router, stopped).await?;
    Ok(())
}

/// Serves without a configuration: on loopback, in memory, with users and clients that are printed to standard
/// error.
pub(crate) async fn serve_for_development(listen: Option<SocketAddr>) -> Result<(), Failure> {
    let stopped = stopped()?;
    let listen = listen.unwrap_or(LISTEN);
    let config = Config { listen: Some(config::Listen(listen)), ..Config::default() };
    let bound = Bound::bind(&config).await?;
    let server = AuthorizationServer::development(&bound.issuer)
        .user_with_roles("alice", "secret", ["manager"])
        .user("bob", "secret")
        .build()
        .await?;
    let router = server.app()?;
    write!(io::stderr(), "{}\nStop with Ctrl-C.\n", server.greeting().await?)?;
    announce(bound.address, &bound.issuer)?;
    run(bound.listener, router, stopped).await?;
    Ok(())
}

/// Says that it listens.
fn announce(address: SocketAddr, issuer: &str) -> Result<(), Failure> {
    let ready = Ready { ready: true, issuer, listen: address.to_string() };
    writeln!(io::stdout(), "{}", serde_json::to_string(&ready)?)?;
    io::stdout().flush()?;
    Ok(())
}

/// The one line on standard output.
#[derive(serde::Serialize)]
struct Ready<'a> {
    ready: bool,
    issuer: &'a str,
    listen: String,
}

/// The issuer of a configuration, for who does not listen.
pub(crate) fn default_issuer(config: &Config) -> String {
    let address = config.listen.map_or(LISTEN, |it| it.0);
    config.issuer.clone().unwrap_or_else(|| format!("http://{address}"))
}

/// Makes the server of a configuration in memory, to see what is wrong, without opening anything.
pub(crate) async fn check(config: &Config) -> Result<(), Failure> {
    let opened = Opened::in_memory(KeyRing::ephemeral());
    let issuer = default_issuer(config);
    let accounts = setup::accounts(config, &issuer, &opened)?;
    let server = setup::server(config, &issuer, &opened, &accounts)?.build().await?;
    router(&server, &accounts, &opened)?;
    Ok(())
}

/// Serves until `stopped` completes, and then as long as requests run, but no longer than [`GRACE`].
pub(crate) async fn run(
    listener: TcpListener,
    router: Router,
    stopped: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (stopping, asked) = oneshot::channel();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(async move {
        stopped.await;
        tracing::info!("stops: no more connections are accepted");
        let _ = stopping.send(());
    });
    let mut serving = pin!(serving.into_future());
    tokio::select! {
        done = &mut serving => return done,
        _ = asked => {}
    }
    if tokio::time::timeout(GRACE, serving).await.is_err() {
        tracing::warn!("requests that still run are given up");
    }
    Ok(())
}

/// All that is served.
fn router(
    server: &AuthorizationServer,
    accounts: &auth_accounts::Accounts,
    opened: &Opened,
) -> Result<Router, Failure> {
    Ok(app(server.router().merge(health(opened.authorization.clone())), accounts)?)
}

/// Completes when the process is asked to stop: Ctrl-C or SIGTERM. It listens from here on, not
/// only once someone waits for it.
#[cfg(unix)]
fn stopped() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupted.recv() => (),
            _ = terminated.recv() => (),
        }
    })
}

/// Completes when the process is asked to stop by Ctrl-C.
#[cfg(not(unix))]
fn stopped() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
