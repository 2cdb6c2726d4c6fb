//! An introspection endpoint that says what a test tells it to, over real HTTP.

#![expect(clippy::expect_used, reason = "a test that cannot be set up has failed")]

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth_core::time::FixedClock;
use auth_core::token::{IntrospectionVerifier, IntrospectionVerifierBuilder};
use axum::Form;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use http::{HeaderMap, Method, StatusCode, Uri};
use serde_json::{Value, json};

use crate::http::{NOW, serve};

/// What the endpoint answers.
#[derive(Clone, Debug)]
pub struct Said {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: String,
    /// How long it takes.
    pub after: Duration,
    /// How many bytes more.
    pub padding: usize,
}

/// What the endpoint was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The method.
    pub method: Method,
    /// The address.
    pub uri: Uri,
    /// All headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub body: String,
    /// The members of the form, decoded.
    pub form: Vec<(String, String)>,
}

impl Asked {
    /// The values of a member.
    #[must_use]
    pub fn all(&self, name: &str) -> Vec<&str> {
        let of_name = self.form.iter().filter(|(own, _)| own == name);
        of_name.map(|(_, value)| value.as_str()).collect()
    }
}

#[derive(Default)]
struct Memory {
    answers: Mutex<HashMap<String, Said>>,
    asked: Mutex<Vec<Asked>>,
    now: AtomicUsize,
    most: AtomicUsize,
    delay_ms: AtomicUsize,
}

/// The endpoint.
#[derive(Clone)]
pub struct Endpoint {
    address: SocketAddr,
    memory: Arc<Memory>,
}

impl Endpoint {
    /// Serves one on a port of its own. Tokens that it does not know are not active.
    pub async fn start() -> Self {
        let memory = Arc::<Memory>::default();
        let app = axum::Router::new()
            .route("/introspect", any(introspect))
            .route("/.well-known/oauth-authorization-server", any(metadata))
            .with_state(Arc::clone(&memory));
        Self { address: serve(app).await, memory }
    }

    /// Its issuer, which publishes metadata.
    #[must_use]
    pub fn issuer(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A verifier that asks here, for `https://issuer.test` and the audience `orders-api`.
    pub fn verifier(&self) -> IntrospectionVerifierBuilder {
        IntrospectionVerifier::builder()
            .issuer("https://issuer.test")
            .endpoint(format!("http://{}/introspect", self.address))
            .client_secret_basic("orders-api", "it's secret")
            .audience("orders-api")
            .clock(FixedClock::new(NOW))
    }

    /// What it answers from now on about a token.
    ///
    /// # Panics
    /// If a test panicked while it held the answers.
    pub fn say(&self, token: &str, status: u16, body: impl Into<String>) {
        let said = Said { status, body: body.into(), after: Duration::ZERO, padding: 0 };
        self.say_slowly(token, said);
    }

    /// The same, with how long it takes and how much follows.
    ///
    /// # Panics
    /// If a test panicked while it held the answers.
    pub fn say_slowly(&self, token: &str, said: Said) {
        self.memory.answers.lock().expect("the answers").insert(token.to_owned(), said);
    }

    /// Says that a token is active, for `subject` and the scope `read`.
    pub fn activate(&self, token: &str, subject: &str) {
        self.say(token, 200, active(subject).to_string());
    }

    /// How long every answer takes.
    pub fn delay(&self, milliseconds: usize) {
        self.memory.delay_ms.store(milliseconds, SeqCst);
    }

    /// What it was asked so far.
    ///
    /// # Panics
    /// If a test panicked while it held the questions.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.memory.asked.lock().expect("the questions").clone()
    }

    /// How many questions it was asked at once, at most.
    #[must_use]
    pub fn most_at_once(&self) -> usize {
        self.memory.most.load(SeqCst)
    }
}

/// The answer about an active token of `subject` with the scope `read`.
#[must_use]
pub fn active(subject: &str) -> Value {
    json!({
        "active": true, "sub": subject, "aud": "orders-api", "scope": "read",
        "client_id": "shop", "exp": NOW + 600, "iat": NOW - 10, "token_type": "Bearer",
    })
}

async fn introspect(State(memory): State<Arc<Memory>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap_or_default();
    let again = Request::from_parts(parts.clone(), Body::from(body.clone()));
    let form = <Form<Vec<(String, String)>> as axum::extract::FromRequest<()>>::from_request;
    let form = form(again, &()).await.map(|Form(form)| form).unwrap_or_default();
    let token = form.iter().find(|(name, _)| name == "token").map(|(_, value)| value.clone());
    let asked = Asked {
        method: parts.method,
        uri: parts.uri,
        headers: parts.headers,
        body: String::from_utf8_lossy(&body).into_owned(),
        form,
    };
    memory.asked.lock().expect("the questions").push(asked);
    let _present = Present::enter(&memory);
    let delay = u64::try_from(memory.delay_ms.load(SeqCst)).unwrap_or_default();
    tokio::time::sleep(Duration::from_millis(delay)).await;
    let said = memory.answers.lock().expect("the answers").get(&token.unwrap_or_default()).cloned();
    match said {
        None => (StatusCode::OK, r#"{"active":false}"#.to_owned()).into_response(),
        Some(said) => {
            tokio::time::sleep(said.after).await;
            let status = StatusCode::from_u16(said.status).expect("a status");
            let headers = [("content-type", "application/json"), ("location", "/elsewhere")];
            (status, headers, padded(said)).into_response()
        }
    }
}

/// One question among those that are being answered; also where who asked has gone away.
struct Present<'a>(&'a Memory);

impl<'a> Present<'a> {
    fn enter(memory: &'a Memory) -> Self {
        let now = memory.now.fetch_add(1, SeqCst) + 1;
        memory.most.fetch_max(now, SeqCst);
        Self(memory)
    }
}

impl Drop for Present<'_> {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, SeqCst);
    }
}

/// The body, and then spaces until someone has enough of it.
fn padded(said: Said) -> Body {
    if said.padding == 0 {
        return Body::from(said.body);
    }
    let chunk = 64 * 1024;
    let chunks = std::iter::repeat_n(Bytes::from(vec![b' '; chunk]), said.padding / chunk);
    let all = std::iter::once(Bytes::from(said.body)).chain(chunks);
    Body::from_stream(futures_util::stream::iter(all.map(Ok::<_, Infallible>)))
}

async fn metadata(headers: HeaderMap) -> impl IntoResponse {
    let host = headers.get("host").and_then(|host| host.to_str().ok()).unwrap_or_default();
    let issuer = format!("http://{host}");
    let endpoint = format!("{issuer}/introspect");
    axum::Json(json!({"issuer": issuer, "introspection_endpoint": endpoint}))
}
