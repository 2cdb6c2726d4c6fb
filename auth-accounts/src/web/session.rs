//! Who am I, and my sessions.

use std::collections::BTreeSet;

use auth_core::routing::{delete, get};
use auth_core::{Identity, Method, Router, requires};
use axum::Json;
use axum::extract::{FromRequestParts, Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::request::Parts;
use serde::Serialize;

use super::{Problem, no_store, sign_in, sign_out};
use crate::accounts::Accounts;
use crate::factor::wire_name;
use crate::model::{
    AccountId, AssignmentKind, Carrier, FactorId, ProvedFactor, SessionId, SessionRecord,
};
use crate::secret::Digest;
use crate::session::{SignedIn, is_multi_factor};
use crate::sign_in::Devices;

pub(super) fn routes() -> Router<Accounts> {
    root().route("/sessions", get(sessions)).route("/sessions/{id}", delete(end_session))
}

/// Who am I, alone.
pub(super) fn root() -> Router<Accounts> {
    Router::new().route("/", get(who_am_i))
}

/// A caller by a session of these accounts.
#[derive(Clone, Debug)]
pub(crate) struct Me {
    /// Whose session it is.
    pub(crate) account: AccountId,
    /// Which session.
    pub(crate) session: SessionId,
    /// What the session is found by.
    pub(crate) digest: Digest,
    /// How it is carried.
    pub(crate) carrier: Carrier,
    /// The accounts that were used on the device before.
    pub(crate) devices: Devices,
}

impl Me {
    /// The session of this caller as it is in the store.
    pub(crate) async fn load(&self, accounts: &Accounts) -> Result<SessionRecord, Problem> {
        let load = accounts.0.stores.sessions.load(&self.digest, accounts.now());
        let stored = accounts.ask(load).await?;
        stored.map(|it| it.record).ok_or_else(session_is_over)
    }
}

impl FromRequestParts<Accounts> for Me {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, accounts: &Accounts) -> Result<Self, Response> {
        // The guard has asked already: this is a look-up.
        let caller = <Identity as FromRequestParts<Accounts>>::from_request_parts(parts, accounts);
        let caller = caller.await.map_err(IntoResponse::into_response)?;
        let is_ours = caller.method() == Method::Session && caller.issuer() == accounts.issuer();
        let secret = accounts.carried_session(&parts.headers);
        let found = is_ours.then(|| {
            let account = AccountId::parse(caller.subject()).ok()?;
            let session = SessionId::parse(caller.session_id()?).ok()?;
            let (digest, carrier) = secret?;
            let devices = Devices::of(accounts, &parts.headers);
            Some(Self { account, session, digest, carrier, devices })
        });
        let me = found.flatten().ok_or_else(|| session_is_over().into_response())?;
        parts
            .extensions
            .insert(SessionOfRequest { accounts: accounts.clone(), session: me.digest });
        Ok(me)
    }
}

/// The session of a request whose body is not there yet.
///
/// The guard decides by the head of a request. Its body can come much later: an attacker who delays it until the
/// owner has signed out, which is what owners do about a thief, would still change something.
#[derive(Clone)]
pub(super) struct SessionOfRequest {
    accounts: Accounts,
    session: Digest,
}

impl SessionOfRequest {
    /// Rejects if the session has ended since.
    pub(super) async fn demand_still(&self) -> Result<(), Problem> {
        let is_signed_in = self.accounts.is_signed_in(&self.session).await?;
        if is_signed_in { Ok(()) } else { Err(session_is_over()) }
    }
}

pub(super) fn session_is_over() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "session_over", "sign in")
}

/// Answers a request whose session got another secret: by cookie, or in the body for a program that
/// carries a token. `other` is the answer apart from that.
pub(crate) fn renewed(accounts: &Accounts, signed_in: &SignedIn, other: Response) -> Response {
    if signed_in.record.carrier == Carrier::Token {
        return sign_in::signed_in(accounts, signed_in);
    }
    let mut response = no_store(other);
    sign_in::add_session_cookie(accounts, signed_in, &mut response);
    response
}

#[derive(Serialize)]
struct Factor<'a> {
    kind: &'static str,
    /// When it was proved, in seconds since 1970.
    at: u64,
    /// How many seconds ago.
    age: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a FactorId>,
}

fn factors(proved: &[ProvedFactor], now: u64) -> Vec<Factor<'_>> {
    let factor = |it: &'_ ProvedFactor| Factor {
        kind: wire_name(it.kind),
        at: it.at,
        age: now.saturating_sub(it.at),
        id: None,
    };
    proved.iter().map(|it| Factor { id: it.id.as_ref(), ..factor(it) }).collect()
}

/// Who am I, with the factors that were proved and how long ago.
#[requires(method = Session)]
async fn who_am_i(State(accounts): State<Accounts>, me: Me) -> Result<Response, Problem> {
    let account = accounts.ask(accounts.0.stores.accounts.load(&me.account)).await?;
    let account = account.ok_or_else(session_is_over)?;
    let record = me.load(&accounts).await?;
    let now = accounts.now();
    let held = accounts.ask(accounts.0.stores.assignments.assignments(&me.account, now)).await?;
    let names = |kind| -> BTreeSet<&str> {
        held.iter().filter(|it| it.kind == kind).map(|it| it.name.as_str()).collect()
    };
    Ok(no_store(Json(serde_json::json!({
        "account": account.id,
        "username": account.username,
        "email": account.email.as_ref().map(crate::model::Email::as_str),
        "email_verified": account.email_verified_at.is_some(),
        "kind": account.kind,
        "roles": names(AssignmentKind::Role),
        "groups": names(AssignmentKind::Group),
        "session": record.id,
        "carrier": record.carrier,
        "factors": factors(&record.factors, now),
        "mfa": is_multi_factor(&record.factors, accounts.code_is_a_factor()),
        "authenticated_at": record.authenticated_at,
        "ends_at": record.ends_at,
    }))))
}

#[derive(Serialize)]
struct Session<'a> {
    id: &'a SessionId,
    /// Whether it is that of this request.
    current: bool,
    device: &'a str,
    carrier: Carrier,
    started_at: u64,
    authenticated_at: u64,
    seen_at: u64,
    ends_at: u64,
    factors: Vec<Factor<'a>>,
}

/// My sessions, the newest first.
#[requires(method = Session)]
async fn sessions(State(accounts): State<Accounts>, me: Me) -> Result<Response, Problem> {
    let now = accounts.now();
    let records = accounts.sessions_of(&me.account, now).await?;
    let shown: Vec<_> = records
        .iter()
        .map(|it| Session {
            id: &it.id,
            current: it.id == me.session,
            device: &it.device,
            carrier: it.carrier,
            started_at: it.started_at,
            authenticated_at: it.authenticated_at,
            seen_at: it.seen_at,
            ends_at: it.ends_at,
            factors: factors(&it.factors, now),
        })
        .collect();
    Ok(no_store(Json(shown)))
}

/// Ends one of my sessions.
#[requires(
    method = Session,
    factor(Password | Totp | Passkey | Recovery | Federated, within = "10m")
)]
pub(super) async fn end_session(
    State(accounts): State<Accounts>,
    me: Me,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let not_found = || Problem::new(StatusCode::NOT_FOUND, "not_found", "you have no such session");
    let id = SessionId::parse(&id).map_err(|_| not_found())?;
    if !accounts.end_session(&me.account, &id, "session_ended").await? {
        return Err(not_found());
    }
    let is_own = id == me.session;
    Ok(if is_own {
        sign_out::signed_out(&accounts, me.carrier)
    } else {
        no_store(StatusCode::NO_CONTENT)
    })
}
