//! The pages on which a user types the code of a device
//! ([RFC 8628 §3.3](https://www.rfc-editor.org/rfc/rfc8628#section-3.3)), signs in, and allows or denies it.
//!
//! A code is looked up only after the sign-in. An address that contains the code opens the same page: the user
//! always sees the client and what it asks for, and decides.

use auth_core::public;
use axum::extract::{Request, State};
use axum::response::Response;
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};

use super::user_code::UserCode;
use crate::authorize::{Allowed, BrowserCookie, note_grant};
use crate::client::Client;
use crate::login::{LoginForm, LoginRequest, LoginSession, LoginStep};
use crate::pages::{
    Around, ConsentScope, DeviceConsentPage, DeviceDonePage, DevicePage, DeviceProblem, FormTarget,
    Then, page, redirect,
};
use crate::server::AuthorizationServer;
use crate::store::{DeviceDecision, DeviceRequest};
use crate::wire::{Form, OAuthError};

const PURPOSE: &str = "device-page";

/// What a sealed state can be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Step {
    Type,
    SignIn,
    Resume,
    Decide,
}

/// The state of the pages, sealed into forms and addresses.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Sealed {
    step: Step,
    /// The code, as it was typed.
    typed: String,
    /// The digest of the cookie of its browser.
    browser: String,
    /// The session of the user, after the sign-in.
    session: Option<String>,
    /// The state of the request for a passkey, if the page has one.
    passkey: Option<String>,
    /// When it was made, in seconds since 1970.
    made_at: u64,
}

/// The page for the code.
#[public(reason = "the user signs in on the next page")]
pub(super) async fn show(State(server): State<AuthorizationServer>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let mut visit = Visit::new(&server, &parts);
    let form = match Form::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
        Ok(form) => form,
        Err(error) => return visit.error(&error.into()),
    };
    // Back from a sign-in.
    if let Some(sealed) = form.get("interaction").and_then(|it| visit.open(it, Step::Resume)) {
        return visit.go_on(&sealed.typed).await;
    }
    visit.code_page(form.get("user_code").unwrap_or_default(), None)
}

/// The form with the code, or with the decision.
#[public(reason = "the session is that of a browser, which the page is bound to")]
pub(super) async fn answer(
    State(server): State<AuthorizationServer>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let mut visit = Visit::new(&server, &parts);
    let form = match server.read_own_form(&parts, body).await {
        Ok(form) => form,
        Err(error) => return visit.error(&error),
    };
    let interaction = form.get("interaction").unwrap_or_default();
    match form.get("decision") {
        None => {
            let typed = form.get("user_code").unwrap_or_default();
            if visit.open(interaction, Step::Type).is_none() {
                return visit.code_page(typed, Some(DeviceProblem::Stale));
            }
            visit.go_on(typed).await
        }
        Some(decision @ ("allow" | "deny")) => match visit.open(interaction, Step::Decide) {
            Some(sealed) => visit.decide(&sealed, decision == "allow").await,
            None => visit.code_page("", Some(DeviceProblem::Stale)),
        },
        Some(_) => {
            visit.error(&OAuthError::invalid_request("`decision` is neither `allow` nor `deny`"))
        }
    }
}

/// The form of a step of the sign-in.
#[public(reason = "a user who signs in has no credential yet")]
pub(super) async fn sign_in(
    State(server): State<AuthorizationServer>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let mut visit = Visit::new(&server, &parts);
    let form = match server.read_own_form(&parts, body).await {
        Ok(form) => form,
        Err(error) => return visit.error(&error),
    };
    let interaction = form.get("interaction").unwrap_or_default();
    let Some(sealed) = visit.open(interaction, Step::SignIn) else {
        return visit.code_page("", Some(DeviceProblem::Stale));
    };
    let sent = LoginForm::new(&form, sealed.passkey.as_deref());
    let step = visit.login(&sealed.typed, Some(&sent)).await;
    match step {
        Ok(LoginStep::Done { session, cookies }) => {
            visit.cookies.extend(cookies);
            let address = visit.resume_address(&sealed.typed, Some(&session));
            redirect(&address, visit.take_cookies())
        }
        Ok(step) => visit.login_page(&sealed.typed, form.get("username"), step),
        Err(error) => visit.error(&error.into()),
    }
}

/// One HTTP request on the way from page to page.
struct Visit<'a> {
    server: &'a AuthorizationServer,
    parts: &'a Parts,
    browser: BrowserCookie,
    cookies: Vec<HeaderValue>,
}

impl<'a> Visit<'a> {
    fn new(server: &'a AuthorizationServer, parts: &'a Parts) -> Self {
        let browser = server.browser_cookie(&parts.headers);
        Self { server, parts, browser, cookies: Vec::new() }
    }

    /// The state that was sealed for this step and this browser, if it has not expired.
    fn open(&self, text: &str, step: Step) -> Option<Sealed> {
        let sealed: Sealed = self.server.open(PURPOSE, text)?;
        let end = sealed.made_at.saturating_add(self.server.0.lifetimes.interaction);
        let is_current = !self.browser.is_new()
            && sealed.browser == self.browser.digest()
            && self.server.now() < end;
        (is_current && sealed.step == step).then_some(sealed)
    }

    fn sealed(&self, step: Step, typed: &str) -> Sealed {
        Sealed {
            step,
            typed: typed.to_owned(),
            browser: self.browser.digest(),
            session: None,
            passkey: None,
            made_at: self.server.now(),
        }
    }

    fn seal(&self, step: Step, typed: &str, session: Option<&LoginSession>) -> String {
        let session = session.map(|it| it.id.clone());
        let sealed = Sealed { session, ..self.sealed(step, typed) };
        // Without it the form leads back to the first page.
        self.server.seal(PURPOSE, &sealed).unwrap_or_default()
    }

    fn resume_address(&self, typed: &str, session: Option<&LoginSession>) -> String {
        let sealed = self.seal(Step::Resume, typed, session);
        self.server.0.issuer.url(&format!("/device?interaction={sealed}"))
    }

    /// The session of the user, if there is one.
    async fn session(&self) -> Result<Option<LoginSession>, OAuthError> {
        Ok(self.server.0.login.current(&LoginRequest::of(self.parts)).await?)
    }

    /// The consent page for a code, or first the sign-in page.
    async fn go_on(&mut self, typed: &str) -> Response {
        let session = match self.session().await {
            Ok(Some(session)) => session,
            Ok(None) => return self.begin_sign_in(typed).await,
            Err(error) => return self.error(&error),
        };
        match self.look_up(typed, &session).await {
            Ok(Ok((request, client))) => self.consent_page(typed, &session, &request, &client),
            Ok(Err(problem)) => self.code_page(typed, Some(problem)),
            Err(error) => self.error(&error),
        }
    }

    /// The request with a code that was typed, and its client. Each look-up counts as a guess.
    async fn look_up(
        &self,
        typed: &str,
        session: &LoginSession,
    ) -> Result<Result<(DeviceRequest, std::sync::Arc<Client>), DeviceProblem>, OAuthError> {
        let guess = self.server.guess(&session.id, self.parts);
        if let Some(retry_after) = self.server.count_guess(&guess).await? {
            return Ok(Err(DeviceProblem::TooMany { retry_after }));
        }
        let found = self.find(typed).await?;
        if found.is_some() {
            self.server.forgive_guesses(&guess).await?;
        }
        Ok(found.ok_or(DeviceProblem::Wrong))
    }

    /// The request with this code, and its client.
    async fn find(
        &self,
        typed: &str,
    ) -> Result<Option<(DeviceRequest, std::sync::Arc<Client>)>, OAuthError> {
        let Some(code) = UserCode::parse(typed) else { return Ok(None) };
        let now = self.server.now();
        for digest in code.digests(&self.server.0.secrets) {
            let found = self.server.0.store.find_device_request(&digest, now).await?;
            let Some(request) = found else { continue };
            let Some(client) = self.server.client(&request.client_id).await? else { continue };
            return Ok(Some((request, client)));
        }
        Ok(None)
    }

    /// The user has decided.
    async fn decide(&mut self, sealed: &Sealed, is_allowed: bool) -> Response {
        let session = match self.session().await {
            Ok(Some(session)) if sealed.session.as_deref() == Some(&session.id) => session,
            // The session has ended, or another user has signed in.
            Ok(_) => return self.code_page(&sealed.typed, Some(DeviceProblem::Stale)),
            Err(error) => return self.error(&error),
        };
        // The page was sealed with a right code, so this is no guess.
        let decided = match self.find(&sealed.typed).await {
            Ok(Some((request, _))) => self.server.decide(&request, &session, is_allowed).await,
            Ok(None) => return self.code_page(&sealed.typed, Some(DeviceProblem::Wrong)),
            Err(error) => Err(error),
        };
        match decided {
            Ok(true) => {
                let html = self.server.0.pages.device_done(&DeviceDonePage { is_allowed });
                self.page(StatusCode::OK, html)
            }
            Ok(false) => self.code_page("", Some(DeviceProblem::Wrong)),
            Err(error) => self.error(&error),
        }
    }

    /// The next step of the sign-in: the first one, or the one after a form.
    async fn login(
        &self,
        typed: &str,
        form: Option<&LoginForm<'_>>,
    ) -> Result<LoginStep, auth_accounts::store::StoreError> {
        let return_to = self.resume_address(typed, None);
        let request = LoginRequest { return_to: &return_to, ..LoginRequest::of(self.parts) };
        match form {
            Some(form) => self.server.0.login.answer(&request, form).await,
            None => self.server.0.login.begin(&request).await,
        }
    }

    async fn begin_sign_in(&mut self, typed: &str) -> Response {
        match self.login(typed, None).await {
            Ok(step) => self.login_page(typed, None, step),
            Err(error) => self.error(&error.into()),
        }
    }

    /// The page of a step of the sign-in.
    fn login_page(&mut self, typed: &str, username: Option<&str>, step: LoginStep) -> Response {
        let (path, then) = ("/device/sign-in", Then::Nowhere);
        let around = Around { path, client: None, username, problem: None, then };
        let mut cookies = self.take_cookies();
        let sealed = |passkey| Sealed { passkey, ..self.sealed(Step::SignIn, typed) };
        let seal = |passkey| self.server.seal(PURPOSE, &sealed(passkey));
        match self.server.step_page(step, &around, seal, &mut cookies) {
            Ok(response) => response,
            Err(error) => self.error(&error),
        }
    }

    fn code_page(&mut self, typed: &str, problem: Option<DeviceProblem>) -> Response {
        let action = self.server.0.issuer.url("/device");
        let sealed = self.seal(Step::Type, "", None);
        let shown = UserCode::parse(typed).map(|it| it.shown());
        let html = self.server.0.pages.device(&DevicePage {
            form: FormTarget { action: &action, interaction: &sealed },
            user_code: shown.as_deref(),
            problem,
        });
        let status = match problem {
            None | Some(DeviceProblem::Stale) => StatusCode::OK,
            Some(DeviceProblem::Wrong) => StatusCode::BAD_REQUEST,
            Some(DeviceProblem::TooMany { .. }) => StatusCode::TOO_MANY_REQUESTS,
        };
        let mut response = self.page(status, html);
        if let Some(DeviceProblem::TooMany { retry_after }) = problem {
            response.headers_mut().insert(http::header::RETRY_AFTER, retry_after.into());
        }
        response
    }

    fn consent_page(
        &mut self,
        typed: &str,
        session: &LoginSession,
        request: &DeviceRequest,
        client: &Client,
    ) -> Response {
        let action = self.server.0.issuer.url("/device");
        let sealed = self.seal(Step::Decide, typed, Some(session));
        let texts = self.server.texts_of(&request.scopes, &request.resources);
        let scopes: Vec<_> = texts.iter().map(|(name, text)| ConsentScope { name, text }).collect();
        let shown = UserCode::parse(typed).map(|it| it.shown()).unwrap_or_default();
        let html = self.server.0.pages.device_consent(&DeviceConsentPage {
            form: FormTarget { action: &action, interaction: &sealed },
            client: client.display_name(),
            user_code: &shown,
            scopes: &scopes,
            resources: &request.resources,
        });
        self.page(StatusCode::OK, html)
    }

    fn page(&mut self, status: StatusCode, html: String) -> Response {
        page(status, html, &Then::Nowhere, self.take_cookies())
    }

    /// The cookies for an answer with something that is sealed for this browser.
    fn take_cookies(&mut self) -> Vec<HeaderValue> {
        self.browser.set_with(std::mem::take(&mut self.cookies))
    }

    fn error(&mut self, error: &OAuthError) -> Response {
        self.server.error_page(error, std::mem::take(&mut self.cookies))
    }
}

impl AuthorizationServer {
    /// Stores the decision of a user. False: the request has expired or was decided, the account is locked, or the
    /// session has ended meanwhile.
    async fn decide(
        &self,
        request: &DeviceRequest,
        session: &LoginSession,
        is_allowed: bool,
    ) -> Result<bool, OAuthError> {
        let now = self.now();
        let decision = if is_allowed {
            if self.0.accounts.claims(&session.subject).await?.is_none() {
                return Ok(false);
            }
            let allowed = Allowed {
                client_id: &request.client_id,
                scopes: &request.scopes,
                resources: &request.resources,
                acr_values: &[],
            };
            DeviceDecision::Allowed(Box::new(self.new_grant(session, allowed, now)))
        } else {
            DeviceDecision::Denied
        };
        let user_code = &request.user_code;
        let is_decided = self.0.store.decide_device_request(user_code, &decision, now).await?;
        if let DeviceDecision::Allowed(grant) = &decision
            && is_decided
        {
            if !self.outlives(session, grant).await? {
                return Ok(false);
            }
            note_grant(grant);
        }
        Ok(is_decided)
    }
}
