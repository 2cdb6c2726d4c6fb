//! The host of documents of clients.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{Request, StatusCode};
use serde_json::{Value, json};

type Answers = Arc<dyn Fn(&str) -> Response + Send + Sync>;

/// A host of documents on loopback. It counts how often it is asked.
#[derive(Clone)]
pub(crate) struct DocumentHost {
    pub(crate) origin: String,
    answers: Arc<Mutex<Answers>>,
    hits: Arc<AtomicUsize>,
    slow: Arc<Mutex<std::time::Duration>>,
}

impl DocumentHost {
    /// A host that has a good document at each path.
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let own = origin.clone();
        let answers: Answers =
            Arc::new(move |path: &str| json_answer(&document(&format!("{own}{path}"))));
        let host = Self {
            origin,
            answers: Arc::new(Mutex::new(answers)),
            hits: Arc::default(),
            slow: Arc::default(),
        };
        let app = axum::Router::new().fallback(answer).with_state(host.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        host
    }

    /// The address of the document at a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// From now on it answers so.
    pub(crate) fn answer(&self, answers: impl Fn(&str) -> Response + Send + Sync + 'static) {
        *self.answers.lock().unwrap() = Arc::new(answers);
    }

    /// From now on it answers with this JSON.
    pub(crate) fn publish(&self, value: Value) {
        self.answer(move |_| json_answer(&value));
    }

    /// From now on it takes so long to answer.
    pub(crate) fn delay(&self, time: std::time::Duration) {
        *self.slow.lock().unwrap() = time;
    }

    /// How often it was asked.
    pub(crate) fn hits(&self) -> usize {
        self.hits.load(Ordering::SeqCst)
    }
}

async fn answer(State(host): State<DocumentHost>, request: Request<Body>) -> Response {
    host.hits.fetch_add(1, Ordering::SeqCst);
    let slow = *host.slow.lock().unwrap();
    if !slow.is_zero() {
        tokio::time::sleep(slow).await;
    }
    let answers = host.answers.lock().unwrap().clone();
    answers(request.uri().path())
}

/// The document of a good public client.
pub(crate) fn document(client_id: &str) -> Value {
    json!({
        "client_id": client_id,
        "client_name": "Example Agent",
        "client_uri": "https://agent.example.com/",
        "logo_uri": "https://agent.example.com/logo.png",
        "redirect_uris": [super::CALLBACK, "http://localhost/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "scope": "openid read write",
        "unheard_of": [1, 2, 3],
    })
}

/// A good document with other members.
pub(crate) fn document_with(client_id: &str, changes: Value) -> Value {
    let mut document = document(client_id);
    let Value::Object(changes) = changes else { panic!("{changes} is no object") };
    for (name, value) in changes {
        document[name] = value;
    }
    document
}

pub(crate) fn json_answer(value: &Value) -> Response {
    (StatusCode::OK, [("content-type", "application/json")], value.to_string()).into_response()
}
