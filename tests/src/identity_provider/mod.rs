//! A certified OpenID provider (`tests/identity-provider`) as a process of its own, and what a client
//! does to get tokens from it.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot be set up has failed")]

mod dpop;
mod login;
pub mod shop;
mod token_request;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

pub use dpop::DpopKey;
pub use login::Login;
pub use token_request::{Form, TokenResponse, basic};

/// What every token but one is for.
pub const AUDIENCE: &str = "https://api.test";
/// The resource whose access tokens are opaque; its audience is [`AUDIENCE`].
pub const OPAQUE: &str = "https://api.test/opaque";
/// The resource whose access tokens live for five seconds; its audience is [`AUDIENCE`].
pub const BRIEF: &str = "https://api.test/brief";
/// The client that may ask about opaque tokens, with its secret: neither survives HTTP Basic without
/// being form-encoded first.
pub const API_CLIENT: (&str, &str) = ("api:test", "half:100% + a/b=c&d");
/// The same for `client_secret_post`.
pub const API_POST_CLIENT: (&str, &str) = ("api-post", "post:100% + a/b=c&d");

/// A running provider. It ends when it is dropped, and with the process that started it.
#[derive(Debug)]
pub struct IdentityProvider {
    process: Child,
    issuer: String,
    http: reqwest::Client,
}

impl IdentityProvider {
    /// Starts a provider on a free port and waits until it is ready. The first time ever, this
    /// installs what it needs.
    ///
    /// # Panics
    /// If it does not come up.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts a provider on this port of the loopback interface.
    ///
    /// # Panics
    /// If it does not come up.
    #[must_use]
    pub fn start_on(address: SocketAddr) -> Self {
        Self::start_with(&["--port", &address.port().to_string()])
    }

    fn start_with(arguments: &[&str]) -> Self {
        let run = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("identity-provider/run");
        let mut process = Command::new(&run)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", run.display()));
        let mut line = String::new();
        let stdout = process.stdout.take().expect("standard output");
        BufReader::new(stdout).read_line(&mut line).expect("the ready line");
        let ready: Value = serde_json::from_str(&line)
            .unwrap_or_else(|_| panic!("the identity provider did not start: {line:?}"));
        let issuer = ready.get("issuer").and_then(Value::as_str).expect("an issuer").to_owned();
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(20))
            .no_proxy()
            .build()
            .expect("a client");
        Self { process, issuer, http }
    }

    /// Its name, to compare with `iss`, and where its metadata is.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Its key set as it is now.
    ///
    /// # Panics
    /// If it cannot be fetched.
    pub async fn jwks(&self) -> String {
        let answer = self.http.get(format!("{}/jwks", self.issuer)).send().await;
        answer.expect("an answer").text().await.expect("a key set")
    }

    /// New keys sign from now on; the old ones stay published.
    pub async fn rotate(&self) {
        self.control("rotate", &json!({})).await;
    }

    /// The next keys are published; the old ones still sign until [`rotate`](Self::rotate).
    pub async fn announce(&self) {
        self.control("rotate", &json!({"announce": true})).await;
    }

    /// Only the keys that sign are published.
    pub async fn withdraw(&self) {
        self.control("withdraw", &json!({})).await;
    }

    /// Answers wrongly from now on: `path` is `jwks`, `metadata`, `introspection` or `all`, `mode`
    /// is in the README of the provider. The mode `none` ends it.
    pub async fn fault(&self, path: &str, mode: &str) {
        self.control("fault", &json!({"path": path, "mode": mode})).await;
    }

    /// How long the key set may be kept, in seconds.
    pub async fn cache_for(&self, seconds: u64) {
        self.control("cache", &json!({"max_age": seconds, "etag": true})).await;
    }

    /// How many requests came for a path since the start.
    ///
    /// # Panics
    /// If the provider is gone.
    pub async fn hits(&self, path: &str) -> u64 {
        let answer = self.http.get(format!("{}/_test/hits", self.issuer)).send().await;
        let hits: BTreeMap<String, u64> =
            answer.expect("an answer").json().await.expect("the hits");
        hits.get(path).copied().unwrap_or(0)
    }

    async fn control(&self, door: &str, body: &Value) {
        let request = self.http.post(format!("{}/_test/{door}", self.issuer)).json(body);
        let answer = request.send().await.expect("an answer");
        let status = answer.status();
        assert!(status.is_success(), "{door}: {status} {:?}", answer.text().await);
    }
}

impl Drop for IdentityProvider {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
