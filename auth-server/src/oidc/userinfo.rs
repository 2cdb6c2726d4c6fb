//! Userinfo: what a client may know about its user
//! ([OpenID Connect Core §5.3](https://openid.net/specs/openid-connect-core-1_0.html#UserInfo)).

use std::convert::Infallible;

use auth_core::revocation::{RevocationCheck as _, RevocationStatus};
use auth_core::routing::get;
use auth_core::{Authenticator, Identity, Router, Scopes, public, requires};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderValue, Method, StatusCode};
use serde::Serialize;
use tower::ServiceExt as _;

use crate::error::ServerError;
use crate::server::AuthorizationServer;
use crate::store::GrantId;
use crate::token::issue::ProfileClaims;
use crate::wire::{
    OAuthError, OAuthErrorCode, cors, json, no_store, not_allowed, preflight, read_form,
};

/// The path below the issuer.
const PATH: &str = "/userinfo";

/// The scope of the endpoint.
#[derive(Clone, Copy, Scopes)]
enum Scope {
    /// Know who the user is.
    #[scope("openid")]
    OpenId,
}

/// The response: the subject, and the claims that the scopes of the token allow.
#[derive(Serialize)]
struct UserInfo<'a> {
    sub: &'a str,
    #[serde(flatten)]
    profile: ProfileClaims<'a>,
}

pub(crate) fn routes() -> Router<AuthorizationServer> {
    let methods = get(userinfo).post(userinfo).options(preflight).fallback(not_allowed);
    Router::new().route(PATH, methods)
}

/// The claims about the user of an access token.
#[public(
    reason = "the access token is checked by the endpoint itself, for any resource (OpenID Connect Core §5.3)"
)]
async fn userinfo(State(server): State<AuthorizationServer>, request: Request) -> Response {
    let guarded = server.0.userinfo.get_or_init(|| guarded(&server));
    let Ok(guarded) = guarded else {
        return cors(OAuthError::new(OAuthErrorCode::ServerError, "userinfo cannot be served"));
    };
    let request = match below_the_issuer(request).await {
        Ok(request) => request,
        Err(error) => return cors(error),
    };
    let Ok(response) = guarded.clone().oneshot(request).await.map_err(|never: Infallible| never);
    cors(no_store(response))
}

/// The same request for an API of its own: without the extensions of the application around it, which has
/// another authenticator.
async fn below_the_issuer(request: Request) -> Result<Request, OAuthError> {
    let (parts, body) = request.into_parts();
    let mut inner = Request::new(Body::empty());
    *inner.method_mut() = parts.method.clone();
    *inner.uri_mut() = http::Uri::from_static(PATH);
    *inner.headers_mut() = parts.headers.clone();
    // RFC 6750 §2.2: in a form, if it is nowhere else.
    if parts.method == Method::POST
        && let Ok(form) = read_form(&parts.headers, body).await
        && let Some(token) = form.get("access_token")
    {
        if parts.headers.contains_key(AUTHORIZATION) || form.repeated(&[]).is_some() {
            return Err(OAuthError::invalid_request("the access token is there more than once"));
        }
        let mut header = HeaderValue::try_from(format!("Bearer {token}"))
            .map_err(|_| OAuthError::invalid_request("the access token is malformed"))?;
        header.set_sensitive(true);
        inner.headers_mut().insert(AUTHORIZATION, header);
    }
    Ok(inner)
}

/// Userinfo as an API of its own, protected by auth-core.
pub(crate) fn guarded(server: &AuthorizationServer) -> Result<axum::Router, ServerError> {
    let failed = |problem: String| ServerError::Settings(vec![problem]);
    let resources = || server.0.resources.iter().chain([&server.0.own_resource]);
    let verifier = server.jwt_verifier(resources()).map_err(|error| failed(error.to_string()))?;
    let authenticator = Authenticator::builder()
        .vocabulary::<(Scope,)>()
        .verifier(verifier)
        .verifier(server.opaque_verifier(resources()))
        .dpop(server.0.dpop.clone())
        .revocations(server.revocations())
        .build()
        .map_err(|error| failed(error.to_string()))?;
    Router::new()
        .route(PATH, get(answer).post(answer))
        .with_state(server.clone())
        .protect(authenticator)
        .map_err(|error| failed(error.to_string()))
}

/// The claims about the user of this token.
#[requires(scope = Scope::OpenId)]
async fn answer(
    State(server): State<AuthorizationServer>,
    caller: Identity,
) -> Result<Response, OAuthError> {
    // From the store, so that a token or a grant that was revoked just now is rejected.
    server.0.revocations.catch_up().await?;
    let status = server.0.revocations.status(caller.authentication());
    let grant = match caller.session_id().and_then(GrantId::parse) {
        Some(id) => server.0.store.find_grant(&id).await?,
        None => None,
    };
    let now = server.now();
    // The verifier tolerates differences between clocks, but this is the clock of the issuer.
    let is_expired = now >= caller.authentication().expires_at();
    let is_live = !is_expired && status == RevocationStatus::Valid;
    let is_live = is_live && grant.is_some_and(|it| it.is_live(now));
    let text = |name| caller.claims().get(name).and_then(|it| it.as_str()).unwrap_or_default();
    let is_live = is_live && server.is_there(text("client_id")).await?;
    let claims = server.claims_of(caller.subject()).await?;
    let (true, Some(claims)) = (is_live, claims) else { return Ok(invalid_token()) };
    let scopes: Vec<String> = text("scope").split(' ').map(str::to_owned).collect();
    let profile = ProfileClaims::of(&claims, &scopes);
    Ok(json(&UserInfo { sub: caller.subject(), profile }))
}

/// The grant is revoked, or the user or the client does not exist any more
/// ([RFC 6750 §3.1](https://www.rfc-editor.org/rfc/rfc6750#section-3.1)).
fn invalid_token() -> Response {
    let challenge = HeaderValue::from_static(r#"Bearer error="invalid_token""#);
    (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, challenge)]).into_response()
}
