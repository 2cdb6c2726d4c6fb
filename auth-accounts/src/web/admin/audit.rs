//! Reads the audit trail.

use auth_core::routing::get;
use auth_core::{Router, requires};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use http::header::CONTENT_TYPE;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{MOST, Problem, invalid, no_store, optional, query};
use crate::accounts::Accounts;
use crate::audit::{Anchor, AuditFormat};
use crate::model::AccountId;

/// How many records of the trail are listed at once, unless it is said.
const RECORDS: u32 = 100;

pub(super) fn routes() -> Router<Accounts> {
    Router::new().route("/admin/audit", get(records)).route("/admin/audit/chain", get(chain))
}

#[derive(Deserialize)]
struct Trail {
    #[serde(default)]
    after: u64,
    account: Option<AccountId>,
    limit: Option<u32>,
    #[serde(default, deserialize_with = "optional")]
    format: Option<String>,
}

/// The audit trail, some records at a time: as a list, or as lines to be kept.
#[requires(method = Session, max_age = "1h")]
async fn records(
    State(accounts): State<Accounts>,
    trail: Result<Query<Trail>, QueryRejection>,
) -> Result<Response, Problem> {
    let Trail { after, account, limit, format } = query(trail)?;
    let format = match format.as_deref() {
        None | Some("json") => None,
        Some("jsonl") => Some((AuditFormat::JsonLines, "application/jsonl")),
        Some("csv") => Some((AuditFormat::Csv, "text/csv; charset=utf-8; header=present")),
        Some(_) => return Err(invalid("`format` is json, jsonl or csv")),
    };
    let limit = limit.unwrap_or(RECORDS).clamp(1, MOST);
    let records = accounts.0.stores.audit.records(after, account.as_ref(), limit);
    let records = accounts.ask(records).await?;
    let Some((format, content_type)) = format else {
        let list: Vec<Value> = records.iter().map(crate::audit::to_json).collect();
        return Ok(no_store(Json(list)));
    };
    let mut text = format.header().unwrap_or_default().to_owned();
    text.extend(records.iter().map(|record| format.line(record)));
    Ok(no_store(([(CONTENT_TYPE, content_type)], text)))
}

#[derive(Deserialize)]
struct Chain {
    #[serde(default, deserialize_with = "optional")]
    anchor: Option<String>,
}

/// Whether the audit trail is as it was written.
#[requires(method = Session, max_age = "1h")]
async fn chain(
    State(accounts): State<Accounts>,
    chain: Result<Query<Chain>, QueryRejection>,
) -> Result<Response, Problem> {
    let Chain { anchor } = query(chain)?;
    let anchor = match anchor.as_deref().map(Anchor::parse) {
        Some(None) => {
            return Err(invalid("`anchor` is invalid: send the one that a check answered"));
        }
        anchor => anchor.flatten(),
    };
    let report = accounts.verify_audit(anchor).await?;
    Ok(no_store(Json(json!({
        "intact": report.intact,
        "broken": report.broken.map(|it| it.to_string()),
        "anchor": report.anchor.to_string(),
    }))))
}
