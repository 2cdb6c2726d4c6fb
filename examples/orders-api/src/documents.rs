//! What the service says about itself: its OpenAPI document and a page to browse it.

use std::sync::Arc;

use auth_core::access_map::OpenApiReport;
use auth_core::{AccessMap, Router, public, routing};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Redirect, Response};
use utoipa::{IntoResponses, OpenApi};
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

/// What else an endpoint with orders answers. The guard's own answers are not here: they come
/// into the document from the requirement.
#[derive(IntoResponses)]
pub enum StoreErrors {
    /// The database does not answer.
    #[response(status = 503, content_type = "text/plain")]
    Database(String),
}

/// What else an endpoint with the number of an order answers.
#[derive(IntoResponses)]
pub enum OrderErrors {
    /// The number of the order is not a number.
    #[response(status = 400, content_type = "text/plain")]
    NoNumber(String),
    /// There is no such order.
    #[response(status = 404, content_type = "text/plain")]
    NoSuchOrder(String),
    /// The database does not answer.
    #[response(status = 503, content_type = "text/plain")]
    Database(String),
}

/// What else an endpoint with a body answers.
#[derive(IntoResponses)]
pub enum BodyErrors {
    /// The body is not JSON.
    #[response(status = 400, content_type = "text/plain")]
    NotJson(String),
    /// The body is too large.
    #[response(status = 413, content_type = "text/plain")]
    TooLarge(String),
    /// The body does not say that it is JSON.
    #[response(status = 415, content_type = "text/plain")]
    NotSaid(String),
    /// The body is JSON of another form.
    #[response(status = 422, content_type = "text/plain")]
    AnotherForm(String),
    /// The database does not answer.
    #[response(status = 503, content_type = "text/plain")]
    Database(String),
}
