//! Reads the access review.

use auth_core::routing::get;
use auth_core::{Router, requires};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use http::header::{ACCEPT, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Deserialize;

use super::{Problem, invalid, no_store, optional, query};
use crate::accounts::Accounts;
use crate::review::AccessReview;

pub(super) fn routes() -> Router<Accounts> {
    Router::new().route("/admin/access-review", get(access_review))
}

#[derive(Deserialize)]
struct Format {
    #[serde(default, deserialize_with = "optional")]
    format: Option<String>,
}

/// Who can call what.
#[requires(method = Session, max_age = "1h")]
async fn access_review(
    State(accounts): State<Accounts>,
    headers: HeaderMap,
    format: Result<Query<Format>, QueryRejection>,
) -> Result<Response, Problem> {
    let Format { format } = query(format)?;
    let format = match format.as_deref() {
        Some(format @ ("json" | "csv" | "html")) => format,
        Some(_) => return Err(invalid("`format` is json, csv or html")),
        None => accepted(&headers),
    };
    let Some(map) = accounts.0.access_map.get() else {
        let detail = "the application has not given its access map to the accounts";
        return Err(Problem::new(StatusCode::NOT_FOUND, "no_access_map", detail));
    };
    let review = accounts.access_review(map).await?;
    let typed =
        |content_type: &'static str, text: String| no_store(([(CONTENT_TYPE, content_type)], text));
    Ok(match format {
        "csv" => typed("text/csv; charset=utf-8; header=present", review.to_csv()),
        "html" => {
            let mut page = typed("text/html; charset=utf-8", review.to_html());
            let policy = HeaderValue::from_static(AccessReview::CONTENT_SECURITY_POLICY);
            page.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
            page
        }
        _ => typed("application/json", review.to_json()),
    })
}

/// The format that is named first among what a client accepts; JSON, unless it is another.
fn accepted(headers: &HeaderMap) -> &'static str {
    let lines = headers.get_all(ACCEPT).iter().filter_map(|line| line.to_str().ok());
    let mut types = lines
        .flat_map(|line| line.split(','))
        .map(|part| part.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    types
        .find_map(|it| match it.as_str() {
            "application/json" => Some("json"),
            "text/html" => Some("html"),
            "text/csv" => Some("csv"),
            _ => None,
        })
        .unwrap_or("json")
}
