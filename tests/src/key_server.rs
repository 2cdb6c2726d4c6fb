//! A server of metadata and key sets that does what a test wants, and counts.

#![expect(clippy::expect_used, reason = "a test that cannot be set up has failed")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

/// What is answered at a path.
#[derive(Clone, Debug)]
pub enum Reply {
    /// These bytes, as a whole HTTP answer.
    Raw(Vec<u8>),
    /// 304 to who knows this tag, else 200 with the tag and a body.
    Tagged(&'static str, String),
    /// Nothing for this time, then the answer.
    Late(Duration, Box<Reply>),
    /// Nothing, for ever.
    Hang,
    /// A body that never ends.
    Endless,
}

impl Reply {
    /// 200 with a body.
    #[must_use]
    pub fn ok(body: &str) -> Self {
        Self::with("200 OK", &[], body)
    }

    /// A status such as `500 Oops`, header lines and a body.
    #[must_use]
    pub fn with(status: &str, headers: &[&str], body: &str) -> Self {
        let mut head = format!("HTTP/1.1 {status}\r\nconnection: close\r\n");
        for line in headers {
            head.push_str(line);
            head.push_str("\r\n");
        }
        Self::Raw(format!("{head}content-length: {}\r\n\r\n{body}", body.len()).into_bytes())
    }

    /// An answer that breaks off in the middle of its body.
    #[must_use]
    pub fn truncated(body: &str) -> Self {
        let (half, _) = body.split_at(body.len() / 2);
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{half}", body.len());
        Self::Raw(head.into_bytes())
    }
}

#[derive(Debug, Default)]
struct State {
    replies: BTreeMap<String, Reply>,
    /// The path of each request, in the order of their arrival.
    requests: Vec<String>,
    /// The same with their headers.
    heads: Vec<String>,
}

/// The server. It ends with the runtime.
#[derive(Clone, Debug)]
pub struct KeyServer {
    origin: String,
    state: Arc<Mutex<State>>,
}

impl KeyServer {
    /// A server on a port of its own that answers 404 everywhere.
    ///
    /// # Panics
    /// If no port can be bound.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        Self::on(listener)
    }

    /// The same on a port that is bound already.
    ///
    /// # Panics
    /// If the port has no address.
    #[must_use]
    pub fn on(listener: TcpListener) -> Self {
        let address = listener.local_addr().expect("an address");
        let server = Self { origin: format!("http://{address}"), state: Arc::default() };
        let answering = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answering.clone().answer(stream));
            }
        });
        server
    }

    /// The same over TLS.
    ///
    /// # Panics
    /// If no port can be bound.
    pub async fn start_tls(acceptor: TlsAcceptor) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let server = Self { origin: format!("https://{address}"), state: Arc::default() };
        let answering = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (answering, acceptor) = (answering.clone(), acceptor.clone());
                tokio::spawn(async move {
                    // A client that does not trust the certificate hangs up.
                    if let Ok(stream) = acceptor.accept(stream).await {
                        answering.answer(stream).await;
                    }
                });
            }
        });
        server
    }

    /// The address without a path: an issuer.
    #[must_use]
    pub fn origin(&self) -> String {
        self.origin.clone()
    }

    /// The address of a path.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// Answers so from now on.
    pub fn set(&self, path: &str, reply: Reply) {
        self.state().replies.insert(path.to_owned(), reply);
    }

    /// Publishes metadata of RFC 8414 for the origin that names this key set.
    pub fn set_metadata(&self, jwks_uri: &str) {
        let metadata = format!(r#"{{"issuer":"{}","jwks_uri":"{jwks_uri}"}}"#, self.origin);
        self.set("/.well-known/oauth-authorization-server", Reply::ok(&metadata));
    }

    /// How many requests came for a path.
    #[must_use]
    pub fn hits(&self, path: &str) -> usize {
        self.state().requests.iter().filter(|request| *request == path).count()
    }

    /// The path of each request.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.state().requests.clone()
    }

    /// Each request line with its headers, whose names are in small letters.
    #[must_use]
    pub fn heads(&self) -> Vec<String> {
        self.state().heads.clone()
    }

    /// Waits until a path was asked for so many times.
    ///
    /// # Panics
    /// If that takes longer than ten seconds.
    pub async fn wait_for_hits(&self, path: &str, hits: usize) {
        let enough = async {
            while self.hits(path) < hits {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), enough).await.expect("no request came");
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics here")
    }

    async fn answer(self, mut stream: impl AsyncRead + AsyncWrite + Unpin) {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            if !matches!(stream.read_buf(&mut request).await, Ok(1..)) {
                return;
            }
        }
        let request = String::from_utf8_lossy(&request).into_owned();
        let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
        let mut reply = {
            let mut state = self.state();
            let reply = state.replies.get(&path).cloned();
            state.requests.push(path);
            state.heads.push(request.clone());
            reply.unwrap_or_else(|| Reply::with("404 Not Found", &[], ""))
        };
        while let Reply::Late(time, then) = reply {
            tokio::time::sleep(time).await;
            reply = *then;
        }
        let bytes = match reply {
            Reply::Raw(bytes) => bytes,
            Reply::Tagged(tag, body) => tagged(&request, tag, &body),
            Reply::Hang | Reply::Late(..) => return std::future::pending().await,
            Reply::Endless => return endless(stream).await,
        };
        // The client may have hung up.
        let _ = stream.write_all(&bytes).await;
        let _ = stream.shutdown().await;
    }
}

fn tagged(request: &str, tag: &str, body: &str) -> Vec<u8> {
    let known = request.lines().any(|line| {
        let header = line.split_once(": ");
        header
            .is_some_and(|(name, value)| name.eq_ignore_ascii_case("if-none-match") && value == tag)
    });
    let etag = format!("etag: {tag}");
    let reply = if known {
        Reply::with("304 Not Modified", &[&etag], "")
    } else {
        Reply::with("200 OK", &[&etag], body)
    };
    match reply {
        Reply::Raw(bytes) => bytes,
        _ => Vec::new(),
    }
}

async fn endless(mut stream: impl AsyncWrite + Unpin) {
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
    let mut written = stream.write_all(head.as_bytes()).await;
    while written.is_ok() {
        written = stream.write_all(chunk.as_bytes()).await;
    }
}
