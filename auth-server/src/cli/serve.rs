//! `auth-server serve`: listens until it is asked to stop.

use std::future::Future;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use auth_accounts::secret::KeyRing;
use auth_core::web::stopped;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::IntoResponse as _;
use http::header::HOST;
use http::{Request, StatusCode, Version};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tower::ServiceExt as _;

use super::Failure;
use super::config::{Config, Listen};
use super::health::health;
use super::passkeys;
use super::setup::{self, Opened};
use super::unknown;
use crate::AuthorizationServer;
use crate::development::app;

/// Where it listens, unless the file says so.
const LISTEN: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 4_000);

/// How long requests that run may take after the program was asked to stop.
const GRACE: Duration = Duration::from_secs(10);
/// How long the head of a request may take to arrive.
const HEAD: Duration = Duration::from_secs(30);
/// How long nothing is accepted after a connection was not.
const PAUSE: Duration = Duration::from_millis(50);

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
    let server = setup::server(config, &bound.issuer, &opened, &accounts)?.build().await;
    let server = server.map_err(setup::not_made)?;
    let router = router(config, &server, &accounts, &opened)?;
    for warning in config.warnings() {
        tracing::warn!("the configuration says something to no effect: {warning}");
    }
    if config.is_in_memory() {
        tracing::warn!("everything is kept in memory: it is gone when the program stops");
    }
    announce(bound.address, &bound.issuer)?;
    run(bound.listener, router, stopped).await?;
    Ok(())
}

/// Serves without a configuration: on loopback, in memory, with users and clients that are printed to standard
/// error.
pub(crate) async fn serve_for_development(listen: Option<Listen>) -> Result<(), Failure> {
    let stopped = stopped()?;
    let config = Config { listen, ..Config::default() };
    let bound = Bound::bind(&config).await?;
    let server = AuthorizationServer::development(&bound.issuer)
        .user_with_roles("alice", "secret", ["manager"])
        .user("bob", "secret")
        .build()
        .await?;
    let all = server.router().merge(unknown::routes(server.server()));
    let router = app(all, server.accounts())?;
    write!(io::stderr(), "{}\nStop with Ctrl-C.\n", server.greeting().await?)?;
    announce(bound.address, &bound.issuer)?;
    run(bound.listener, router, stopped).await?;
    Ok(())
}

/// Says that it listens.
fn announce(address: SocketAddr, issuer: &str) -> Result<(), Failure> {
    let ready = Ready { listens: true, issuer, listen: address.to_string() };
    writeln!(io::stdout(), "{}", serde_json::to_string(&ready)?)?;
    io::stdout().flush()?;
    Ok(())
}

/// The one line on standard output.
#[derive(serde::Serialize)]
struct Ready<'a> {
    #[serde(rename = "ready")]
    listens: bool,
    issuer: &'a str,
    listen: String,
}

/// The issuer of a configuration, for commands that do not listen.
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
    let _not_served = router(config, &server, &accounts, &opened)?;
    Ok(())
}

/// Serves until `stopped` completes, and then as long as requests run, but no longer than [`GRACE`].
///
/// A connection that says nothing is closed after a while: otherwise one machine could hold all that
/// the process may have.
pub(crate) async fn run(
    listener: TcpListener,
    router: Router,
    stopped: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD);
    let connections = GracefulShutdown::new();
    let mut stopped = pin!(stopped);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stopped => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // It is gone, or there are too many: some of these end.
                tracing::warn!(%error, "a connection is not accepted");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let router = router.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let router = router.clone();
            async move {
                if !has_one_host(&request) {
                    return Ok(StatusCode::BAD_REQUEST.into_response());
                }
                let mut request = request.map(Body::new);
                request.extensions_mut().insert(ConnectInfo(peer));
                router.oneshot(request).await
            }
        });
        let connection = http.serve_connection(TokioIo::new(stream), service);
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended");
            }
        });
    }
    tracing::info!("stops: no more connections are accepted");
    drop(listener);
    if tokio::time::timeout(GRACE, connections.shutdown()).await.is_err() {
        tracing::warn!("requests that still run are given up");
    }
    Ok(())
}

/// Whether a request says once which host it is for, as HTTP/1.1 demands
/// ([RFC 9112 §3.2](https://www.rfc-editor.org/rfc/rfc9112#section-3.2)). Of two hosts, a proxy in front may have
/// read the other one.
fn has_one_host<B>(request: &Request<B>) -> bool {
    match request.headers().get_all(HOST).iter().count() {
        0 => request.version() != Version::HTTP_11,
        hosts => hosts == 1,
    }
}

/// All that is served.
fn router(
    config: &Config,
    server: &AuthorizationServer,
    accounts: &auth_accounts::Accounts,
    opened: &Opened,
) -> Result<Router, Failure> {
    let routes = server.router().merge(health(opened.authorization.clone()));
    let routes = routes.merge(unknown::routes(server));
    let routes = if config.passkeys.enabled {
        routes.merge(passkeys::routes(server, accounts))
    } else {
        routes
    };
    Ok(app(routes, accounts)?)
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_says_nothing_is_closed() {
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(run(listener, Router::new(), std::future::pending()));
        let begun = Instant::now();
        for said in ["", "GET / HTTP/1.1\r\nHost: a\r\n"] {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(said.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await.unwrap();
            assert!(!answer.starts_with(b"HTTP/1.1 200"));
        }
        assert!(begun.elapsed() < 3 * HEAD);
    }

    #[tokio::test]
    async fn a_request_without_a_host_or_with_two_is_refused() {
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", axum::routing::get(|| async {}));
        tokio::spawn(run(listener, router, std::future::pending()));
        for (request, status) in [
            ("GET / HTTP/1.1\r\nHost: a\r\n", "200"),
            ("GET / HTTP/1.1\r\n", "400"),
            ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n", "400"),
            ("GET / HTTP/1.0\r\n", "200"),
            ("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n", "400"),
        ] {
            let mut stream = TcpStream::connect(address).await.unwrap();
            let request = format!("{request}Connection: close\r\n\r\n");
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            assert_eq!(answer.get(9..12), Some(status), "{request}");
        }
    }
}
