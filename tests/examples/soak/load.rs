//! The callers: those with a good token, who must always be let in, and those without.

use std::io::{Write as _, stderr};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use auth_tests::identity_provider::{AUDIENCE, DpopKey, IdentityProvider, OPAQUE};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::sync::watch;
use tokio::time::sleep;

/// How long a caller thinks between two requests: many of them leave the processor something.
const PAUSE: Duration = Duration::from_millis(2);

/// What came of the requests.
#[derive(Debug, Default)]
pub(crate) struct Count {
    pub(crate) let_in: AtomicU64,
    pub(crate) refused: AtomicU64,
    /// Answers that should not have been.
    pub(crate) wrong: AtomicU64,
    /// The longest time, in milliseconds, that a caller with a known key waited since it was read.
    pub(crate) slowest: AtomicU64,
}

/// A client of the shop.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    url: String,
    count: Arc<Count>,
}

impl Client {
    pub(crate) fn new(shop: SocketAddr, count: &Arc<Count>) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self { http, url: format!("http://{shop}/me"), count: Arc::clone(count) })
    }

    /// Comes again and again with a token of a key that is known: let in at once, every time.
    pub(crate) async fn regular(self, newest: watch::Receiver<String>) -> reqwest::Result<()> {
        loop {
            let (token, start) = (newest.borrow().clone(), Instant::now());
            self.call("regular", &token, &[200]).await?;
            let waited = start.elapsed().as_millis().try_into().unwrap_or(u64::MAX);
            self.count.slowest.fetch_max(waited, Relaxed);
            sleep(PAUSE).await;
        }
    }

    /// Comes with a token that was never seen before. Whether an opaque one is valid cannot always be
    /// determined.
    pub(crate) async fn newcomer(self, provider: Arc<IdentityProvider>) -> reqwest::Result<()> {
        loop {
            self.call("newcomer", &provider.machine_token(AUDIENCE).await, &[200]).await?;
            self.call("opaque", &provider.machine_token(OPAQUE).await, &[200, 503]).await?;
            sleep(PAUSE).await;
        }
    }

    /// Comes with a token that is bound to its key (RFC 9449), and then once more with the same proof.
    pub(crate) async fn bound(self, provider: Arc<IdentityProvider>) -> reqwest::Result<()> {
        loop {
            let key = DpopKey::generate();
            let token = provider.client_credentials("machine-dpop", AUDIENCE, Some(&key)).await;
            for _ in 0..5 {
                let proof = key.proof("GET", &self.url, Some(&token.access_token), None);
                for (who, right) in [("bound", 200), ("replayed", 401)] {
                    let request = self.http.get(&self.url).header("dpop", &proof);
                    let scheme = format!("DPoP {}", token.access_token);
                    self.send(who, request.header("authorization", scheme), &[right]).await?;
                }
                sleep(PAUSE).await;
            }
        }
    }

    /// Comes with invented keys and signatures.
    pub(crate) async fn stranger(self, newest: watch::Receiver<String>) -> reqwest::Result<()> {
        for number in 0_u64.. {
            let token = newest.borrow().clone();
            self.call("unknown key", &unknown_key(&token, number), &[401, 503]).await?;
            self.call("forged", &forged(&token), &[401]).await?;
            self.call("invented", &format!("invented-{number}"), &[401, 503]).await?;
            sleep(PAUSE).await;
        }
        Ok(())
    }

    async fn call(&self, who: &str, token: &str, right: &[u16]) -> reqwest::Result<()> {
        self.send(who, self.http.get(&self.url).bearer_auth(token), right).await
    }

    async fn send(
        &self,
        who: &str,
        request: reqwest::RequestBuilder,
        right: &[u16],
    ) -> reqwest::Result<()> {
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let body = answer.text().await?;
        if !right.contains(&status) {
            self.count.wrong.fetch_add(1, Relaxed);
            // Nothing can be done if even standard error is closed; the count says it again.
            let _ = writeln!(stderr(), "{who}: {status} {body}");
        } else if status == 200 {
            self.count.let_in.fetch_add(1, Relaxed);
        } else {
            self.count.refused.fetch_add(1, Relaxed);
        }
        Ok(())
    }
}

/// The token with a `kid` that was never seen before.
fn unknown_key(token: &str, number: u64) -> String {
    let header = format!(r#"{{"alg":"RS256","typ":"at+jwt","kid":"unheard-of-{number}"}}"#);
    let rest = token.split_once('.').map_or("", |(_, rest)| rest);
    format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header))
}

/// The token with an invented signature.
fn forged(token: &str) -> String {
    let unsigned = token.rsplit_once('.').map_or("", |(unsigned, _)| unsigned);
    format!("{unsigned}.{}", URL_SAFE_NO_PAD.encode([0x5a; 256]))
}
