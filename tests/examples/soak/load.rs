//! The callers: those with a good token, who must always be let in, and those without.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::sync::watch;

/// How many requests were answered.
#[derive(Debug, Default)]
pub(crate) struct Count {
    pub(crate) let_in: AtomicU64,
    pub(crate) refused: AtomicU64,
    /// Answers that should not have been.
    pub(crate) wrong: AtomicU64,
}

/// Calls for ever, one request after the other.
pub(crate) async fn call(
    shop: SocketAddr,
    newest: watch::Receiver<String>,
    caller: u64,
    count: Arc<Count>,
) -> Result<(), reqwest::Error> {
    let http = reqwest::Client::builder().no_proxy().build()?;
    let url = format!("http://{shop}/me");
    let mut number = 0_u64;
    loop {
        number += 1;
        let token = newest.borrow().clone();
        let bad = match number % 4 {
            0 => Some(unknown_key(&token, caller, number)),
            1 => Some(forged(&token)),
            _ => None,
        };
        let good = bad.is_none();
        let request = http.get(&url).bearer_auth(bad.unwrap_or(token));
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        let body = answer.text().await?;
        match (good, status) {
            (true, 200) => count.let_in.fetch_add(1, Relaxed),
            (false, 401 | 503) => count.refused.fetch_add(1, Relaxed),
            _ => {
                tracing::error!(good, status, body, "a wrong answer");
                count.wrong.fetch_add(1, Relaxed)
            }
        };
    }
}

/// The token with a `kid` that was never seen before.
fn unknown_key(token: &str, caller: u64, number: u64) -> String {
    let header = format!(r#"{{"alg":"RS256","typ":"at+jwt","kid":"{caller}-{number}"}}"#);
    let rest = token.split_once('.').map_or("", |(_, rest)| rest);
    format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header))
}

/// The token with the signature of nobody.
fn forged(token: &str) -> String {
    let unsigned = token.rsplit_once('.').map_or("", |(unsigned, _)| unsigned);
    format!("{unsigned}.{}", URL_SAFE_NO_PAD.encode([0x5a; 256]))
}
