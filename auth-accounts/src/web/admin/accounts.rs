//! Finds accounts, locks them and signs them out.

use auth_core::routing::{get, post};
use auth_core::{Router, requires};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{MOST, Me, Problem, account_id, invalid, no_account, no_store};
use crate::accounts::Accounts;
use crate::factor::wire_name;
use crate::model::{
    Account, AccountId, AccountStatus, Assignment, AssignmentKind, ChangeKind, Email,
};
use crate::sign_in::Client;

/// How many accounts are listed at once, unless it is said.
const ACCOUNTS: u32 = 50;
/// How long a text to search for may be, in bytes.
const SEARCHED: usize = 256;

pub(super) fn routes() -> Router<Accounts> {
    Router::new()
        .route("/admin/accounts", get(list))
        .route("/admin/accounts/{id}", get(show))
        .route("/admin/accounts/{id}/lock", post(lock))
        .route("/admin/accounts/{id}/unlock", post(unlock))
        .route("/admin/accounts/{id}/sign-out", post(sign_out))
}

fn account_json(account: &Account) -> Value {
    json!({
        "id": account.id,
        "username": account.username,
        "email": account.email.as_ref().map(Email::as_str),
        "email_verified": account.email_verified_at.is_some(),
        "kind": account.kind,
        "status": account.status,
        "created_at": account.created_at,
    })
}

fn assignment_json(it: &Assignment) -> Value {
    json!({
        "kind": it.kind,
        "name": it.name,
        "origin": it.origin,
        "granted_by": it.granted_by,
        "reason": it.reason,
        "granted_at": it.granted_at,
        "expires_at": it.expires_at,
    })
}

#[derive(Deserialize)]
struct Search {
    #[serde(default)]
    query: String,
    after: Option<AccountId>,
    limit: Option<u32>,
}

/// Accounts by a part of their name or address, in the order of their ids, after one.
#[requires(method = Session, max_age = "1h")]
async fn list(
    State(accounts): State<Accounts>,
    search: Result<Query<Search>, QueryRejection>,
) -> Result<Response, Problem> {
    let Search { query, after, limit } = super::query(search)?;
    if query.len() > SEARCHED {
        return Err(invalid("the text to search for is longer than 256 bytes"));
    }
    let limit = limit.unwrap_or(ACCOUNTS).clamp(1, MOST);
    let found = accounts.0.stores.accounts.search(&query, after.as_ref(), limit);
    let found = accounts.ask(found).await?;
    Ok(no_store(Json(found.iter().map(account_json).collect::<Vec<_>>())))
}

/// An account with what it has and what it is used by.
#[requires(method = Session, max_age = "1h")]
async fn show(
    State(accounts): State<Accounts>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = account_id(&id)?;
    let stores = &accounts.0.stores;
    let now = accounts.now();
    let account = accounts.ask(stores.accounts.load(&id)).await?.ok_or_else(no_account)?;
    let assignments = accounts.ask(stores.assignments.assignments(&id, now)).await?;
    let sessions = accounts.sessions_of(&id, now).await?;
    let factors = accounts.ask(stores.factors.factors(&id)).await?;
    let keys = accounts.ask(stores.api_keys.keys(&id)).await?;
    let list = |kind: AssignmentKind| -> Vec<Value> {
        assignments.iter().filter(|it| it.kind == kind).map(assignment_json).collect()
    };
    let mut shown = account_json(&account);
    let more = json!({
        "roles": list(AssignmentKind::Role),
        "groups": list(AssignmentKind::Group),
        "sessions": sessions.iter().map(|it| json!({
            "id": it.id,
            "device": it.device,
            "carrier": it.carrier,
            "started_at": it.started_at,
            "seen_at": it.seen_at,
            "ends_at": it.ends_at,
        })).collect::<Vec<_>>(),
        "factors": factors.iter().map(|it| json!({
            "id": it.id,
            "kind": wire_name(it.kind),
            "name": it.name,
            "created_at": it.created_at,
            "last_used_at": it.last_used_at,
        })).collect::<Vec<_>>(),
        "api_keys": keys.iter().map(|it| json!({
            "id": it.id,
            "name": it.name,
            "scopes": it.scopes,
            "roles": it.roles,
            "created_at": it.created_at,
            "expires_at": it.expires_at,
            "revoked_at": it.revoked_at,
            "last_used_at": it.last_used_at,
        })).collect::<Vec<_>>(),
    });
    if let (Value::Object(shown), Value::Object(more)) = (&mut shown, more) {
        shown.extend(more);
    }
    Ok(no_store(Json(shown)))
}

/// Locks an account: none of its credentials is valid from then on.
#[requires(method = Session, max_age = "10m")]
async fn lock(
    State(accounts): State<Accounts>,
    me: Me,
    client: Client,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = account_id(&id)?;
    let refused = |detail: &str| Err(Problem::new(StatusCode::CONFLICT, "not_locked", detail));
    if id == me.account {
        return refused("you cannot lock your own account");
    }
    if accounts.is_last_administrator(&id).await? {
        return refused("it is the last administrator");
    }
    let done = set_status(&accounts, &me, &client, &id, AccountStatus::Locked).await?;
    // Two administrators who lock each other at once both see this, and both are unlocked again.
    if accounts.is_last_administrator(&id).await? {
        set_status(&accounts, &me, &client, &id, AccountStatus::Active).await?;
        return refused("it is the last administrator");
    }
    Ok(done)
}

/// Unlocks an account. Its sessions from before stay ended.
#[requires(method = Session, max_age = "10m")]
async fn unlock(
    State(accounts): State<Accounts>,
    me: Me,
    client: Client,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = account_id(&id)?;
    set_status(&accounts, &me, &client, &id, AccountStatus::Active).await
}

async fn set_status(
    accounts: &Accounts,
    me: &Me,
    client: &Client,
    id: &AccountId,
    status: AccountStatus,
) -> Result<Response, Problem> {
    let event = match status {
        AccountStatus::Active => "account_unlocked",
        AccountStatus::Locked => "account_locked",
    };
    let entry = client.entry(accounts.now(), event).by(&me.account).about(id);
    let set = accounts.ask(accounts.0.stores.accounts.set_status(id, status, &entry)).await;
    // Also after an error: the store may have done it.
    accounts.changed(&ChangeKind::Account(id.clone()));
    if !set? {
        // It may have that status already: then there is nothing to do.
        let state = accounts.ask(accounts.0.stores.accounts.state(id)).await?;
        if state.is_none() {
            return Err(no_account());
        }
    }
    Ok(no_store(StatusCode::NO_CONTENT))
}

/// Ends all sessions of an account.
#[requires(method = Session, max_age = "10m")]
async fn sign_out(
    State(accounts): State<Accounts>,
    me: Me,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id = account_id(&id)?;
    if accounts.end_all_sessions(&id, &me.account).await? {
        return Ok(no_store(StatusCode::NO_CONTENT));
    }
    Err(no_account())
}
