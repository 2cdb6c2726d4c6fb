//! Sign-out
//! ([RP-Initiated Logout](https://openid.net/specs/openid-connect-rpinitiated-1_0.html)).

use std::sync::Arc;

use auth_core::routing::get;
use auth_core::{Router, public};
use axum::extract::{Request, State};
use axum::response::Response;
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};

use super::hint::IdTokenHint;
use crate::authorize::BrowserCookie;
use crate::client::Client;
use crate::login::{LoginRequest, LoginSession};
use crate::pages::{FormTarget, SignOutPage, Then, leave, page, redirect};
use crate::server::AuthorizationServer;
use crate::store::{GrantSelector, RevocationReason};
use crate::wire::{Form, OAuthError, OAuthErrorCode, read_form};

const PURPOSE: &str = "end-session";

/// The parameters that the server knows.
const KNOWN: [&str; 4] = ["id_token_hint", "client_id", "post_logout_redirect_uri", "state"];

pub(crate) fn routes() -> Router<AuthorizationServer> {
    Router::new().route("/end-session", get(end_session).post(end_session_by_form))
}

/// Where the browser goes afterwards: an address that the client has registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Afterwards {
    address: Option<String>,
}

/// The state of the page that asks whether to sign out, sealed into its form.
#[derive(Serialize, Deserialize)]
struct Question {
    afterwards: Afterwards,
    browser: String,
    made_at: u64,
}

/// A client asks to sign its user out, in a query.
#[public(reason = "the session is that of a browser")]
async fn end_session(State(server): State<AuthorizationServer>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    match Form::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
        Ok(form) => asked(&server, &parts, &form).await,
        Err(error) => server.error_page(&error.into(), Vec::new()),
    }
}

/// The same in a form, or the form of the page that asks.
#[public(reason = "the session is that of a browser")]
async fn end_session_by_form(
    State(server): State<AuthorizationServer>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let form = match read_form(&parts.headers, body).await {
        Ok(form) => form,
        Err(error) => return server.error_page(&error.into(), Vec::new()),
    };
    match form.get("interaction") {
        Some(sealed) => confirmed(&server, &parts, sealed).await,
        // Browsers send no cookies with the form of another site, but they do after a redirect.
        None if !server.is_from_own_page(&parts) => {
            let known = form.iter().filter(|(name, _)| KNOWN.contains(name));
            let query =
                form_urlencoded::Serializer::new(String::new()).extend_pairs(known).finish();
            redirect(&server.0.issuer.url(&format!("/end-session?{query}")), Vec::new())
        }
        None => asked(&server, &parts, &form).await,
    }
}

async fn asked(server: &AuthorizationServer, parts: &Parts, form: &Form) -> Response {
    let request = match SignOutRequest::read(server, form).await {
        Ok(request) => request,
        Err(error) => return server.error_page(&error, Vec::new()),
    };
    let session = match server.0.login.current(&LoginRequest::of(parts)).await {
        Ok(session) => session,
        Err(error) => return server.error_page(&error.into(), Vec::new()),
    };
    if request.needs_no_question(session.as_ref()) {
        return sign_out(server, parts, &request.afterwards).await;
    }
    ask(server, parts, &request)
}

/// The request of a client.
struct SignOutRequest {
    hint: Option<IdTokenHint>,
    client: Option<Arc<Client>>,
    afterwards: Afterwards,
}

impl SignOutRequest {
    async fn read(server: &AuthorizationServer, form: &Form) -> Result<Self, OAuthError> {
        if let Some(name) = form.repeated(&[]) {
            return Err(OAuthError::invalid_request(format!("`{name}` is there more than once")));
        }
        let hint = form.get("id_token_hint").and_then(|it| server.read_id_token(it));
        let named = form.get("client_id");
        if let (Some(hint), Some(named)) = (&hint, named)
            && hint.client_id != named
        {
            let text = "`client_id` is not that of the `id_token_hint`";
            return Err(OAuthError::invalid_request(text));
        }
        let id = hint.as_ref().map(|it| it.client_id.as_str()).or(named);
        let client = match id {
            Some(id) => server.client(id).await?,
            None => None,
        };
        let Some(address) = form.get("post_logout_redirect_uri") else {
            return Ok(Self { hint, client, afterwards: Afterwards { address: None } });
        };
        let Some(client) = client else {
            let text = "`post_logout_redirect_uri` needs the `id_token_hint` or the `client_id` of a client";
            return Err(OAuthError::invalid_request(text));
        };
        if !client.has_post_logout_redirect_uri(address) {
            let text = "the client has not registered this `post_logout_redirect_uri`";
            let found = client.not_registered(address, &client.post_logout_redirect_uris);
            return Err(OAuthError::invalid_request(text).with_found(found));
        }
        let client = Some(client);
        let address = with_state(address, form.get("state"));
        Ok(Self { hint, client, afterwards: Afterwards { address: Some(address) } })
    }

    /// Whether the user is signed out without a question: the ID token belongs to this session or this user.
    /// Without a session there is nothing to ask, but only a vetted client gets a redirect without a question:
    /// otherwise the server would be an open redirector for everyone who registers a client.
    fn needs_no_question(&self, session: Option<&LoginSession>) -> bool {
        let Some(hint) = &self.hint else { return false };
        let Some(session) = session else {
            let is_vetted = self.client.as_ref().is_some_and(|it| it.is_vetted());
            return is_vetted || self.afterwards.address.is_none();
        };
        match &hint.session_id {
            Some(id) if *id == session.id => true,
            _ => hint.subject == session.subject,
        }
    }
}

/// The address with the `state` of the request, byte for byte.
fn with_state(address: &str, state: Option<&str>) -> String {
    let Some(state) = state else { return address.to_owned() };
    let mut address = address.to_owned();
    crate::authorize::append(&mut address, "state", state);
    address
}

/// The page that asks whether to sign out.
fn ask(server: &AuthorizationServer, parts: &Parts, request: &SignOutRequest) -> Response {
    let browser = server.browser_cookie(&parts.headers);
    let Some(sealed) = seal(server, &browser, &request.afterwards) else {
        tracing::error!("the page for the sign-out cannot be sealed");
        let error = OAuthError::new(OAuthErrorCode::ServerError, "the page cannot be made");
        return server.error_page(&error, Vec::new());
    };
    let action = server.0.issuer.url("/end-session");
    let html = server.0.pages.sign_out(&SignOutPage {
        form: FormTarget { action: &action, interaction: &sealed },
        client: request.client.as_deref().map(Client::display_name),
    });
    let then = request.afterwards.address.clone().map_or(Then::Nowhere, Then::To);
    page(StatusCode::OK, html, &then, browser.set_with(Vec::new()))
}

/// The user has confirmed on the page.
async fn confirmed(server: &AuthorizationServer, parts: &Parts, sealed: &str) -> Response {
    if let Err(error) = server.check_own_page(parts) {
        return server.error_page(&error, Vec::new());
    }
    let browser = server.browser_cookie(&parts.headers);
    let Some(asked) = server.open(PURPOSE, sealed) else {
        let text = "this page belongs to no request to sign out";
        return server.error_page(&OAuthError::invalid_request(text), Vec::new());
    };
    let Question { afterwards, browser: of, made_at } = asked;
    let is_current = !browser.is_new()
        && of == browser.digest()
        && server.now() < made_at.saturating_add(server.0.lifetimes.interaction);
    if is_current {
        return sign_out(server, parts, &afterwards).await;
    }
    // The page has expired, or belongs to another browser: the user is asked again.
    ask(server, parts, &SignOutRequest { hint: None, client: None, afterwards })
}

fn seal(
    server: &AuthorizationServer,
    browser: &BrowserCookie,
    afterwards: &Afterwards,
) -> Option<String> {
    let asked = Question {
        afterwards: afterwards.clone(),
        browser: browser.digest(),
        made_at: server.now(),
    };
    server.seal(PURPOSE, &asked)
}

/// Ends the session and its grants, and redirects to the client.
async fn sign_out(
    server: &AuthorizationServer,
    parts: &Parts,
    afterwards: &Afterwards,
) -> Response {
    let cookies = match server.end_login(parts).await {
        Ok(cookies) => cookies,
        Err(error) => return server.error_page(&error, Vec::new()),
    };
    match &afterwards.address {
        Some(address) => leave(&*server.0.pages, address, cookies),
        None => page(StatusCode::OK, server.0.pages.signed_out(), &Then::Nowhere, cookies),
    }
}

impl AuthorizationServer {
    /// Ends the session of a browser, and its grants without `offline_access`.
    async fn end_login(&self, parts: &Parts) -> Result<Vec<HeaderValue>, OAuthError> {
        let request = LoginRequest::of(parts);
        let session = self.0.login.current(&request).await?;
        // The session first, so that no other grant is made in it.
        let cookies = self.0.login.end(&request).await?;
        if let Some(session) = session {
            // A store that has the sessions, too, has done it.
            let which = GrantSelector::EndsWithSession(session.id);
            self.0.store.revoke_grants(&which, RevocationReason::SignedOut, self.now()).await?;
        }
        Ok(cookies)
    }
}
