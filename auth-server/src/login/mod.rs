//! Who the user of a browser is.

mod accounts;
mod acr;
mod passkey;

use std::fmt;

use async_trait::async_trait;
use auth_accounts::secret::SecretText;
use auth_accounts::store::StoreError;
use http::HeaderValue;
use http::request::Parts;

pub(crate) use acr::AcrValues;
pub use passkey::{PasskeyAnswer, PasskeyRequest};

use crate::wire::Form;

/// Signs users in, for the authorization endpoint. [`auth_accounts::Accounts`] is one: by passwords, second
/// factors and, with the feature `passkey`, passkeys, on the pages of this server, with its sessions as those of
/// the server.
///
/// An implementation of your own can send the user to a page of the application by [`LoginStep::Redirect`]. When the
/// browser comes back, [`current`](Self::current) returns the user.
#[async_trait]
pub trait Login: Send + Sync + 'static {
    /// The user who is signed in with this browser.
    ///
    /// # Errors
    /// If the store fails.
    async fn current(&self, request: &LoginRequest<'_>)
    -> Result<Option<LoginSession>, StoreError>;

    /// The first step, for a browser in which no user is signed in, or not as the client asks for.
    ///
    /// # Errors
    /// If the store fails.
    async fn begin(&self, request: &LoginRequest<'_>) -> Result<LoginStep, StoreError>;

    /// What follows from a form of a step before. The request is known to come from a page of this server.
    ///
    /// # Errors
    /// If the store fails.
    async fn answer(
        &self,
        request: &LoginRequest<'_>,
        form: &LoginForm<'_>,
    ) -> Result<LoginStep, StoreError>;

    /// Whether a session has not ended, here or on another node. It is asked after a grant was made in the session:
    /// what ended the session meanwhile has not seen the grant, which is then revoked. True, unless it is said.
    ///
    /// # Errors
    /// If the store fails.
    async fn is_live(&self, _session: &LoginSession) -> Result<bool, StoreError> {
        Ok(true)
    }

    /// Ends the session of this browser. The answer sets these cookies.
    ///
    /// # Errors
    /// If the store fails.
    async fn end(&self, request: &LoginRequest<'_>) -> Result<Vec<HeaderValue>, StoreError>;
}

/// The request that a user is signed in for.
#[derive(Debug)]
pub struct LoginRequest<'a> {
    pub(crate) parts: &'a Parts,
    pub(crate) login_hint: Option<&'a str>,
    pub(crate) acr_values: &'a [String],
    pub(crate) is_anew: bool,
    pub(crate) return_to: &'a str,
}

impl<'a> LoginRequest<'a> {
    /// Without anything that a client asks for.
    pub(crate) const fn of(parts: &'a Parts) -> Self {
        Self { parts, login_hint: None, acr_values: &[], is_anew: false, return_to: "" }
    }

    /// The head of the HTTP request.
    #[must_use]
    pub const fn parts(&self) -> &'a Parts {
        self.parts
    }

    /// The user that the client expects (`login_hint`). It is not trusted.
    #[must_use]
    pub const fn login_hint(&self) -> Option<&'a str> {
        self.login_hint
    }

    /// The classes that the client asks for (`acr_values`), as it prefers them: one of them is enough.
    #[must_use]
    pub const fn acr_values(&self) -> &'a [String] {
        self.acr_values
    }

    /// Whether the user has to sign in even with a session (`prompt=login`, `max_age`, `acr_values`).
    #[must_use]
    pub const fn is_anew(&self) -> bool {
        self.is_anew
    }

    /// The address at which the authorization goes on, for [`LoginStep::Redirect`].
    #[must_use]
    pub const fn return_to(&self) -> &'a str {
        self.return_to
    }
}

/// The form of a step of a sign-in.
///
/// `Debug` shows names alone.
#[derive(Debug)]
pub struct LoginForm<'a> {
    form: &'a Form,
    /// The state of the request for a passkey that its page has made.
    state: Option<&'a str>,
}

impl<'a> LoginForm<'a> {
    pub(crate) fn new(form: &'a Form, state: Option<&'a str>) -> Self {
        Self { form, state }
    }
}

impl LoginForm<'_> {
    /// The value of a field; `None` if it is absent or empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.form.get(name)
    }

    /// The value of a field that is not to be shown; empty if it is absent.
    #[must_use]
    pub fn secret(&self, name: &str) -> SecretText {
        SecretText::from(self.form.get(name).unwrap_or_default())
    }
}

/// The user who is signed in with a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoginSession {
    /// The user (`sub`): up to 255 ASCII characters that never become those of another user.
    pub subject: String,
    /// The session (`sid` of ID tokens; that of access tokens is the id of the grant). It stays the same when its
    /// user signs in anew.
    pub id: String,
    /// When the user last signed in, in seconds since 1970 (`auth_time`).
    pub auth_time: u64,
    /// By which means ([RFC 8176](https://www.rfc-editor.org/rfc/rfc8176), `amr`). The classes (`acr`) are made of
    /// them: see [`acr_value`](crate::AuthorizationServerBuilder::acr_value).
    pub amr: Vec<String>,
}

impl LoginSession {
    /// A session of this user.
    #[must_use]
    pub fn new(subject: impl Into<String>, id: impl Into<String>, auth_time: u64) -> Self {
        Self { subject: subject.into(), id: id.into(), auth_time, amr: Vec::new() }
    }

    /// By which means the user has signed in.
    #[must_use]
    pub fn amr<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.amr.extend(names.into_iter().map(Into::into));
        self
    }
}

/// What comes next in a sign-in. Cookies go into the answer, each as a `Set-Cookie` of its own.
#[non_exhaustive]
pub enum LoginStep {
    /// The page for a name and a password.
    Password {
        /// Why the form before was not taken.
        problem: Option<LoginProblem>,
    },
    /// The page for the code of a second factor.
    Code {
        /// Why the form before was not taken.
        problem: Option<LoginProblem>,
        /// Cookies to set.
        cookies: Vec<HeaderValue>,
    },
    /// The page of another step, on which a passkey will do in the place of its fields: it has a button for it,
    /// if the browser can do it and runs the script. What comes back is in [`LoginForm::passkey`].
    WithPasskey {
        /// [`Password`](Self::Password) or [`Code`](Self::Code); others show no button.
        step: Box<LoginStep>,
        /// What is asked for.
        passkey: PasskeyRequest,
    },
    /// Another page, at this address: when it is done it sends the browser to
    /// [`return_to`](LoginRequest::return_to).
    Redirect {
        /// Where to.
        address: String,
        /// Cookies to set.
        cookies: Vec<HeaderValue>,
    },
    /// The user has signed in, by this request.
    Done {
        /// The user.
        session: LoginSession,
        /// Cookies to set.
        cookies: Vec<HeaderValue>,
    },
}

impl fmt::Debug for LoginStep {
    /// Shows no cookie.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Password { .. } => "Password",
            Self::Code { .. } => "Code",
            Self::WithPasskey { .. } => "WithPasskey",
            Self::Redirect { .. } => "Redirect",
            Self::Done { .. } => "Done",
        })
    }
}

/// Why the form of a sign-in was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoginProblem {
    /// The name or the password is wrong, or the account cannot be used. The page does not say which of them.
    Wrong,
    /// The code is wrong, or was used before.
    WrongCode,
    /// The passkey is not valid here, or the page with its challenge was open for too long or was used before.
    WrongPasskey,
    /// The sign-in waited for its second factor for too long.
    TooLate,
    /// The page was open for too long, or in another browser.
    Stale,
    /// There were too many attempts.
    TooMany {
        /// When to try again, in seconds from now.
        retry_after: u64,
    },
    /// There is more to check than can be checked now.
    Busy {
        /// When to try again, in seconds from now.
        retry_after: u64,
    },
}

/// A server without a sign-in: no user is signed in, and none can sign in.
pub(crate) struct NoLogin;

#[async_trait]
impl Login for NoLogin {
    async fn current(&self, _: &LoginRequest<'_>) -> Result<Option<LoginSession>, StoreError> {
        Ok(None)
    }

    async fn begin(&self, _: &LoginRequest<'_>) -> Result<LoginStep, StoreError> {
        tracing::error!("no user can sign in\nhelp: say `.login(..)` on the builder of the server");
        Err(StoreError::NotReachable("there is no sign-in".to_owned()))
    }

    async fn answer(
        &self,
        request: &LoginRequest<'_>,
        _: &LoginForm<'_>,
    ) -> Result<LoginStep, StoreError> {
        self.begin(request).await
    }

    async fn end(&self, _: &LoginRequest<'_>) -> Result<Vec<HeaderValue>, StoreError> {
        Ok(Vec::new())
    }
}
