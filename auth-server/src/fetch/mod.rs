//! Fetches documents from addresses that others choose, without server-side request forgery.
//!
//! Only `https`, no redirects, no proxy, a few seconds, a few kilobytes, and only hosts of the public internet:
//! the resolved addresses are filtered, and these very addresses are connected to. Concurrent requests for a
//! document share one fetch. The number of fetches is limited, and each user has a share of it: documents on slow
//! hosts keep no other user from signing in.

mod address;
mod freshness;
mod lookup;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::StatusCode;
use http::header::{ACCEPT, CONTENT_TYPE};
use tokio::sync::watch;
use url::{Host, Url};

use address::is_public;
use freshness::freshness;
use lookup::{Guard, SystemLookup};

pub use lookup::Lookup;

/// How long a fetch may take, from the look-up of the name to the last byte.
const TIMEOUT: Duration = Duration::from_secs(4);
/// How many fetches run at once, but for those of the clients of the settings.
const MAX_IN_FLIGHT: usize = 32;
/// How many of them for one user who has signed in.
const MAX_OF_A_USER: usize = 4;
/// How many of them for requests of clients, of which anyone may have many.
const MAX_OF_CLIENTS: usize = 16;

/// Whom a document is fetched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FetchFor {
    /// A client of the settings: there are few of them, so that there is no limit.
    Settings,
    /// A request of another client.
    Client,
    /// This user, who has signed in.
    User(String),
}

/// How documents are fetched.
#[derive(Clone)]
pub(crate) struct FetchSettings {
    pub(crate) lookup: Arc<dyn Lookup>,
    pub(crate) allow_http_on_loopback: bool,
    /// Certificates (PEM) that are trusted besides those of the system.
    pub(crate) root_certificates: Vec<u8>,
}

impl Default for FetchSettings {
    fn default() -> Self {
        Self {
            lookup: Arc::new(SystemLookup),
            allow_http_on_loopback: false,
            root_certificates: Vec::new(),
        }
    }
}

impl fmt::Debug for FetchSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FetchSettings")
            .field("allow_http_on_loopback", &self.allow_http_on_loopback)
            .finish_non_exhaustive()
    }
}

/// Why a document was not fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("documents are not fetched from this address")]
    Address,
    #[error("too many documents are being fetched")]
    Busy,
    #[error("no complete response within the time limit")]
    Timeout,
    #[error("no connection to a host of the public internet, or its certificate is not accepted")]
    Connect,
    #[error("the connection broke")]
    Broken,
    #[error("the status of the response is not 200, but {0}")]
    Status(u16),
    #[error("the response is too long")]
    TooLarge,
    #[error("the media type of the response is not JSON")]
    MediaType,
}

/// A document, and for how many seconds it may be cached; `None`: the response does not say.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) body: Vec<u8>,
    pub(crate) fresh_for: Option<u64>,
}

/// A fetch: its address and its limit in bytes.
type Key = (String, usize);

type Outcome = Result<Arc<Document>, FetchError>;

/// A fetch that has begun.
struct InFlight {
    outcome: watch::Receiver<Option<Outcome>>,
    asker: FetchFor,
}

impl InFlight {
    /// Whether it still runs, or ended as it should.
    fn is_live(&self) -> bool {
        self.outcome.has_changed().is_ok()
    }
}

/// Fetches documents. Clones share the fetches in flight.
#[derive(Clone)]
pub(crate) struct Fetcher(Arc<Shared>);

struct Shared {
    client: reqwest::Client,
    allow_loopback: bool,
    in_flight: Mutex<HashMap<Key, InFlight>>,
}

impl Fetcher {
    /// # Errors
    /// A sentence, if the certificates cannot be read, or the client cannot be made.
    pub(crate) fn new(settings: &FetchSettings) -> Result<Self, String> {
        let certificates = reqwest::Certificate::from_pem_bundle(&settings.root_certificates)
            .map_err(|_| "the root certificates for fetched documents are no PEM".to_owned())?;
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .no_proxy()
            .timeout(TIMEOUT)
            .connect_timeout(TIMEOUT)
            // The host of a pooled connection would not be resolved again.
            .pool_max_idle_per_host(0)
            .https_only(!settings.allow_http_on_loopback)
            .user_agent(concat!("auth-server/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Arc::new(Guard {
                lookup: settings.lookup.clone(),
                allow_loopback: settings.allow_http_on_loopback,
            }));
        if !certificates.is_empty() {
            builder = builder.tls_certs_merge(certificates);
        }
        let client = builder.build().map_err(|_| {
            "the HTTP client cannot be made, most likely since there are no trusted root certificates"
                .to_owned()
        })?;
        Ok(Self(Arc::new(Shared {
            client,
            allow_loopback: settings.allow_http_on_loopback,
            in_flight: Mutex::default(),
        })))
    }

    /// The JSON document at this address, of at most so many bytes. Concurrent requests share one fetch.
    pub(crate) async fn fetch(&self, url: &str, most: usize, asker: FetchFor) -> Outcome {
        let parsed = self.0.checked(url).ok_or(FetchError::Address)?;
        let mut outcome = self.join(url, parsed, most, asker)?;
        match outcome.wait_for(Option::is_some).await {
            Ok(done) => done.clone().unwrap_or(Err(FetchError::Broken)),
            Err(_) => Err(FetchError::Broken),
        }
    }

    /// Joins the fetch in flight, or begins one. It continues if the request is cancelled.
    fn join(
        &self,
        url: &str,
        parsed: Url,
        most: usize,
        asker: FetchFor,
    ) -> Result<watch::Receiver<Option<Outcome>>, FetchError> {
        let key = (url.to_owned(), most);
        let mut in_flight = self.0.in_flight.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(fetch) = in_flight.get(&key).filter(|it| it.is_live()) {
            return Ok(fetch.outcome.clone());
        }
        in_flight.retain(|_, it| it.is_live());
        let share = match &asker {
            FetchFor::Settings => usize::MAX,
            FetchFor::Client => MAX_OF_CLIENTS,
            FetchFor::User(_) => MAX_OF_A_USER,
        };
        let is_full = asker != FetchFor::Settings && in_flight.len() >= MAX_IN_FLIGHT;
        if is_full || in_flight.values().filter(|it| it.asker == asker).count() >= share {
            return Err(FetchError::Busy);
        }
        let (sender, receiver) = watch::channel(None);
        let fetch = InFlight { outcome: receiver.clone(), asker };
        in_flight.insert(key.clone(), fetch);
        drop(in_flight);
        let shared = self.0.clone();
        tokio::spawn(async move {
            let outcome = shared.get(parsed, most).await;
            shared.in_flight.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
            if let Err(error) = &outcome {
                tracing::info!(url = key.0, %error, "a document of a client was not fetched");
            }
            sender.send_replace(Some(outcome.map(Arc::new)));
        });
        Ok(receiver)
    }
}

impl Shared {
    /// The address, if documents may be fetched from it. Host names are checked later, after they are resolved.
    fn checked(&self, url: &str) -> Option<Url> {
        let parsed = Url::parse(url).ok()?;
        let is_plain = parsed.username().is_empty()
            && parsed.password().is_none()
            && parsed.fragment().is_none();
        let (is_loopback, is_public) = match parsed.host()? {
            Host::Domain(name) => (name == "localhost", name != "localhost"),
            Host::Ipv4(it) => (it.is_loopback(), is_public(it.into())),
            Host::Ipv6(it) => (it.is_loopback(), is_public(it.into())),
        };
        let may_be_asked = match parsed.scheme() {
            "https" => is_public || (is_loopback && self.allow_loopback),
            "http" => is_loopback && self.allow_loopback,
            _ => false,
        };
        (is_plain && may_be_asked).then_some(parsed)
    }

    async fn get(&self, url: Url, most: usize) -> Result<Document, FetchError> {
        let request = self.client.get(url).header(ACCEPT, "application/json");
        let mut response = request.send().await.map_err(|it| reason(&it))?;
        // The last check, on the address that was connected to.
        let is_expected = response
            .remote_addr()
            .is_some_and(|it| is_public(it.ip()) || (self.allow_loopback && it.ip().is_loopback()));
        if !is_expected {
            return Err(FetchError::Connect);
        }
        if response.status() != StatusCode::OK {
            return Err(FetchError::Status(response.status().as_u16()));
        }
        let kind = response.headers().get(CONTENT_TYPE).and_then(|it| it.to_str().ok());
        if !kind.is_some_and(is_json) {
            return Err(FetchError::MediaType);
        }
        let fresh_for = freshness(response.headers());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|it| reason(&it))? {
            if body.len().saturating_add(chunk.len()) > most {
                return Err(FetchError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Document { body, fresh_for })
    }
}

/// `application/json`, or something more specific.
fn is_json(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

fn reason(error: &reqwest::Error) -> FetchError {
    if error.is_timeout() {
        FetchError::Timeout
    } else if error.is_connect() {
        FetchError::Connect
    } else {
        FetchError::Broken
    }
}

impl fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fetcher")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fetcher(allow_http_on_loopback: bool) -> Fetcher {
        Fetcher::new(&FetchSettings { allow_http_on_loopback, ..FetchSettings::default() }).unwrap()
    }

    #[test]
    fn an_address_is_refused_before_anything_is_sent() {
        let (strict, lenient) = (fetcher(false), fetcher(true));
        for url in [
            "",
            "http://client.example/a",
            "ftp://client.example/a",
            "file:///etc/passwd",
            "https://user@client.example/a",
            "https://client.example/a#b",
            "https://10.0.0.1/a",
            "https://0x0a000001/a",
            "https://167772161/a",
            "https://169.254.169.254/latest",
            "https://[fe80::1]/a",
            "https://[::ffff:10.0.0.1]/a",
            "http://[::ffff:127.0.0.1]/a",
        ] {
            assert!(strict.0.checked(url).is_none(), "{url}");
            assert!(lenient.0.checked(url).is_none(), "{url}");
        }
        for url in ["http://127.0.0.1:8080/a", "http://localhost/a", "https://[::1]/a"] {
            assert!(strict.0.checked(url).is_none(), "{url}");
            assert!(lenient.0.checked(url).is_some(), "{url}");
        }
        for url in ["https://client.example/a", "https://8.8.8.8/a"] {
            assert!(strict.0.checked(url).is_some(), "{url}");
        }
    }

    #[tokio::test]
    async fn a_fetch_is_shared_by_those_with_the_same_limit() {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/a", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let mut streams = Vec::new();
            for _ in 0..2 {
                let (mut stream, _) = listener.accept().await.unwrap();
                let _ = stream.read(&mut [0; 1_024]).await.unwrap();
                streams.push(stream);
            }
            for mut stream in streams {
                let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
                let answer = format!("{head}content-length: 11\r\n\r\n{{\"a\": \"bc\"}}");
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        let fetcher = fetcher(true);
        let fetch = |most| fetcher.fetch(&url, most, FetchFor::Client);
        let (short, long) = tokio::join!(fetch(10), fetch(11));
        assert_eq!(short.unwrap_err(), FetchError::TooLarge);
        assert_eq!(long.unwrap().body.len(), 11);
    }

    #[test]
    fn json_is_known_by_its_media_type() {
        for kind in ["application/json", "Application/JSON; charset=utf-8", "application/x+json"] {
            assert!(is_json(kind), "{kind}");
        }
        for kind in ["", "text/html", "text/json", "application/jsonp", "application/javascript"] {
            assert!(!is_json(kind), "{kind}");
        }
    }
}
