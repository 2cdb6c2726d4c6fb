//! What the program answers at `/`, and at unknown addresses.

use auth_core::routing::get;
use auth_core::{Router, public};
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::header::ACCEPT;
use http::{HeaderMap, StatusCode};
use serde_json::json;

use crate::AuthorizationServer;
use crate::pages::{ErrorPage, Then, document, page};
use crate::wire::no_store;

/// The page at `/` and at the issuer, and the answer for all unknown addresses.
pub(super) fn routes(server: &AuthorizationServer) -> Router {
    let router = Router::<AuthorizationServer>::new().route("/", get(front)).fallback(unknown);
    let router = match server.0.issuer.path() {
        "" => router,
        path => router.route(path, get(front)),
    };
    router.with_state(server.clone())
}

/// Where the metadata is ([RFC 8414 §3](https://www.rfc-editor.org/rfc/rfc8414#section-3)).
fn metadata(server: &AuthorizationServer) -> String {
    let issuer = &server.0.issuer;
    format!("{}/.well-known/oauth-authorization-server{}", issuer.origin(), issuer.path())
}

#[public(reason = "says no more than the metadata")]
async fn front(State(server): State<AuthorizationServer>, headers: HeaderMap) -> Response {
    let metadata = metadata(&server);
    if !is_browser(&headers) {
        return no_store(axum::Json(json!({ "issuer": server.issuer(), "metadata": metadata })));
    }
    let html = document(&*server.0.pages, "Authorization server", |out| {
        out.raw(
            "<p>Applications send you here to sign in. There is nothing to do on this page.</p>",
        );
        out.raw("<p class=\"hint\">For their developers: <a href=\"").text(&metadata);
        out.raw("\">the metadata of the server</a>.</p>");
    });
    page(StatusCode::OK, html, &Then::Nowhere, Vec::new())
}

#[public(reason = "says no more than the metadata")]
async fn unknown(State(server): State<AuthorizationServer>, headers: HeaderMap) -> Response {
    let (status, code, text) =
        (StatusCode::NOT_FOUND, "not_found", "the server has nothing at this address");
    if !is_browser(&headers) {
        let body =
            json!({ "error": code, "error_description": text, "metadata": metadata(&server) });
        return no_store((status, axum::Json(body)).into_response());
    }
    let html = server.0.pages.error(&ErrorPage { status, code, text });
    page(status, html, &Then::Nowhere, Vec::new())
}

/// Whether the request accepts HTML by its name, as those of browsers do and those of programs do not.
fn is_browser(headers: &HeaderMap) -> bool {
    let values = headers.get_all(ACCEPT).iter().filter_map(|it| it.to_str().ok());
    let mut kinds = values.flat_map(|it| it.split(',')).map(|it| it.split(';').next());
    kinds.any(|it| it.is_some_and(|it| it.trim().eq_ignore_ascii_case("text/html")))
}
