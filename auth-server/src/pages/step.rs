//! From a step of a sign-in to its page: the same for applications and for devices.

use axum::response::Response;
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};

use super::answer::{Script, Then, page_with_script, redirect};
use super::{CodePage, FormTarget, PasskeyPrompt, SignInPage};
use crate::login::{LoginProblem, LoginStep};
use crate::server::AuthorizationServer;
use crate::wire::{OAuthError, OAuthErrorCode};

/// What is around the page of a step.
pub(crate) struct Around<'a> {
    /// Where its form goes, below the issuer.
    pub(crate) path: &'a str,
    /// What the client is called, where it is known.
    pub(crate) client: Option<&'a str>,
    /// What is in the field of the name already.
    pub(crate) username: Option<&'a str>,
    /// What the first page says, if the step itself says nothing.
    pub(crate) problem: Option<LoginProblem>,
    /// Where its form leads in the end.
    pub(crate) then: Then,
}

impl AuthorizationServer {
    /// The page of a step of a sign-in that is not the last one. `seal` makes the hidden field of its form, with
    /// the state of a request for a passkey in it. What is in `cookies` goes along.
    ///
    /// # Errors
    /// If it has no page.
    pub(crate) fn step_page(
        &self,
        step: LoginStep,
        around: &Around<'_>,
        seal: impl FnOnce(Option<String>) -> Option<String>,
        cookies: &mut Vec<HeaderValue>,
    ) -> Result<Response, OAuthError> {
        let (step, passkey) = step.split();
        let server_error = |text| OAuthError::new(OAuthErrorCode::ServerError, text);
        if let LoginStep::Redirect { address, cookies: more } = step {
            cookies.extend(more);
            return Ok(redirect(&address, std::mem::take(cookies)));
        }
        let (state, options) = passkey.map(|it| (it.state, it.options)).unzip();
        let Some(sealed) = seal(state) else {
            tracing::error!("an interaction cannot be sealed");
            return Err(server_error("the page cannot be made"));
        };
        let action = self.0.issuer.url(around.path);
        let form = FormTarget { action: &action, interaction: &sealed };
        let script = options.as_ref().map(|_| self.0.issuer.url(super::script::PATH));
        let passkey = match (&options, &script) {
            (Some(options), Some(script)) => Some(PasskeyPrompt { options, script }),
            _ => None,
        };
        let (html, problem) = match step {
            LoginStep::Password { problem } => {
                let problem = problem.or(around.problem);
                let (client, username) = (around.client, around.username);
                let page = SignInPage { form, client, username, problem, passkey };
                (self.0.pages.sign_in(&page), problem)
            }
            LoginStep::Code { problem, cookies: more } => {
                cookies.extend(more);
                (self.0.pages.code(&CodePage { form, problem, passkey }), problem)
            }
            LoginStep::Redirect { .. } | LoginStep::Done { .. } | LoginStep::WithPasskey { .. } => {
                return Err(server_error("the sign-in has ended before its first form"));
            }
        };
        let script = script.as_deref().map(|address| Script { address, fetches: false });
        let (status, cookies) = (status_of(problem), std::mem::take(cookies));
        let mut response = page_with_script(status, html, &around.then, script, cookies);
        if let Some(LoginProblem::TooMany { retry_after } | LoginProblem::Busy { retry_after }) =
            problem
        {
            response.headers_mut().insert(RETRY_AFTER, retry_after.into());
        }
        Ok(response)
    }
}

const fn status_of(problem: Option<LoginProblem>) -> StatusCode {
    match problem {
        None | Some(LoginProblem::Stale) => StatusCode::OK,
        Some(
            LoginProblem::Wrong
            | LoginProblem::WrongCode
            | LoginProblem::WrongPasskey
            | LoginProblem::TooLate,
        ) => StatusCode::UNAUTHORIZED,
        Some(LoginProblem::TooMany { .. }) => StatusCode::TOO_MANY_REQUESTS,
        Some(LoginProblem::Busy { .. }) => StatusCode::SERVICE_UNAVAILABLE,
    }
}
