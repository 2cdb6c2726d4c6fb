//! Who may call what, as a page for a browser, which sends no token.

use auth_core::access_map::AccessMap;
use auth_core::{Router, public, routing};
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Html;

/// A route for the page; it has nothing to do with the state of the others.
pub fn routes<S: Clone + Send + Sync + 'static>(map: &AccessMap) -> Router<S> {
    Router::new().route("/docs/access", routing::get(browse)).with_state(Bytes::from(map.to_html()))
}

/// Who may call what, as a page.
#[public(reason = "describes the service, holds no orders")]
async fn browse(State(page): State<Bytes>) -> Html<Bytes> {
    Html(page)
}
