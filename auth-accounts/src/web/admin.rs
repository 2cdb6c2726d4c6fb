//! What administrators do: find accounts, lock them, sign them out, assign roles and groups, read the
//! audit trail and the access review. No endpoint sets a password, and none shows a secret.

use std::net::IpAddr;

use auth_core::routing::{get, post, put};
use auth_core::{Router, requires};
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use http::header::{ACCEPT, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::input::{Fields, Input, list, optional};
use super::{Me, Problem, no_store};
use crate::accounts::Accounts;
use crate::assignment::{AssignmentError, ByHand, Invitation};
use crate::audit::{Anchor, AuditFormat};
use crate::factor::wire_name;
use crate::model::{
    Account, AccountId, AccountStatus, Assignment, AssignmentKind, ChangeKind, Email,
};
use crate::review::AccessReview;
use crate::secret::{Digest, SecretText};
use crate::sign_in::Client;
use crate::store::Limit;

/// How many accounts are listed at once, unless it is said.
const ACCOUNTS: u32 = 50;
/// The same for records of the trail.
const RECORDS: u32 = 100;
/// How many of them may be asked for.
const MOST: u32 = 1_000;
/// How long a text to search for may be, in bytes.
const SEARCHED: usize = 256;
/// For how long an invitation is valid, unless it is said.
const INVITED_SECONDS: u64 = 7 * 24 * 60 * 60;

/// How often an account may try out tokens.
const TOKENS: Limit = Limit { attempts: 10, window_seconds: 60 * 60 };

/// The endpoints that the settings ask for.
pub(super) fn routes(accounts: &Accounts) -> Router<Accounts> {
    let settings = &accounts.0.assigning.settings;
    let mut routes = Router::new();
    if settings.administrator.is_some() {
        routes = routes.route("/admin/bootstrap", post(bootstrap));
    }
    let Some(requirement) = settings.administration else { return routes };
    let admin = Router::new()
        .route("/admin/accounts", get(list_accounts))
        .route("/admin/accounts/{id}", get(show_account))
        .route("/admin/accounts/{id}/lock", post(lock))
        .route("/admin/accounts/{id}/unlock", post(unlock))
        .route("/admin/accounts/{id}/sign-out", post(sign_out))
        .route("/admin/accounts/{id}/roles/{role}", put(assign_role).delete(withdraw_role))
        .route("/admin/accounts/{id}/groups/{group}", put(assign_group).delete(withdraw_group))
        .route("/admin/invitations", post(invite))
        .route("/admin/audit", get(audit))
        .route("/admin/audit/chain", get(audit_chain))
        .route("/admin/access-review", get(access_review))
        .require(requirement);
    routes.merge(admin).route("/invitations/accept", post(accept_invitation))
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

impl From<AssignmentError> for Problem {
    fn from(error: AssignmentError) -> Self {
        let (status, code) = match error {
            AssignmentError::Store(error) => return error.into(),
            AssignmentError::MayNotAssign => (StatusCode::FORBIDDEN, "may_not_assign"),
            AssignmentError::UnknownName => (StatusCode::NOT_FOUND, "unknown_name"),
            AssignmentError::NoAccount => return no_account(),
            AssignmentError::NotHeld => (StatusCode::NOT_FOUND, "not_held"),
            AssignmentError::LastAdministrator => (StatusCode::CONFLICT, "last_administrator"),
            AssignmentError::InvalidReason => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_reason"),
            AssignmentError::EndsInThePast => {
                (StatusCode::UNPROCESSABLE_ENTITY, "ends_in_the_past")
            }
        };
        Self::new(status, code, error.to_string())
    }
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
async fn list_accounts(
    State(accounts): State<Accounts>,
    search: Result<Query<Search>, QueryRejection>,
) -> Result<Response, Problem> {
    let Search { query, after, limit } = self::query(search)?;
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
async fn show_account(
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
        return refused("nobody locks their own account");
    }
    if accounts.is_last_administrator(&id).await? {
        return refused("it is the last administrator");
    }
    let done = set_status(&accounts, &me, &client, &id, AccountStatus::Locked).await?;
    // Another may have been locked or have lost the role meanwhile: of both, neither is then.
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

#[derive(Deserialize)]
struct Assigned {
    reason: String,
    #[serde(default, deserialize_with = "time")]
    expires_at: Option<u64>,
}

impl Fields for Assigned {
    const EXPECTED: &'static str = "`reason`: text, `expires_at` (optional): seconds since 1970";
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

#[derive(Deserialize)]
struct Withdrawal {
    reason: Option<String>,
}

/// Why something is withdrawn of which nobody says why.
const WITHDRAWN: &str = "withdrawn by an administrator";

/// Assigns a role by hand.
#[requires(method = Session, max_age = "10m")]
async fn assign_role(
    State(accounts): State<Accounts>,
    me: Me,
    client: Client,
    Path((id, role)): Path<(String, String)>,
    input: Input<Assigned>,
) -> Result<Response, Problem> {
    let change = Change { me: &me, client: &client, kind: AssignmentKind::Role, name: &role };
    change.assign(&accounts, &account_id(&id)?, &input.fields).await
}

/// Puts an account into a group by hand.
#[requires(method = Session, max_age = "10m")]
async fn assign_group(
    State(accounts): State<Accounts>,
    me: Me,
    client: Client,
    Path((id, group)): Path<(String, String)>,
    input: Input<Assigned>,
) -> Result<Response, Problem> {
    let change = Change { me: &me, client: &client, kind: AssignmentKind::Group, name: &group };
    change.assign(&accounts, &account_id(&id)?, &input.fields).await
}

/// Withdraws a role that was assigned by hand.
#[requires(method = Session, max_age = "10m")]
async fn withdraw_role(
    State(accounts): State<Accounts>,
    me: Me,
    client: Client,
    Path((id, role)): Path<(String, String)>,
    why: Result<Query<Withdrawal>, QueryRejection>,
) -> Result<Response, Problem> {
    let change = Change { me: &me, client: &client, kind: AssignmentKind::Role, name: &role };
    change.withdraw(&accounts, &account_id(&id)?, query(why)?.reason).await
}

/// Takes an account out of a group that it was put into by hand.
#[requires(method = Session, max_age = "10m")]
async fn withdraw_group(
    State(accounts): State<Accounts>,
    me: Me,
    client: Client,
    Path((id, group)): Path<(String, String)>,
    why: Result<Query<Withdrawal>, QueryRejection>,
) -> Result<Response, Problem> {
    let change = Change { me: &me, client: &client, kind: AssignmentKind::Group, name: &group };
    change.withdraw(&accounts, &account_id(&id)?, query(why)?.reason).await
}

/// What is to be changed, and by whom.
struct Change<'a> {
    me: &'a Me,
    client: &'a Client,
    kind: AssignmentKind,
    name: &'a str,
}

impl Change<'_> {
    fn by_hand<'a>(&'a self, account: &'a AccountId, reason: &'a str) -> ByHand<'a> {
        let Self { me, client, kind, name } = *self;
        let (request_id, source) = request(client);
        ByHand { actor: &me.account, account, kind, name, reason, request_id, source }
    }

    async fn assign(
        &self,
        accounts: &Accounts,
        account: &AccountId,
        Assigned { reason, expires_at }: &Assigned,
    ) -> Result<Response, Problem> {
        accounts.assign(&self.by_hand(account, reason), *expires_at).await?;
        Ok(no_store(StatusCode::NO_CONTENT))
    }

    async fn withdraw(
        &self,
        accounts: &Accounts,
        account: &AccountId,
        reason: Option<String>,
    ) -> Result<Response, Problem> {
        let reason = reason.as_deref().unwrap_or(WITHDRAWN);
        accounts.withdraw(&self.by_hand(account, reason)).await?;
        Ok(no_store(StatusCode::NO_CONTENT))
    }
}

#[derive(Deserialize)]
struct Token {
    token: SecretText,
}

impl Fields for Token {
    const EXPECTED: &'static str = "`token`: text";
}

/// Counts a token before it is looked at, so that nobody fills the trail with wrong ones.
async fn count_token(accounts: &Accounts, me: &Me) -> Result<(), Problem> {
    let key = Digest::of(&[b"token of an administrator", me.account.as_str().as_bytes()]);
    let counted = accounts.count(&key, TOKENS).await?;
    counted.map_err(|too_many| Problem::too_many(too_many, accounts.now()))
}

/// Makes the caller the first administrator.
#[requires(method = Session, max_age = "10m")]
async fn bootstrap(
    State(accounts): State<Accounts>,
    me: Me,
    client: Client,
    input: Input<Token>,
) -> Result<Response, Problem> {
    count_token(&accounts, &me).await?;
    let (request_id, source) = request(&client);
    let token = &input.fields.token;
    if accounts.bootstrap(&me.account, token, request_id, source).await? {
        return Ok(no_store(StatusCode::NO_CONTENT));
    }
    let detail = "the token is not valid, or there is an administrator already";
    Err(Problem::new(StatusCode::FORBIDDEN, "invalid_token", detail))
}

#[derive(Deserialize)]
struct Invited {
    #[serde(default, deserialize_with = "list")]
    roles: Vec<String>,
    #[serde(default, deserialize_with = "list")]
    groups: Vec<String>,
    reason: String,
    #[serde(default, deserialize_with = "time")]
    expires_at: Option<u64>,
    #[serde(default, deserialize_with = "time")]
    valid_seconds: Option<u64>,
}

impl Fields for Invited {
    const EXPECTED: &'static str = "`roles` and `groups`: lists of texts, `reason`: text, \
         `expires_at` (optional): seconds since 1970, `valid_seconds` (optional): number";
}

/// Makes a token that gives roles and groups to the account that accepts it.
#[requires(method = Session, max_age = "10m")]
async fn invite(
    State(accounts): State<Accounts>,
    me: Me,
    input: Input<Invited>,
) -> Result<Response, Problem> {
    let Invited { roles, groups, reason, expires_at, valid_seconds } = input.fields;
    let roles = roles.into_iter().map(|name| (AssignmentKind::Role, name));
    let groups = groups.into_iter().map(|name| (AssignmentKind::Group, name));
    let names = roles.chain(groups).collect();
    let invitation = Invitation { by: me.account, names, reason, expires_at };
    let token = accounts.invite(&invitation, valid_seconds.unwrap_or(INVITED_SECONDS)).await?;
    let body = Json(json!({ "token": token.expose() }));
    Ok(no_store((StatusCode::CREATED, body)))
}

/// Gives the caller what an invitation names.
#[requires(method = Session)]
async fn accept_invitation(
    State(accounts): State<Accounts>,
    me: Me,
    input: Input<Token>,
) -> Result<Response, Problem> {
    count_token(&accounts, &me).await?;
    if accounts.accept_invitation(&me.account, &input.fields.token).await? {
        return Ok(no_store(StatusCode::NO_CONTENT));
    }
    Err(Problem::new(StatusCode::FORBIDDEN, "invalid_token", "the invitation is not valid"))
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
async fn audit(
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
async fn audit_chain(
    State(accounts): State<Accounts>,
    chain: Result<Query<Chain>, QueryRejection>,
) -> Result<Response, Problem> {
    let Chain { anchor } = query(chain)?;
    let anchor = match anchor.as_deref().map(Anchor::parse) {
        Some(None) => return Err(invalid("`anchor` is none that a check has given")),
        anchor => anchor.flatten(),
    };
    let report = accounts.verify_audit(anchor).await?;
    Ok(no_store(Json(json!({
        "intact": report.intact,
        "broken": report.broken.map(|it| it.to_string()),
        "anchor": report.anchor.to_string(),
    }))))
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

/// The id of a request, and where it came from.
fn request(client: &Client) -> (Option<&str>, Option<IpAddr>) {
    (client.request_id.as_deref(), client.address)
}
