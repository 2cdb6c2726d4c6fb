//! A server on a port of its own, and a client that sends exact bytes.

#![expect(clippy::expect_used, reason = "a test that cannot be set up has failed")]

use std::net::SocketAddr;
use std::time::Duration;

use auth_core::Authenticator;
use auth_core::testing::TestIssuer;
use auth_core::time::FixedClock;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub use crate::shop::{Permission, Role, Scope};

/// The time of every test, in seconds since 1970.
pub const NOW: u64 = 1_800_000_000;

/// An issuer and its clock.
///
/// # Panics
/// If no key can be generated.
#[must_use]
pub fn issuer() -> (TestIssuer, FixedClock) {
    let clock = FixedClock::new(NOW);
    let issuer = TestIssuer::new("https://issuer.test", "orders-api").expect("a key");
    (issuer.with_clock(clock.clone()), clock)
}

/// An authenticator for the tokens of an issuer.
///
/// # Panics
/// If the builder is wrong.
#[must_use]
pub fn authenticator(issuer: &TestIssuer) -> Authenticator {
    Authenticator::builder()
        .vocabulary::<(Role, Permission, Scope)>()
        .verifier(issuer.verifier().build().expect("a verifier"))
        .build()
        .expect("an authenticator")
}

/// Serves an application on a port of its own.
///
/// # Panics
/// If no port can be bound.
pub async fn serve(app: axum::Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// Serves an application that knows the address of its peer.
///
/// # Panics
/// If no port can be bound.
pub async fn serve_with_peers(app: axum::Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// An answer as it came over the wire.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Name in lower case, and value.
    pub headers: Vec<(String, String)>,
    /// The body, not decoded if it is chunked.
    pub body: String,
    /// Everything, as it came.
    pub raw: Vec<u8>,
}

impl Answer {
    /// Every value of a header.
    #[must_use]
    pub fn all(&self, name: &str) -> Vec<&str> {
        let of_name = self.headers.iter().filter(|(own, _)| own == name);
        of_name.map(|(_, value)| value.as_str()).collect()
    }

    /// The only value of a header, empty if there is none.
    ///
    /// # Panics
    /// If there are several.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        let values = self.all(name);
        assert!(values.len() < 2, "{name} is there more than once: {values:?}");
        values.first().copied().unwrap_or_default()
    }

    /// The body as JSON, null if it is none.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    fn parse(raw: Vec<u8>) -> Self {
        let text = String::from_utf8_lossy(&raw).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        let status = status.and_then(|status| status.parse().ok()).unwrap_or(0);
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let body = body.to_owned();
        Self { status, headers, body, raw }
    }
}

/// Sends exactly these bytes and reads until the server closes or is quiet.
///
/// # Panics
/// If the server cannot be reached.
pub async fn send_raw(address: SocketAddr, request: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    // The server may answer and close before it has read everything.
    let _ = stream.write_all(request).await;
    let mut raw = Vec::new();
    let quiet = Duration::from_secs(3);
    while let Ok(Ok(1..)) = tokio::time::timeout(quiet, stream.read_buf(&mut raw)).await {}
    Answer::parse(raw)
}

/// Sends a request without a body; `headers` are whole lines.
pub async fn send(address: SocketAddr, method: &str, path: &str, headers: &[&str]) -> Answer {
    let mut request = format!("{method} {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n");
    for header in headers {
        request.push_str(header);
        request.push_str("\r\n");
    }
    request.push_str("\r\n");
    send_raw(address, request.as_bytes()).await
}

/// Sends a request with a bearer token.
pub async fn send_as(address: SocketAddr, method: &str, path: &str, token: &str) -> Answer {
    send(address, method, path, &[&format!("authorization: Bearer {token}")]).await
}
