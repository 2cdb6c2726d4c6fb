//! Who may call which tool. Each tool has a route of its own with a guard, so that the access map has it, and a
//! call without the scope is answered with 403 and `insufficient_scope`: the agent then asks the user for more.
//!
//! A tool without a route here cannot be called: its path leads nowhere.

use auth_core::routing::{MethodRouter, get, post};
use auth_core::{Identity, Router, requires};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::{Method, StatusCode, Uri};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use serde_json::Value;
use tower::ServiceExt as _;

use crate::access::Scope;
use crate::tools::{Caller, Tools};

/// Where agents send their messages.
const PATH: &str = "/mcp";
/// What the routes of tools begin with.
const TOOLS: &str = "/mcp/tools/";
/// How many bytes a message may have.
const MAX_BYTES: usize = 1024 * 1024;

/// The protocol, behind the guards.
#[derive(Clone)]
pub(crate) struct Protocol(StreamableHttpService<Tools, LocalSessionManager>);

impl Protocol {
    pub(crate) fn new(tools: Tools) -> Self {
        // Each message is authorized by itself, so there are no sessions that could be taken over.
        let mut config = StreamableHttpServerConfig::default().with_json_response(true);
        config.legacy_session_mode = false;
        let made = move || Ok(tools.clone());
        Self(StreamableHttpService::new(made, LocalSessionManager::default().into(), config))
    }

    async fn answer(&self, caller: &Identity, mut request: Request) -> Response {
        request.extensions_mut().insert(Caller(caller.subject().to_owned()));
        *request.uri_mut() = Uri::from_static(PATH);
        self.0.handle(request).await.map(Body::new)
    }
}

/// Everything that calls no tool: the beginning, the list of tools.
#[requires(authenticated)]
async fn message(State(protocol): State<Protocol>, caller: Identity, request: Request) -> Response {
    protocol.answer(&caller, request).await
}

#[requires(scope = Scope::Read)]
async fn list_notes(
    State(protocol): State<Protocol>,
    caller: Identity,
    request: Request,
) -> Response {
    protocol.answer(&caller, request).await
}

#[requires(scope = Scope::Write)]
async fn add_note(
    State(protocol): State<Protocol>,
    caller: Identity,
    request: Request,
) -> Response {
    protocol.answer(&caller, request).await
}

/// The routes with their guards.
pub(crate) fn routes(protocol: Protocol) -> Router {
    let messages: MethodRouter<Protocol> = get(message).post(message).delete(message);
    Router::new()
        .route(PATH, messages)
        .route("/mcp/tools/list_notes", post(list_notes))
        .route("/mcp/tools/add_note", post(add_note))
        .with_state(protocol)
}

/// Routes the call of a tool to the guard of this tool. Agents cannot choose the route themselves: one that
/// posts to the route of a tool that it may call could call another one in the body.
pub(crate) fn by_tool(guarded: axum::Router) -> axum::Router {
    axum::Router::new().fallback(move |request: Request| {
        let guarded = guarded.clone();
        async move {
            match to_tool(request).await {
                Ok(request) => match guarded.oneshot(request).await {
                    Ok(response) => response,
                    Err(never) => match never {},
                },
                Err(status) => {
                    Response::builder().status(status).body(Body::empty()).unwrap_or_default()
                }
            }
        }
    })
}

async fn to_tool(request: Request) -> Result<Request, StatusCode> {
    if request.uri().path().starts_with(TOOLS) {
        return Err(StatusCode::NOT_FOUND);
    }
    if request.method() != Method::POST || request.uri().path() != PATH {
        return Ok(request);
    }
    let (mut parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MAX_BYTES).await else {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    };
    // One message, and the protocol reads what was read here: a member that is there twice is there once.
    let message: Value = serde_json::from_slice(&body).unwrap_or_default();
    let message = if message.is_object() { message } else { Value::Null };
    if message.get("method").and_then(Value::as_str) == Some("tools/call") {
        let name = message.pointer("/params/name").and_then(Value::as_str).unwrap_or_default();
        let is_name =
            !name.is_empty() && name.bytes().all(|it| it.is_ascii_lowercase() || it == b'_');
        let name = if is_name { name } else { "-" };
        let path = format!("{TOOLS}{name}");
        parts.uri = path.parse().map_err(|_| StatusCode::BAD_REQUEST)?;
    }
    parts.headers.remove(http::header::CONTENT_LENGTH);
    Ok(Request::from_parts(parts, Body::from(message.to_string())))
}
