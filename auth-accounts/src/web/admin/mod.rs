//! What administrators do: find accounts, lock them, sign them out, assign roles and groups, read the
//! audit trail and the access review. No endpoint sets a password, and none shows a secret.

mod accounts;
mod assignments;
mod audit;
mod review;
mod tokens;

use std::net::IpAddr;

use auth_core::Router;
use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use http::StatusCode;
use serde::Deserialize;

use super::input::{Fields, Input, list, optional};
use super::{Me, Problem, no_store};
use crate::accounts::Accounts;
use crate::model::AccountId;
use crate::sign_in::Client;

/// How many entries of a list may be asked for.
const MOST: u32 = 1_000;

/// The endpoints that the settings ask for.
pub(super) fn routes(accounts: &Accounts) -> Router<Accounts> {
    let settings = &accounts.0.assigning.settings;
    let mut routes = Router::new();
    if settings.administrator.is_some() {
        routes = routes.merge(tokens::bootstrap_route());
    }
    let Some(requirement) = settings.administration else { return routes };
    let admin = accounts::routes()
        .merge(assignments::routes())
        .merge(tokens::invitation_route())
        .merge(audit::routes())
        .merge(review::routes())
        .require(requirement);
    routes.merge(admin).merge(tokens::acceptance_route())
}

fn no_account() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "not_found", "there is no such account")
}

fn account_id(text: &str) -> Result<AccountId, Problem> {
    AccountId::parse(text).map_err(|_| no_account())
}

fn query<T>(query: Result<Query<T>, QueryRejection>) -> Result<T, Problem> {
    let detail = "the query has a parameter that is not understood";
    let query = query.map_err(|_| invalid(detail))?;
    Ok(query.0)
}

fn invalid(detail: &str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "invalid_query", detail)
}

/// A time that is a number in JSON, and a text in a form.
fn time<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Time {
        Number(u64),
        Text(String),
        None(()),
    }
    match Time::deserialize(deserializer)? {
        Time::Number(seconds) => Ok(Some(seconds)),
        Time::Text(text) if text.is_empty() => Ok(None),
        Time::Text(text) => text.parse().map(Some).map_err(serde::de::Error::custom),
        Time::None(()) => Ok(None),
    }
}

/// The id of a request, and where it came from.
fn request(client: &Client) -> (Option<&str>, Option<IpAddr>) {
    (client.request_id.as_deref(), client.address)
}
