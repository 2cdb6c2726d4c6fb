//! The end of a session.

use auth_core::routing::post;
use auth_core::{Router, requires};
use axum::extract::State;
use axum::response::Response;
use http::header::SET_COOKIE;
use http::{HeaderName, HeaderValue, StatusCode};

use super::{Me, Problem, no_store};
use crate::accounts::Accounts;
use crate::model::Carrier;

/// What a browser is to forget
/// ([Clear Site Data §3.1](https://www.w3.org/TR/clear-site-data/#header)).
const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

pub(super) fn routes() -> Router<Accounts> {
    Router::new()
        .route("/sign-out", post(sign_out))
        .route("/sign-out/everywhere", post(sign_out_everywhere))
}

/// Ends the session of this request.
#[requires(method = Session)]
async fn sign_out(State(accounts): State<Accounts>, me: Me) -> Result<Response, Problem> {
    accounts.end_session(&me.account, &me.session, "sign_out").await?;
    Ok(signed_out(&accounts, me.carrier))
}

/// Ends every session of the account, and every sign-in that is half done.
#[requires(
    method = Session,
    factor(Password | Totp | Passkey | Recovery | Federated, within = "10m")
)]
async fn sign_out_everywhere(
    State(accounts): State<Accounts>,
    me: Me,
) -> Result<Response, Problem> {
    accounts.end_all_sessions(&me.account, &me.account).await?;
    Ok(signed_out(&accounts, me.carrier))
}

/// The answer after a sign-out: a browser forgets the cookie and all that the application has kept
/// in it.
pub(super) fn signed_out(accounts: &Accounts, carrier: Carrier) -> Response {
    let mut response = no_store(StatusCode::NO_CONTENT);
    if carrier == Carrier::Cookie {
        let headers = response.headers_mut();
        let sessions = &accounts.0.sessions;
        for name in [sessions.session_cookie(), sessions.pending_cookie()] {
            if let Some(cleared) = accounts.set_named_cookie(name, "", Some(0)) {
                headers.append(SET_COOKIE, cleared);
            }
        }
        let all = HeaderValue::from_static(r#""cookies", "storage""#);
        headers.insert(CLEAR_SITE_DATA, all);
    }
    response
}
