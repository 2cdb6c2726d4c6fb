//! From a request to the page or the answer that comes next.

use std::sync::Arc;

use auth_accounts::secret::Digest;
use auth_accounts::store::{Created, OneTimeKind, StoreError};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::request::Parts;
use http::{HeaderValue, StatusCode};

use super::interaction::{BrowserCookie, Interaction, Opened, SignedInAs, Step};
use super::request::SentError;
use super::{AuthorizationRequest, GivenConsent, RequestError, ReturnTo, Via};
use crate::client::Client;
use crate::consent::ConsentDecision;
use crate::login::{LoginForm, LoginProblem, LoginRequest, LoginSession, LoginStep};
use crate::pages::{
    Around, ConsentPage, ConsentScope, ErrorPage, FormTarget, Then, leave, page, redirect,
};
use crate::server::AuthorizationServer;
use crate::wire::{OAuthError, OAuthErrorCode, for_log};

/// What comes next.
pub(super) enum Next {
    /// The user has to sign in. The client is known, or not before the user has signed in.
    SignIn(Option<Arc<Client>>),
    /// The user is asked.
    Consent(Box<(AuthorizationRequest, LoginSession)>),
    /// The client gets a code.
    Grant(Box<(AuthorizationRequest, LoginSession)>, GivenConsent),
    /// The client gets an error.
    Refuse(ReturnTo, OAuthError),
}

/// What is known of the session of a browser.
pub(super) enum Seen {
    /// It was not asked for yet.
    NotAsked,
    /// No user is signed in.
    NoUser,
    /// This user is.
    User(LoginSession),
}

/// One HTTP request on the way from page to page.
pub(super) struct Flow<'a> {
    server: &'a AuthorizationServer,
    parts: &'a Parts,
    browser: BrowserCookie,
    /// Cookies of the sign-in for the answer. That of the browser is set by pages that are sealed for it, and by
    /// nothing else: an error page for a form of another site must not replace the cookie of an open page.
    pub(super) cookies: Vec<HeaderValue>,
    /// Who is signed in.
    pub(super) session: Seen,
    /// What the page of the sign-in says.
    pub(super) problem: Option<LoginProblem>,
    /// The name that was typed into it before.
    pub(super) username: Option<String>,
}

impl<'a> Flow<'a> {
    pub(super) fn new(server: &'a AuthorizationServer, parts: &'a Parts) -> Self {
        Self {
            server,
            parts,
            browser: server.browser_cookie(&parts.headers),
            cookies: Vec::new(),
            session: Seen::NotAsked,
            problem: None,
            username: None,
        }
    }

    pub(super) const fn browser(&self) -> &BrowserCookie {
        &self.browser
    }

    /// The page or the answer that comes next.
    pub(super) async fn show(&mut self, interaction: Interaction) -> Response {
        match self.next(&interaction).await {
            Ok(next) => self.answer(interaction, next).await,
            Err(error) => self.error_page(&error),
        }
    }

    /// The same, but a page is shown at an address of its own, where it can be loaded again.
    pub(super) async fn show_elsewhere(&mut self, interaction: Interaction) -> Response {
        match self.next(&interaction).await {
            Ok(Next::Consent(_) | Next::SignIn(_)) => self.lead_on(&interaction, false),
            Ok(next) => self.answer(interaction, next).await,
            Err(error) => self.error_page(&error),
        }
    }

    async fn answer(&mut self, interaction: Interaction, next: Next) -> Response {
        match next {
            Next::SignIn(client) => match self.login(&interaction, None).await {
                Ok(step) => self.login_page(&interaction, client.as_deref(), step),
                Err(error) => self.error_page(&error.into()),
            },
            Next::Consent(asked) => {
                let (request, session) = *asked;
                self.consent_page(&interaction, &request, &session).await
            }
            Next::Grant(granted, given) => {
                let (request, session) = *granted;
                self.grant(&request, &session, given).await
            }
            Next::Refuse(back, error) => self.refuse(&back, &error),
        }
    }

    /// What comes next for this request, as things are now.
    ///
    /// # Errors
    /// Where the user sees a page about it.
    pub(super) async fn next(&mut self, interaction: &Interaction) -> Result<Next, OAuthError> {
        let parameters = &interaction.parameters;
        let Some(client) = self.client(interaction).await? else {
            return Ok(Next::SignIn(None));
        };
        let via = if interaction.is_pushed { Via::Pushed } else { Via::Browser };
        let request = match self.server.read_request(parameters, &client, via) {
            Ok(request) => request,
            Err(RequestError::Page(error)) => return Err(error),
            Err(RequestError::Redirect(sent)) => {
                let SentError { client, back, error } = *sent;
                // The server is no open redirector for clients that were not vetted
                // (OAuth 2.1 §7.13.2).
                let is_sent =
                    client.is_vetted() || parameters.is_silent() || self.session().await?.is_some();
                return Ok(if is_sent {
                    Next::Refuse(back, error)
                } else {
                    Next::SignIn(Some(client))
                });
            }
        };
        let session = match self.judge_session(interaction, &request).await? {
            Ok(session) => session,
            Err(code) => {
                let is_final = request.prompt.none || interaction.signed_in.is_some();
                return Ok(match code {
                    Some(error) if is_final => Next::Refuse(request.back, error),
                    _ => Next::SignIn(Some(client)),
                });
            }
        };
        let is_remembered = self.server.is_remembered(&request, &session).await?;
        let decision = {
            let asked = request.consent_request(&session, is_remembered);
            self.server.0.consent.decide(&asked).await?
        };
        Ok(match decision {
            ConsentDecision::Grant => {
                let given =
                    if is_remembered { GivenConsent::Before } else { GivenConsent::NotNeeded };
                Next::Grant(Box::new((request, session)), given)
            }
            ConsentDecision::Ask if request.prompt.none => {
                let text = "the user has not consented to this";
                Next::Refuse(request.back, OAuthError::new(OAuthErrorCode::ConsentRequired, text))
            }
            ConsentDecision::Ask => Next::Consent(Box::new((request, session))),
            ConsentDecision::Deny => Next::Refuse(request.back, denied()),
        })
    }

    /// The client of a request. `None`: it is not known before a user has signed in.
    pub(super) async fn client(
        &mut self,
        interaction: &Interaction,
    ) -> Result<Option<Arc<Client>>, OAuthError> {
        let parameters = &interaction.parameters;
        if parameters.is_repeated("client_id") {
            return Err(OAuthError::invalid_request("`client_id` is there more than once"));
        }
        let id = parameters.get("client_id").unwrap_or_default();
        let unknown = || {
            let error = OAuthError::invalid_request("there is no client with this `client_id`");
            error.with_found(for_log(id))
        };
        if let Some(client) = self.server.client(id).await? {
            return Ok(Some(client));
        }
        if !self.server.may_be_a_document(id) {
            return Err(unknown());
        }
        if let Some(session) = self.session().await? {
            let client = self.server.client_after_sign_in(id, &session.subject).await?;
            return client.map(Some).ok_or_else(unknown);
        }
        // There is no address to redirect to, and no page may be shown.
        if parameters.is_silent() { Err(unknown()) } else { Ok(None) }
    }

    /// The user who is signed in.
    async fn session(&mut self) -> Result<Option<LoginSession>, StoreError> {
        if matches!(self.session, Seen::NotAsked) {
            let current = self.server.0.login.current(&LoginRequest::of(self.parts)).await?;
            self.session = current.map_or(Seen::NoUser, Seen::User);
        }
        Ok(match &self.session {
            Seen::User(session) => Some(session.clone()),
            Seen::NotAsked | Seen::NoUser => None,
        })
    }

    /// The session, if it is as the request asks for. Otherwise the error for a client that wants no page, or for
    /// which the user has signed in already. Without an error the user has to sign in.
    async fn judge_session(
        &mut self,
        interaction: &Interaction,
        request: &AuthorizationRequest,
    ) -> Result<Result<LoginSession, Option<OAuthError>>, OAuthError> {
        let login = |text| Some(OAuthError::new(OAuthErrorCode::LoginRequired, text));
        let Some(session) = self.session().await? else {
            let is_silent = request.prompt.none;
            return Ok(Err(login("no user is signed in").filter(|_| is_silent)));
        };
        let is_anew = interaction.signed_in.as_ref().is_some_and(|it| it.fits(&session));
        let age = self.server.now().saturating_sub(session.auth_time);
        let is_old = request.max_age.is_some_and(|it| it == 0 || age > it);
        if (request.prompt.login || is_old) && !is_anew {
            let is_silent = request.prompt.none;
            return Ok(Err(login("the user has to sign in anew").filter(|_| is_silent)));
        }
        if let Some(hint) = &request.id_token_hint {
            match self.server.read_id_token(hint) {
                Some(hint) if hint.subject == session.subject => {}
                Some(_) => return Ok(Err(login("another user is signed in"))),
                // Without a page the user cannot see that the client means another user.
                None if request.prompt.none => {
                    return Ok(Err(login("the `id_token_hint` is not an ID token of this server")));
                }
                None => {}
            }
        }
        let is_strong =
            self.server.0.acr_values.reached(&request.acr_values, &session.amr).is_some();
        if !is_strong && !request.acr_values.is_empty() {
            let code = OAuthErrorCode::UnmetAuthenticationRequirements;
            let text = "the sign-in reaches none of the `acr_values`";
            let error = if request.prompt.none {
                login(text)
            } else {
                Some(OAuthError::new(code, text)).filter(|_| is_anew)
            };
            return Ok(Err(error));
        }
        Ok(Ok(session))
    }

    /// Asks the hook of the sign-in, for its first step or about a form.
    pub(super) async fn login(
        &self,
        interaction: &Interaction,
        form: Option<&LoginForm<'_>>,
    ) -> Result<LoginStep, StoreError> {
        // A page of the application sends the user back here after a sign-in, which is after this time.
        let waiting = Interaction {
            signed_in: Some(SignedInAs::after(self.server.now())),
            ..interaction.clone()
        };
        let return_to = self.resume_address(&waiting, false).unwrap_or_default();
        let parameters = &interaction.parameters;
        let acr_values: Vec<String> = parameters
            .get("acr_values")
            .map(|it| it.split(' ').map(str::to_owned).collect())
            .unwrap_or_default();
        let request = LoginRequest {
            parts: self.parts,
            login_hint: parameters.get("login_hint").filter(|it| it.len() <= 254),
            acr_values: &acr_values,
            is_anew: matches!(self.session, Seen::User(_)),
            return_to: &return_to,
        };
        match form {
            Some(form) => self.server.0.login.answer(&request, form).await,
            None => self.server.0.login.begin(&request).await,
        }
    }

    /// The page of a step that is not the last one.
    pub(super) fn login_page(
        &mut self,
        interaction: &Interaction,
        client: Option<&Client>,
        step: LoginStep,
    ) -> Response {
        let mut cookies = self.take_cookies();
        let hint = interaction.parameters.get("login_hint").filter(|it| it.len() <= 254);
        let around = Around {
            path: "/sign-in",
            client: client.map(Client::display_name),
            username: self.username.as_deref().or(hint),
            problem: self.problem,
            then: then(interaction),
        };
        let seal = |passkey| self.sealed(interaction, Step::SignIn { passkey });
        match self.server.step_page(step, &around, seal, &mut cookies) {
            Ok(response) => response,
            Err(error) => self.error_page(&error),
        }
    }

    async fn consent_page(
        &mut self,
        interaction: &Interaction,
        request: &AuthorizationRequest,
        session: &LoginSession,
    ) -> Response {
        let claims = match self.server.0.accounts.claims(&session.subject).await {
            Ok(Some(claims)) => claims,
            Ok(None) => return self.refuse(&request.back, &denied()),
            Err(error) => return self.error_page(&error.into()),
        };
        // The form is valid for the session that it was shown in.
        let interaction =
            Interaction { signed_in: Some(SignedInAs::this(session)), ..interaction.clone() };
        let shown = shown(request);
        let Some(sealed) = self.sealed(&interaction, Step::Consent { shown }) else {
            return self.cannot_seal();
        };
        let action = self.server.0.issuer.url("/consent");
        let texts = self.server.scope_texts(request);
        let scopes: Vec<_> = texts.iter().map(|(name, text)| ConsentScope { name, text }).collect();
        let client = &request.client;
        let client_host = client.id_host();
        let redirect_host = host_of(&request.back.redirect_uri);
        let html = self.server.0.pages.consent(&ConsentPage {
            form: FormTarget { action: &action, interaction: &sealed },
            client: client.display_name(),
            client_host: client_host.as_deref(),
            redirect_host: &redirect_host,
            is_unknown: !client.is_vetted(),
            is_on_device: !client.is_vetted() && client.redirects_to_loopback_only(),
            username: claims.username.as_deref(),
            scopes: &scopes,
            resources: &request.resources,
        });
        let then = Then::To(request.back.redirect_uri.clone());
        page(StatusCode::OK, html, &then, self.take_cookies())
    }

    /// What a user has decided. A form that was sent before, or in another session, or shows what is no longer
    /// so, leads on to what is.
    pub(super) async fn decide(&mut self, opened: &Opened, is_allowed: bool) -> Response {
        let Step::Consent { shown } = &opened.step else {
            let text = "this page asks for no consent";
            return self.error_page(&OAuthError::invalid_request(text));
        };
        let mut interaction = opened.interaction.clone();
        if !self.server.is_current(opened, &self.browser) {
            interaction.signed_in = None;
            return self.lead_on(&interaction, true);
        }
        let fits = match (self.session().await, &interaction.signed_in) {
            (Ok(Some(session)), Some(it)) => it.fits(&session),
            (Ok(_), _) => false,
            (Err(error), _) => return self.error_page(&error.into()),
        };
        if !fits {
            interaction.signed_in = None;
            return self.lead_on(&interaction, false);
        }
        match self.claim(opened).await {
            Ok(true) => {}
            Ok(false) => return self.lead_on(&interaction, false),
            Err(error) => return self.error_page(&error.into()),
        }
        let (request, session) = match self.next(&interaction).await {
            Ok(Next::Consent(asked) | Next::Grant(asked, _)) => *asked,
            Ok(Next::SignIn(_)) => return self.lead_on(&interaction, false),
            Ok(Next::Refuse(back, error)) => return self.refuse(&back, &error),
            Err(error) => return self.error_page(&error),
        };
        if self::shown(&request) != *shown {
            return self.lead_on(&interaction, false);
        }
        if is_allowed {
            self.grant(&request, &session, GivenConsent::Now).await
        } else {
            self.refuse(&request.back, &denied())
        }
    }

    /// Uses the form of a page up. False: it was sent before.
    async fn claim(&self, opened: &Opened) -> Result<bool, StoreError> {
        let now = self.server.now();
        let end = now.saturating_add(self.server.0.lifetimes.interaction);
        let (kind, digest) = (OneTimeKind::SentForm, opened.digest());
        let created = self.server.0.one_time.put(kind, &digest, None, b"", end, now).await?;
        Ok(created == Created::Created)
    }

    /// Sends the client a code.
    async fn grant(
        &mut self,
        request: &AuthorizationRequest,
        session: &LoginSession,
        given: GivenConsent,
    ) -> Response {
        let issuer = self.server.issuer();
        match self.server.issue_code(request, session, given).await {
            Ok(Some(code)) => {
                let address = request.back.with_code(code.expose(), issuer);
                leave(&*self.server.0.pages, &address, std::mem::take(&mut self.cookies))
            }
            Ok(None) => self.refuse(&request.back, &denied()),
            Err(error) => self.refuse(&request.back, &error.into()),
        }
    }

    /// Sends the client an error.
    fn refuse(&mut self, back: &ReturnTo, error: &OAuthError) -> Response {
        error.log();
        let address = back.with_error(error, self.server.issuer());
        leave(&*self.server.0.pages, &address, std::mem::take(&mut self.cookies))
    }

    /// Sends the browser to the next page, with the same request.
    pub(super) fn lead_on(&mut self, interaction: &Interaction, stale: bool) -> Response {
        match self.resume_address(interaction, stale) {
            Some(address) => redirect(&address, self.take_cookies()),
            None => self.cannot_seal(),
        }
    }

    /// The same for a form of another site. Browsers send no cookies with it: to set one would take that of
    /// another page from its user.
    pub(super) fn lead_on_without_cookie(&mut self, interaction: &Interaction) -> Response {
        match self.resume_address(interaction, false) {
            Some(address) => redirect(&address, Vec::new()),
            None => self.cannot_seal(),
        }
    }

    /// The cookies for an answer with something that is sealed for this browser.
    fn take_cookies(&mut self) -> Vec<HeaderValue> {
        self.browser.set_with(std::mem::take(&mut self.cookies))
    }

    fn resume_address(&self, interaction: &Interaction, stale: bool) -> Option<String> {
        let sealed = self.sealed(interaction, Step::Resume { stale })?;
        Some(self.server.0.issuer.url(&format!("/sign-in?interaction={sealed}")))
    }

    fn sealed(&self, interaction: &Interaction, step: Step) -> Option<String> {
        self.server.seal_interaction(interaction, step, &self.browser)
    }

    fn cannot_seal(&mut self) -> Response {
        tracing::error!("an interaction cannot be sealed");
        self.error_page(&OAuthError::new(OAuthErrorCode::ServerError, "the page cannot be made"))
    }

    /// A page about what cannot be served.
    pub(super) fn error_page(&mut self, error: &OAuthError) -> Response {
        self.server.error_page(error, std::mem::take(&mut self.cookies))
    }
}

impl AuthorizationServer {
    /// A page about what cannot be served, without a redirect.
    pub(crate) fn error_page(&self, error: &OAuthError, cookies: Vec<HeaderValue>) -> Response {
        error.log();
        let status = match error.code {
            OAuthErrorCode::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            OAuthErrorCode::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
            OAuthErrorCode::AccessDenied => StatusCode::FORBIDDEN,
            _ => StatusCode::BAD_REQUEST,
        };
        let text = error.description();
        let html =
            self.0.pages.error(&ErrorPage { status, code: error.code.as_str(), text: &text });
        page(status, html, &Then::Nowhere, cookies)
    }
}

/// What the page of a consent shows, as a digest: if it changes before the form comes back, the user is asked
/// again.
fn shown(request: &AuthorizationRequest) -> String {
    let metadata = request.client.metadata_digest();
    let (scopes, resources) = (request.scopes.join(" "), request.resources.join(" "));
    let digest = Digest::of(&[
        request.client.display_name().as_bytes(),
        metadata.as_bytes(),
        scopes.as_bytes(),
        resources.as_bytes(),
    ]);
    URL_SAFE_NO_PAD.encode(digest.as_bytes())
}

fn denied() -> OAuthError {
    OAuthError::new(OAuthErrorCode::AccessDenied, "the user has denied it")
}

/// Where the forms of a page lead in the end. It may be that the client is not known yet: then the address is
/// not either, and nothing but the policy of the page names it.
fn then(interaction: &Interaction) -> Then {
    interaction.parameters.get("redirect_uri").map_or(Then::Nowhere, |it| Then::To(it.to_owned()))
}

/// The host of an address with its port, or its scheme where it has none.
fn host_of(address: &str) -> String {
    let Ok(url) = url::Url::parse(address) else { return String::new() };
    match (url.host_str(), url.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        (Some(host), None) => host.to_owned(),
        (None, _) => format!("{}:", url.scheme()),
    }
}
