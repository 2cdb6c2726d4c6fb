//! The endpoints of the pages: `/authorize`, `/sign-in` and `/consent`.

use auth_core::routing::get;
use auth_core::{Router, public};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use http::request::Parts;

use super::Parameters;
use super::flow::{Flow, Seen};
use super::interaction::{Interaction, Opened, SignedInAs, Step};
use super::pushed::PREFIX;
use crate::login::{LoginForm, LoginProblem, LoginStep};
use crate::server::AuthorizationServer;
use crate::wire::{Form, OAuthError, read_form};

pub(crate) fn routes() -> Router<AuthorizationServer> {
    Router::new()
        .route("/authorize", get(authorize).post(authorize_by_form))
        .route("/sign-in", get(resume).post(sign_in))
        .route("/consent", get(resume).post(consent))
}

/// An authorization request in a query.
#[public(reason = "the user signs in on its page")]
async fn authorize(State(server): State<AuthorizationServer>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let form = Form::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let mut flow = Flow::new(&server, &parts);
    let begun = match form {
        Ok(form) => begin(&server, &form).await,
        Err(error) => Err(error.into()),
    };
    match begun {
        // The address of a pushed request works once, and a user may load a page again.
        Ok(interaction) if interaction.is_pushed => flow.show_elsewhere(interaction).await,
        Ok(interaction) => flow.show(interaction).await,
        Err(error) => flow.error_page(&error),
    }
}

/// The same in a form ([OpenID Connect Core
/// §3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest)).
#[public(reason = "the user signs in on its page")]
async fn authorize_by_form(
    State(server): State<AuthorizationServer>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let mut flow = Flow::new(&server, &parts);
    let begun = match read_form(&parts.headers, body).await {
        Ok(form) => begin(&server, &form).await,
        Err(error) => Err(error.into()),
    };
    match begun {
        // Browsers send no cookies with the form of another site, but they do after a redirect.
        Ok(interaction) if !server.is_from_own_page(&parts) => {
            flow.lead_on_without_cookie(&interaction)
        }
        Ok(interaction) => flow.show(interaction).await,
        Err(error) => flow.error_page(&error),
    }
}

/// The parameters of a request. If it was pushed, those beside `request_uri` have no effect.
async fn begin(server: &AuthorizationServer, form: &Form) -> Result<Interaction, OAuthError> {
    let parameters = Parameters::read(form)?;
    for name in ["client_id", "request_uri"] {
        if parameters.is_repeated(name) {
            return Err(OAuthError::invalid_request(format!("`{name}` is there more than once")));
        }
    }
    let Some(client_id) = parameters.get("client_id") else {
        return Err(OAuthError::invalid_request("`client_id` is missing"));
    };
    let pushed = parameters.get("request_uri").filter(|it| it.starts_with(PREFIX));
    let Some(request_uri) = pushed else {
        return Ok(Interaction { parameters, is_pushed: false, signed_in: None });
    };
    match server.take_pushed_request(client_id, request_uri).await? {
        Some(parameters) => Ok(Interaction { parameters, is_pushed: true, signed_in: None }),
        None => Err(OAuthError::invalid_request(
            "the pushed request is unknown, has expired, or was used already",
        )),
    }
}

/// The next page of an interaction. It only continues a request: it grants nothing by itself.
#[public(reason = "the user signs in on its page")]
async fn resume(State(server): State<AuthorizationServer>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let mut flow = Flow::new(&server, &parts);
    let form = match Form::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
        Ok(form) => form,
        Err(error) => return flow.error_page(&error.into()),
    };
    let Some(opened) = opened(&server, &form) else { return flow.error_page(&no_interaction()) };
    let mut interaction = opened.interaction.clone();
    if !server.is_current(&opened, flow.browser()) {
        interaction.signed_in = None;
    }
    if opened.step == (Step::Resume { stale: true }) {
        flow.problem = Some(LoginProblem::Stale);
    }
    flow.show(interaction).await
}

/// The form of a step of the sign-in.
#[public(reason = "a user who signs in has no credential yet")]
async fn sign_in(State(server): State<AuthorizationServer>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut flow = Flow::new(&server, &parts);
    let (form, opened) = match read_sealed_form(&server, &parts, body).await {
        Ok(sent) => sent,
        Err(error) => return flow.error_page(&error),
    };
    let Step::SignIn { passkey } = opened.step.clone() else {
        return flow.error_page(&no_interaction());
    };
    if !server.is_current(&opened, flow.browser()) {
        return flow.lead_on(&Interaction { signed_in: None, ..opened.interaction }, true);
    }
    let mut interaction = opened.interaction;
    flow.username = form.get("username").map(str::to_owned);
    let sent = LoginForm::new(&form, passkey.as_deref());
    let step = flow.login(&interaction, Some(&sent)).await;
    match step {
        Ok(LoginStep::Done { session, cookies }) => {
            interaction.signed_in = Some(SignedInAs::this(&session));
            flow.cookies.extend(cookies);
            flow.session = Seen::User(session);
            flow.show_elsewhere(interaction).await
        }
        Ok(step) => {
            let client = flow.client(&interaction).await.ok().flatten();
            flow.login_page(&interaction, client.as_deref(), step)
        }
        Err(error) => flow.error_page(&error.into()),
    }
}

/// The form of the consent.
#[public(reason = "the session is that of a browser, which the page is bound to")]
async fn consent(State(server): State<AuthorizationServer>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut flow = Flow::new(&server, &parts);
    let (form, opened) = match read_sealed_form(&server, &parts, body).await {
        Ok(sent) => sent,
        Err(error) => return flow.error_page(&error),
    };
    let is_allowed = match form.get("decision") {
        Some("allow") => true,
        Some("deny") => false,
        _ => return flow.error_page(&OAuthError::invalid_request("`decision` is missing")),
    };
    flow.decide(&opened, is_allowed).await
}

/// The form of a page of this server, and the interaction in it.
async fn read_sealed_form(
    server: &AuthorizationServer,
    parts: &Parts,
    body: Body,
) -> Result<(Form, Opened), OAuthError> {
    let form = server.read_own_form(parts, body).await?;
    let opened = opened(server, &form).ok_or_else(no_interaction)?;
    Ok((form, opened))
}

fn opened(server: &AuthorizationServer, form: &Form) -> Option<Opened> {
    server.open_interaction(form.get("interaction")?)
}

fn no_interaction() -> OAuthError {
    OAuthError::invalid_request("this page belongs to no authorization request")
}
