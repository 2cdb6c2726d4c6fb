//! An authorization request, after all checks.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{Parameters, ReturnTo};
use crate::client::{Client, GrantType};
use crate::consent::ConsentRequest;
use crate::login::LoginSession;
use crate::server::AuthorizationServer;
use crate::store::CodeChallenge;
use crate::wire::{OAuthError, OAuthErrorCode};

/// How long a `nonce` and a `login_hint` may be, in bytes.
const MAX_TEXT: usize = 1_024;

/// How a request was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Via {
    /// Through the browser.
    Browser,
    /// By the client ([RFC 9126](https://www.rfc-editor.org/rfc/rfc9126)).
    Pushed,
}

/// What the client demands of the pages
/// ([OpenID Connect Core §3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest), `prompt`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Prompt {
    /// No page.
    pub(crate) none: bool,
    /// The user signs in even with a session: `login` and `select_account`.
    pub(crate) login: bool,
    /// The user is asked even if a consent is remembered.
    pub(crate) consent: bool,
}

/// An authorization request, after all checks.
#[derive(Clone, Debug)]
pub(crate) struct AuthorizationRequest {
    pub(crate) client: Arc<Client>,
    pub(crate) back: ReturnTo,
    pub(crate) scopes: Vec<String>,
    /// The URIs of the resources, as they are in the settings.
    pub(crate) resources: Vec<String>,
    pub(crate) challenge: CodeChallenge,
    pub(crate) nonce: Option<String>,
    pub(crate) prompt: Prompt,
    pub(crate) max_age: Option<u64>,
    /// The known ones of the `acr_values`, in the order of the request.
    pub(crate) acr_values: Vec<String>,
    pub(crate) id_token_hint: Option<String>,
    pub(crate) jkt: Option<String>,
}

impl AuthorizationRequest {
    /// The question whether this user consents.
    pub(super) fn consent_request<'a>(
        &'a self,
        session: &'a LoginSession,
        is_remembered: bool,
    ) -> ConsentRequest<'a> {
        ConsentRequest {
            client: &self.client,
            subject: &session.subject,
            scopes: &self.scopes,
            resources: &self.resources,
            redirect_uri: &self.back.redirect_uri,
            is_remembered,
            is_wanted: self.prompt.consent,
        }
    }
}

/// Why an authorization request cannot be served.
#[derive(Clone, Debug)]
pub(crate) enum RequestError {
    /// The redirect URI is unknown or invalid: the user sees an error page.
    Page(OAuthError),
    /// The error is sent to the client.
    Redirect(Box<SentError>),
}

/// An error that is sent to a client.
#[derive(Clone, Debug)]
pub(crate) struct SentError {
    /// The client.
    pub(crate) client: Arc<Client>,
    /// Its redirect URI and `state`.
    pub(crate) back: ReturnTo,
    /// The error.
    pub(crate) error: OAuthError,
}

impl From<RequestError> for OAuthError {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Page(error) => error,
            RequestError::Redirect(sent) => sent.error,
        }
    }
}

impl AuthorizationServer {
    /// Checks the parameters of an authorization request of this client.
    pub(crate) fn read_request(
        &self,
        parameters: &Parameters,
        client: &Arc<Client>,
        via: Via,
    ) -> Result<AuthorizationRequest, RequestError> {
        let back = back(parameters, client).map_err(RequestError::Page)?;
        self.read_rest(parameters, client, via, back.clone()).map_err(|error| {
            let client = Arc::clone(client);
            RequestError::Redirect(Box::new(SentError { client, back, error }))
        })
    }

    fn read_rest(
        &self,
        parameters: &Parameters,
        client: &Arc<Client>,
        via: Via,
        back: ReturnTo,
    ) -> Result<AuthorizationRequest, OAuthError> {
        let code = OAuthError::new;
        if let Some(name) = parameters.repeated() {
            return Err(OAuthError::invalid_request(format!("`{name}` is there more than once")));
        }
        if parameters.get("request").is_some() {
            let text = "request objects are not supported";
            return Err(code(OAuthErrorCode::RequestNotSupported, text));
        }
        if parameters.get("request_uri").is_some() {
            let text = "only the `request_uri` of a pushed request is supported";
            return Err(code(OAuthErrorCode::RequestUriNotSupported, text));
        }
        if via == Via::Browser && client.require_pushed_authorization_requests {
            return Err(OAuthError::invalid_request("the client must push its requests"));
        }
        match parameters.get("response_type") {
            Some("code") => {}
            None => return Err(OAuthError::invalid_request("`response_type` is missing")),
            Some(_) => {
                let text = "the only `response_type` is `code`";
                return Err(code(OAuthErrorCode::UnsupportedResponseType, text));
            }
        }
        if !client.may(GrantType::AuthorizationCode) {
            let text = "the client may not use authorization codes";
            return Err(code(OAuthErrorCode::UnauthorizedClient, text));
        }
        if !matches!(parameters.get("response_mode"), None | Some("query")) {
            return Err(OAuthError::invalid_request("the only `response_mode` is `query`"));
        }
        let challenge = challenge(parameters)?;
        let asked: Vec<&str> = parameters.all("resource").collect();
        let (targets, scopes) = self.wanted(client, &asked, parameters.get("scope"))?;
        Ok(AuthorizationRequest {
            client: Arc::clone(client),
            back,
            scopes,
            resources: targets.iter().map(|it| it.uri.clone()).collect(),
            challenge,
            nonce: text(parameters, "nonce")?,
            prompt: prompt(parameters.get("prompt"))?,
            max_age: max_age(parameters.get("max_age"))?,
            acr_values: self.acr_values(parameters.get("acr_values"))?,
            id_token_hint: parameters.get("id_token_hint").map(str::to_owned),
            jkt: jkt(parameters.get("dpop_jkt"))?,
        })
    }

    /// The known ones. If all are unknown, no sign-in is enough
    /// ([RFC 9470 §5](https://www.rfc-editor.org/rfc/rfc9470#section-5)).
    fn acr_values(&self, asked: Option<&str>) -> Result<Vec<String>, OAuthError> {
        let Some(asked) = asked else { return Ok(Vec::new()) };
        let known: Vec<String> =
            asked.split(' ').filter(|it| self.0.acr_values.knows(it)).map(str::to_owned).collect();
        if known.is_empty() {
            let code = OAuthErrorCode::UnmetAuthenticationRequirements;
            return Err(OAuthError::new(code, "none of the `acr_values` is known"));
        }
        Ok(known)
    }
}

/// Where a response is sent.
fn back(parameters: &Parameters, client: &Client) -> Result<ReturnTo, OAuthError> {
    for name in ["client_id", "redirect_uri"] {
        if parameters.is_repeated(name) {
            return Err(OAuthError::invalid_request(format!("`{name}` is there more than once")));
        }
    }
    let redirect_uri = match (parameters.get("redirect_uri"), client.redirect_uris.as_slice()) {
        (Some(asked), _) if client.matching_redirect_uri(asked).is_some() => asked,
        // With the scope `openid` it is required
        // (OpenID Connect Core §3.1.2.1).
        (None, [only]) if !is_openid(parameters) => only.as_str(),
        (Some(asked), registered) => {
            let error =
                OAuthError::invalid_request("the client has not registered this `redirect_uri`");
            return Err(error.with_found(client.not_registered(asked, registered)));
        }
        (None, _) => return Err(OAuthError::invalid_request("`redirect_uri` is missing")),
    };
    let state = parameters.get("state").filter(|_| !parameters.is_repeated("state"));
    Ok(ReturnTo { redirect_uri: redirect_uri.to_owned(), state: state.map(str::to_owned) })
}

fn is_openid(parameters: &Parameters) -> bool {
    parameters.all("scope").any(|it| it.split(' ').any(|it| it == "openid"))
}

/// A challenge of the method `S256`
/// ([RFC 7636 §4.3](https://www.rfc-editor.org/rfc/rfc7636#section-4.3)): if the method is left out it is
/// `plain`, which is not served.
fn challenge(parameters: &Parameters) -> Result<CodeChallenge, OAuthError> {
    let Some(text) = parameters.get("code_challenge") else {
        return Err(OAuthError::invalid_request("`code_challenge` is missing"));
    };
    if parameters.get("code_challenge_method") != Some("S256") {
        return Err(OAuthError::invalid_request("the only `code_challenge_method` is `S256`"));
    }
    thirty_two_bytes(text).map(CodeChallenge::from_bytes).ok_or_else(|| {
        OAuthError::invalid_request("`code_challenge` is not 43 characters of base64url")
    })
}

/// 32 bytes as 43 characters of base64url.
fn thirty_two_bytes(text: &str) -> Option<[u8; 32]> {
    if text.len() != 43 {
        return None;
    }
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

fn jkt(text: Option<&str>) -> Result<Option<String>, OAuthError> {
    let Some(text) = text else { return Ok(None) };
    match thirty_two_bytes(text) {
        Some(_) => Ok(Some(text.to_owned())),
        None => Err(OAuthError::invalid_request("`dpop_jkt` is not a thumbprint")),
    }
}

fn text(parameters: &Parameters, name: &str) -> Result<Option<String>, OAuthError> {
    match parameters.get(name) {
        Some(it) if it.len() > MAX_TEXT => {
            Err(OAuthError::invalid_request(format!("`{name}` has more than {MAX_TEXT} bytes")))
        }
        it => Ok(it.map(str::to_owned)),
    }
}

fn max_age(text: Option<&str>) -> Result<Option<u64>, OAuthError> {
    let Some(text) = text else { return Ok(None) };
    let is_number = text.bytes().all(|it| it.is_ascii_digit());
    match text.parse() {
        Ok(seconds) if is_number => Ok(Some(seconds)),
        _ => Err(OAuthError::invalid_request("`max_age` is not a number of seconds")),
    }
}

fn prompt(text: Option<&str>) -> Result<Prompt, OAuthError> {
    let mut prompt = Prompt::default();
    for word in text.unwrap_or_default().split(' ').filter(|it| !it.is_empty()) {
        match word {
            "none" => prompt.none = true,
            "login" | "select_account" => prompt.login = true,
            "consent" => prompt.consent = true,
            _ => return Err(OAuthError::invalid_request("`prompt` has an unknown value")),
        }
    }
    if prompt.none && (prompt.login || prompt.consent) {
        return Err(OAuthError::invalid_request(
            "`prompt=none` cannot be combined with other values",
        ));
    }
    Ok(prompt)
}
