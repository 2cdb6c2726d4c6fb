//! Signing in with a passkey: as a second factor where a sign-in waits for it, else as the only one.

use auth_core::routing::post;
use auth_core::{Router, public};
use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::request::Parts;
use serde::Deserialize;
use serde_json::json;

use super::input::{Fields, Input, checkbox};
use super::passkeys::passkeys;
use super::sign_in::{no_pending_sign_in, signed_in};
use super::{Problem, SameOrigin, no_store};
use crate::accounts::Accounts;
use crate::factor::passkey::{Asked, Assertion, Kept};
use crate::model::{Carrier, FactorKind};
use crate::sign_in::{Client, Pending, SignInError, Visit};

pub(super) fn routes() -> Router<Accounts> {
    Router::new()
        .route("/sign-in/passkey/challenge", post(challenge))
        .route("/sign-in/passkey", post(sign_in))
}

/// The sign-in that waits for a passkey, if the request carries one. A cookie of one that is over, or
/// waits for other factors, says nothing.
struct Second(Option<Pending>);

impl FromRequestParts<Accounts> for Second {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, accounts: &Accounts) -> Result<Self, Response> {
        let origin = SameOrigin::from_request_parts(parts, accounts).await;
        let origin = origin.map_err(IntoResponse::into_response)?;
        let found = accounts
            .carried_pending(&parts.headers)
            .await
            .map_err(|error| Problem::from(error).into_response())?;
        let Some((pending, carrier)) = found else { return Ok(Self(None)) };
        if carrier == Carrier::Token && pending.is_none() {
            return Err(no_pending_sign_in().into_response());
        }
        let asked = |it: &Pending| it.waiting.factors.contains(&FactorKind::Passkey);
        let pending = pending.filter(asked);
        if carrier == Carrier::Cookie && pending.is_some() {
            origin.demand().map_err(IntoResponse::into_response)?;
        }
        Ok(Self(pending))
    }
}

/// Asks for a passkey: the options for `navigator.credentials.get()`. In a sign-in that waits for its
/// second factor they name those of its account; else none, and the authenticator has to know one.
#[public(reason = "who signs in has no credential yet")]
async fn challenge(
    State(accounts): State<Accounts>,
    Second(pending): Second,
    client: Client,
) -> Result<Response, Problem> {
    let passkeys = passkeys(&accounts)?;
    let asked = match &pending {
        Some(it) => Asked::Pending(&it.waiting.account, &it.digest),
        None => Asked::Stranger,
    };
    accounts.count_passkey_challenge(&asked, &client).await?;
    let options = accounts.ask_for_passkey(passkeys, asked).await?;
    Ok(no_store(Json(json!({ "publicKey": options }))))
}

/// What `toJSON()` gives, by itself or beside how the session is to be.
#[derive(Deserialize)]
#[serde(untagged)]
enum SignIn {
    With {
        credential: Assertion,
        #[serde(default, deserialize_with = "checkbox")]
        token: bool,
        #[serde(default, deserialize_with = "checkbox")]
        remember: bool,
    },
    Bare {
        #[serde(flatten)]
        credential: Assertion,
        #[serde(default, deserialize_with = "checkbox")]
        token: bool,
        #[serde(default, deserialize_with = "checkbox")]
        remember: bool,
    },
}

impl Fields for SignIn {
    const EXPECTED: &'static str = "`credential`: what `PublicKeyCredential.toJSON()` gives, `token` \
                                    (optional): true for a bearer token, `remember` (optional): true \
                                    or false";
}

/// A passkey for a session.
#[public(reason = "who signs in has no credential yet")]
async fn sign_in(
    State(accounts): State<Accounts>,
    origin: SameOrigin,
    Second(pending): Second,
    mut visit: Visit,
    client: Client,
    input: Input<SignIn>,
) -> Result<Response, Response> {
    let (SignIn::With { credential, token, remember }
    | SignIn::Bare { credential, token, remember }) = input.fields;
    let passkeys = passkeys(&accounts).map_err(IntoResponse::into_response)?;
    let kept = Kept::InStore;
    if let Some(pending) = pending {
        let ended = accounts.complete_with_passkey(passkeys, &pending, kept, &credential, &visit);
        let session = ended.await.map_err(|it| refused(it).into_response())?;
        return Ok(signed_in(&accounts, &session));
    }
    if token {
        visit.carrier = Carrier::Token;
    } else {
        origin.demand().map_err(IntoResponse::into_response)?;
    }
    visit.remember = remember;
    let begun = accounts.begin_with_passkey(passkeys, kept, &credential, &visit, &client).await;
    let session = begun.map_err(|it| refused(it).into_response())?;
    Ok(signed_in(&accounts, &session))
}

/// The answer to a passkey that is rejected.
fn refused(error: SignInError) -> Problem {
    match error {
        SignInError::Refused | SignInError::NotBegun => invalid_passkey(),
        other => other.into(),
    }
}

/// The one answer to every failure.
fn invalid_passkey() -> Problem {
    let detail = "the passkey is not valid here, or its challenge is over";
    Problem::new(StatusCode::UNAUTHORIZED, "invalid_passkey", detail)
}
