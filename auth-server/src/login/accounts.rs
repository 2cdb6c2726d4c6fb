//! The accounts of an application sign its users in.

use async_trait::async_trait;
use auth_accounts::Accounts;
use auth_accounts::sign_in::{Browser, BrowserSession, SignInError, SignInStep};
use auth_accounts::store::StoreError;
use http::HeaderValue;

use super::{Login, LoginForm, LoginProblem, LoginRequest, LoginSession, LoginStep};

#[async_trait]
impl Login for Accounts {
    async fn current(
        &self,
        request: &LoginRequest<'_>,
    ) -> Result<Option<LoginSession>, StoreError> {
        Ok(browser(self, request).await?.session().map(session))
    }

    async fn begin(&self, _request: &LoginRequest<'_>) -> Result<LoginStep, StoreError> {
        Ok(LoginStep::Password { problem: None })
    }

    async fn answer(
        &self,
        request: &LoginRequest<'_>,
        form: &LoginForm<'_>,
    ) -> Result<LoginStep, StoreError> {
        let browser = browser(self, request).await?;
        // The page of the second factor has this field, and no password.
        let is_code = form.get("code").is_some() && form.get("password").is_none();
        let step = if is_code {
            self.sign_in_with_code(&browser, &form.secret("code")).await
        } else {
            let username = form.get("username").unwrap_or_default();
            self.sign_in_with_password(&browser, username, &form.secret("password")).await
        };
        let problem = match step {
            Ok(SignInStep::SignedIn { session, cookies, .. }) => {
                return Ok(LoginStep::Done { session: self::session(&session), cookies });
            }
            Ok(SignInStep::SecondFactor { cookies, .. }) => {
                return Ok(LoginStep::Code { problem: None, cookies });
            }
            Err(SignInError::TooManyAttempts { retry_after }) => {
                LoginProblem::TooMany { retry_after }
            }
            Err(SignInError::Busy { retry_after }) => LoginProblem::Busy { retry_after },
            Err(SignInError::Store(error)) => return Err(error),
            Err(SignInError::NotBegun) => LoginProblem::TooLate,
            Err(_) if is_code => LoginProblem::WrongCode,
            Ok(_) | Err(_) => LoginProblem::Wrong,
        };
        let problem = Some(problem);
        if is_code && problem != Some(LoginProblem::TooLate) {
            return Ok(LoginStep::Code { problem, cookies: Vec::new() });
        }
        Ok(LoginStep::Password { problem })
    }

    async fn end(&self, request: &LoginRequest<'_>) -> Result<Vec<HeaderValue>, StoreError> {
        let browser = browser(self, request).await?;
        Ok(self.sign_out_browser(&browser).await.map_err(store)?.cookies)
    }
}

async fn browser(accounts: &Accounts, request: &LoginRequest<'_>) -> Result<Browser, StoreError> {
    accounts.browser(request.parts()).await.map_err(store)
}

/// Nothing else than the store can fail where nothing is proved.
fn store(error: SignInError) -> StoreError {
    match error {
        SignInError::Store(error) => error,
        other => StoreError::NotReachable(other.to_string()),
    }
}

fn session(session: &BrowserSession) -> LoginSession {
    let (subject, id) = (session.account.as_str(), session.id.as_str());
    LoginSession::new(subject, id, session.authenticated_at).amr(session.amr.iter().copied())
}
