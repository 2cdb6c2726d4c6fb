//! The accounts of an application sign its users in.

use async_trait::async_trait;
use auth_accounts::Accounts;
use auth_accounts::model::{AccountId, SessionId};
use auth_accounts::sign_in::{self, Browser, BrowserSession, SignInError, SignInStep};
use auth_accounts::store::StoreError;
use http::HeaderValue;

use super::{
    Login, LoginForm, LoginProblem, LoginRequest, LoginSession, LoginStep, PasskeyAnswer,
    PasskeyRequest,
};

#[async_trait]
impl Login for Accounts {
    async fn current(
        &self,
        request: &LoginRequest<'_>,
    ) -> Result<Option<LoginSession>, StoreError> {
        Ok(browser(self, request).await?.session().map(session))
    }

    async fn begin(&self, _request: &LoginRequest<'_>) -> Result<LoginStep, StoreError> {
        first_page(self, None).await
    }

    async fn answer(
        &self,
        request: &LoginRequest<'_>,
        form: &LoginForm<'_>,
    ) -> Result<LoginStep, StoreError> {
        let browser = browser(self, request).await?;
        if let Some(answer) = form.passkey() {
            let (page, step) = passkeys::answer(self, &browser, answer).await;
            return next(self, &browser, page, LoginProblem::WrongPasskey, step).await;
        }
        // The page of the second factor has this field, and no password.
        if form.get("code").is_some() && form.get("password").is_none() {
            let step = self.sign_in_with_code(&browser, &form.secret("code")).await;
            return next(self, &browser, Page::Second, LoginProblem::WrongCode, step).await;
        }
        let username = form.get("username").unwrap_or_default();
        let step = self.sign_in_with_password(&browser, username, &form.secret("password")).await;
        next(self, &browser, Page::First, LoginProblem::Wrong, step).await
    }

    async fn is_live(&self, session: &LoginSession) -> Result<bool, StoreError> {
        let (account, id) = (AccountId::parse(&session.subject), SessionId::parse(&session.id));
        let (Ok(account), Ok(id)) = (account, id) else { return Ok(false) };
        self.has_session(&account, &id).await
    }

    async fn end(&self, request: &LoginRequest<'_>) -> Result<Vec<HeaderValue>, StoreError> {
        let browser = browser(self, request).await?;
        Ok(self.sign_out_browser(&browser).await.map_err(store)?.cookies)
    }
}

/// Which page a form is of.
#[derive(Clone, Copy)]
enum Page {
    First,
    Second,
}

/// What follows from a form of a page. `wrong`: what the page says of an answer that is not right.
async fn next(
    accounts: &Accounts,
    browser: &Browser,
    page: Page,
    wrong: LoginProblem,
    step: Result<SignInStep, SignInError>,
) -> Result<LoginStep, StoreError> {
    let problem = match step {
        Ok(SignInStep::SignedIn { session, cookies, .. }) => {
            return Ok(LoginStep::Done { session: self::session(&session), cookies });
        }
        Ok(SignInStep::SecondFactor { cookies, passkey, .. }) => {
            let step = LoginStep::Code { problem: None, cookies };
            return Ok(Page::Second.with_passkey(step, passkey));
        }
        Err(SignInError::TooManyAttempts { retry_after }) => LoginProblem::TooMany { retry_after },
        Err(SignInError::Busy { retry_after }) => LoginProblem::Busy { retry_after },
        Err(SignInError::Store(error)) => return Err(error),
        Err(SignInError::NotBegun) => {
            return first_page(accounts, Some(LoginProblem::TooLate)).await;
        }
        Ok(_) | Err(_) => wrong,
    };
    match page {
        Page::First => first_page(accounts, Some(problem)).await,
        Page::Second => second_page(accounts, browser, problem).await,
    }
}

/// The page for a name and a password, or a passkey.
async fn first_page(
    accounts: &Accounts,
    problem: Option<LoginProblem>,
) -> Result<LoginStep, StoreError> {
    let step = LoginStep::Password { problem };
    let passkey = passkeys::of_anyone(accounts).await.map_err(store)?;
    Ok(Page::First.with_passkey(step, passkey))
}

/// The page for a code, or a passkey if the account has one, once more.
async fn second_page(
    accounts: &Accounts,
    browser: &Browser,
    problem: LoginProblem,
) -> Result<LoginStep, StoreError> {
    let step = LoginStep::Code { problem: Some(problem), cookies: Vec::new() };
    let passkey = passkeys::of_waiting(accounts, browser).await.map_err(store)?;
    Ok(Page::Second.with_passkey(step, passkey))
}

impl Page {
    /// What the state of its passkey begins with.
    const fn prefix(self) -> &'static str {
        match self {
            Self::First => "first.",
            Self::Second => "second.",
        }
    }

    fn with_passkey(self, step: LoginStep, passkey: Option<sign_in::PasskeyRequest>) -> LoginStep {
        let Some(sign_in::PasskeyRequest { options, state, .. }) = passkey else { return step };
        let passkey = PasskeyRequest::new(options, format!("{}{state}", self.prefix()));
        LoginStep::WithPasskey { step: Box::new(step), passkey }
    }
}

/// The passkeys of the accounts.
#[cfg(feature = "passkey")]
mod passkeys {
    use super::{Accounts, Browser, Page, PasskeyAnswer, SignInError, SignInStep};
    use auth_accounts::sign_in::PasskeyRequest;

    pub(super) async fn of_anyone(
        accounts: &Accounts,
    ) -> Result<Option<PasskeyRequest>, SignInError> {
        accounts.passkey_request().await
    }

    pub(super) async fn of_waiting(
        accounts: &Accounts,
        browser: &Browser,
    ) -> Result<Option<PasskeyRequest>, SignInError> {
        accounts.second_passkey_request(browser).await
    }

    pub(super) async fn answer(
        accounts: &Accounts,
        browser: &Browser,
        PasskeyAnswer { credential, state }: PasskeyAnswer<'_>,
    ) -> (Page, Result<SignInStep, SignInError>) {
        if let Some(state) = state.strip_prefix(Page::Second.prefix()) {
            let step = accounts.end_sign_in_with_passkey(browser, credential, state).await;
            return (Page::Second, step);
        }
        let state = state.strip_prefix(Page::First.prefix()).unwrap_or_default();
        (Page::First, accounts.sign_in_with_passkey(browser, credential, state).await)
    }
}

/// Without the feature no account has a passkey.
#[cfg(not(feature = "passkey"))]
mod passkeys {
    use super::{Accounts, Browser, Page, PasskeyAnswer, SignInError, SignInStep};
    use auth_accounts::sign_in::PasskeyRequest;

    pub(super) async fn of_anyone(_: &Accounts) -> Result<Option<PasskeyRequest>, SignInError> {
        Ok(None)
    }

    pub(super) async fn of_waiting(
        _: &Accounts,
        _: &Browser,
    ) -> Result<Option<PasskeyRequest>, SignInError> {
        Ok(None)
    }

    pub(super) async fn answer(
        _: &Accounts,
        _: &Browser,
        _: PasskeyAnswer<'_>,
    ) -> (Page, Result<SignInStep, SignInError>) {
        (Page::First, Err(SignInError::Refused))
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
