//! What the service says about itself: its OpenAPI document and a page to browse it.

use std::sync::Arc;

use auth_core::access_map::{AccessMap, OpenApiReport};
use auth_core::{Router, public, routing};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{Html, IntoResponse, Redirect, Response};
use utoipa::OpenApi;
use utoipa_swagger_ui::Config;

use crate::{admin, orders};

/// The handlers say what they take and answer; who may call them comes from the access map.
#[derive(OpenApi)]
#[openapi(
    info(title = "Orders", description = "Places, shows, cancels and refunds orders."),
    nest((path = "/admin", api = admin::Document))
)]
struct Document;

/// The OpenAPI document of the service, and where it and the routes differ.
pub fn open_api(map: &AccessMap) -> (utoipa::openapi::OpenApi, OpenApiReport) {
    let mut document = Document::openapi().merge_from(orders::Document::openapi());
    let report = map.apply_to(&mut document);
    (document, report)
}

/// Routes for the documents; they have nothing to do with the state of the others.
pub fn routes<S: Clone + Send + Sync + 'static>(map: &AccessMap) -> Router<S> {
    let (open_api, report) = open_api(map);
    if !report.is_complete() {
        tracing::warn!("the OpenAPI document and the routes differ:\n{report}");
    }
    Router::new()
        .route("/openapi.json", routing::get(document))
        .route("/docs", routing::get(to_page))
        .route("/docs/", routing::get(page))
        .route("/docs/{file}", routing::get(page))
        .with_state(Bytes::from(open_api.to_json().unwrap_or_default()))
}

/// A route for the page of the access map in a browser, which sends no token.
pub fn access_page<S: Clone + Send + Sync + 'static>(map: &AccessMap) -> Router<S> {
    Router::new().route("/docs/access", routing::get(browse)).with_state(Bytes::from(map.to_html()))
}

/// Who may call what, as a page.
#[public(reason = "describes the service, holds no orders")]
async fn browse(State(page): State<Bytes>) -> Html<Bytes> {
    Html(page)
}

/// The OpenAPI document.
#[public(reason = "describes the service, holds no orders")]
async fn document(State(json): State<Bytes>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], json)
}

/// The page names its files relative to a folder.
#[public(reason = "describes the service, holds no orders")]
async fn to_page() -> Redirect {
    Redirect::permanent("/docs/")
}

/// A page to browse the OpenAPI document (Swagger UI), with nothing from elsewhere in it.
#[public(reason = "describes the service, holds no orders")]
async fn page(file: Option<Path<String>>) -> Response {
    let file = file.map_or_else(|| "index.html".to_owned(), |Path(file)| file);
    let config = Config::from("/openapi.json").show_extensions(true).validator_url("none");
    match utoipa_swagger_ui::serve(&file, Arc::new(config)) {
        Ok(Some(file)) => {
            let policy =
                "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:";
            let headers =
                [(CONTENT_TYPE, file.content_type), (CONTENT_SECURITY_POLICY, policy.to_owned())];
            (headers, file.bytes.into_owned()).into_response()
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => {
            tracing::error!(error, "the page of the OpenAPI document cannot be made");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
