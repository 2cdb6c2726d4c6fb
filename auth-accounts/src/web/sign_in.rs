//! Signing in.

use auth_core::routing::post;
use auth_core::{PendingSignIn, Router, public};
use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::response::{IntoResponse, Response};
use http::header::{SET_COOKIE, USER_AGENT};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::input::{Fields, Input, checkbox};
use super::{Problem, SameOrigin, no_store};
use crate::accounts::Accounts;
use crate::factor::wire_name;
use crate::model::{Carrier, FactorKind, ProvedFactor, SessionRecord};
use crate::secret::SecretText;
use crate::session::SignedIn;
use crate::sign_in::{Begun, CLAIM, Client, NewPending, Pending, TooMany, Unusable, Visit};

/// How many characters of the name that a browser gives itself are kept.
const DEVICE: usize = 120;

pub(super) fn routes() -> Router<Accounts> {
    Router::new().route("/sign-in", post(sign_in))
}

#[derive(Deserialize)]
struct SignIn {
    username: String,
    password: SecretText,
    #[serde(default, deserialize_with = "checkbox")]
    token: bool,
    #[serde(default, deserialize_with = "checkbox")]
    remember: bool,
}

impl Fields for SignIn {
    const EXPECTED: &'static str = "`username`: text, `password`: text, `token` (optional): true \
                                    for a bearer token, `remember` (optional): true or false";
}

/// A name and a password for a session, or for the question for a second factor.
#[public(reason = "who signs in has no credential yet")]
async fn sign_in(
    State(accounts): State<Accounts>,
    origin: SameOrigin,
    mut visit: Visit,
    client: Client,
    input: Input<SignIn>,
) -> Result<Response, Response> {
    let SignIn { username, password, token, remember } = input.fields;
    if token {
        visit.carrier = Carrier::Token;
    } else {
        origin.demand().map_err(IntoResponse::into_response)?;
    }
    visit.remember = remember;
    let begun = async {
        let account = accounts.check_password(&username, &password, &client).await?;
        let at = accounts.now();
        let first = ProvedFactor { kind: FactorKind::Password, at, id: None, user_verified: false };
        Ok::<_, Problem>(accounts.begin(&account, first, &visit).await?)
    };
    Ok(self::begun(&accounts, &begun.await.map_err(IntoResponse::into_response)?))
}

/// The answer to a first factor.
pub(crate) fn begun(accounts: &Accounts, begun: &Begun) -> Response {
    match begun {
        Begun::SignedIn(session) => signed_in(accounts, session),
        Begun::SecondFactor(pending) => second_factor(accounts, pending),
        Begun::Refused => {
            let detail = "the name or the proof is wrong";
            Problem::new(StatusCode::UNAUTHORIZED, "invalid_credentials", detail).into_response()
        }
    }
}

/// The answer after a sign-in: the cookie, or the token if the client has asked for one.
pub(crate) fn signed_in(accounts: &Accounts, signed_in: &SignedIn) -> Response {
    let record = &signed_in.record;
    let mut body = json!({ "status": "signed_in" });
    if record.carrier == Carrier::Token
        && let Some(members) = body.as_object_mut()
    {
        let token = format!("{}{}", accounts.0.sessions.token_prefix(), signed_in.secret.expose());
        members.insert("access_token".to_owned(), token.into());
        members.insert("token_type".to_owned(), "Bearer".into());
        let expires_in = record.ends_at.saturating_sub(accounts.now());
        members.insert("expires_in".to_owned(), expires_in.into());
    }
    let mut response = no_store(Json(body));
    if record.carrier == Carrier::Cookie {
        add_session_cookie(accounts, signed_in, &mut response);
        // The half-done sign-in before it is over.
        let pending = accounts.0.sessions.pending_cookie();
        if let Some(cleared) = accounts.set_named_cookie(pending, "", Some(0)) {
            response.headers_mut().append(SET_COOKIE, cleared);
        }
    }
    response
}

/// Sets the cookie of a session, and the one of a device that was not known yet.
pub(super) fn add_session_cookie(
    accounts: &Accounts,
    signed_in: &SignedIn,
    response: &mut Response,
) {
    for cookie in session_cookies(accounts, signed_in) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}

/// The cookie of a session, and the one of a device that was not known yet.
pub(crate) fn session_cookies(
    accounts: &Accounts,
    signed_in: &SignedIn,
) -> impl Iterator<Item = HeaderValue> {
    let lasts = signed_in.record.ends_at.saturating_sub(accounts.now());
    let cookie = accounts.set_named_cookie(
        accounts.0.sessions.session_cookie(),
        signed_in.secret.expose(),
        signed_in.is_remembered.then_some(lasts),
    );
    cookie.into_iter().chain(signed_in.device.clone())
}

/// The question for a second factor.
fn second_factor(accounts: &Accounts, pending: &NewPending) -> Response {
    let factors: Vec<_> = pending.factors.iter().map(|it| wire_name(*it)).collect();
    let mut body = json!({ "status": "second_factor", "factors": factors });
    if pending.carrier == Carrier::Token
        && let Some(members) = body.as_object_mut()
    {
        let prefix = accounts.0.sessions.pending_prefix();
        let token = format!("{prefix}{}", pending.secret.expose());
        members.insert("pending_token".to_owned(), token.into());
        members.insert("expires_in".to_owned(), pending.seconds.into());
    }
    let mut response = no_store(Json(body));
    if pending.carrier == Carrier::Cookie {
        let name = accounts.0.sessions.pending_cookie();
        let secret = pending.secret.expose();
        if let Some(cookie) = accounts.set_named_cookie(name, secret, Some(pending.seconds)) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
    }
    response
}

impl FromRequestParts<Accounts> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, accounts: &Accounts) -> Result<Self, Problem> {
        let current = accounts.current_session(&parts.headers).await?;
        Ok(Self::of(parts, Client::of(parts, accounts), current))
    }
}

impl Visit {
    /// The visit of this client, whose session is this one.
    pub(crate) fn of(parts: &Parts, client: Client, current: Option<SessionRecord>) -> Self {
        Self {
            carrier: Carrier::Cookie,
            remember: false,
            ends_by: None,
            device: device(&parts.headers),
            source: client.address.map(|it| it.to_string()),
            devices: client.devices,
            current,
        }
    }
}

/// What a browser calls itself, cut.
fn device(headers: &HeaderMap) -> String {
    let named = headers.get(USER_AGENT).and_then(|it| it.to_str().ok()).unwrap_or_default();
    // Header values that are text have no control characters but tabs.
    named.chars().filter(|it| !it.is_control()).take(DEVICE).collect()
}

impl FromRequestParts<Accounts> for Pending {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, accounts: &Accounts) -> Result<Self, Response> {
        // The guard has asked already: this is a look-up, and fails where no `#[pending]` is.
        let found = PendingSignIn::from_request_parts(parts, accounts).await;
        let found = found.map_err(IntoResponse::into_response)?;
        let claim = found.claims().get(CLAIM).filter(|_| found.issuer() == accounts.issuer());
        claim.and_then(Self::from_claim).ok_or_else(|| no_pending_sign_in().into_response())
    }
}

/// The answer where no sign-in waits for a second factor.
pub(crate) fn no_pending_sign_in() -> Problem {
    let detail = "no sign-in waits for a second factor: begin it anew";
    Problem::new(StatusCode::UNAUTHORIZED, "no_pending_sign_in", detail)
}

impl From<Unusable> for Problem {
    fn from(unusable: Unusable) -> Self {
        match unusable {
            Unusable::Several => {
                let detail = "the request has more than one credential of this kind";
                Self::new(StatusCode::BAD_REQUEST, "several_credentials", detail)
            }
            Unusable::Store(error) => error.into(),
        }
    }
}

impl Problem {
    /// The answer after too many attempts.
    pub(crate) fn too_many(TooMany { until }: TooMany, now: u64) -> Self {
        let status = StatusCode::TOO_MANY_REQUESTS;
        let detail = "there were too many attempts";
        Self::new(status, "too_many_attempts", detail).retry_after(until.saturating_sub(now).max(1))
    }
}
