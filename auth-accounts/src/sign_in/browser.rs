//! Signing in on pages of an application, in the place of those of the accounts.

use std::fmt;

use http::HeaderValue;
use http::request::Parts;

use super::visit::{Carried, carried};
use super::{Begun, Client, Pending, SignInError, Unusable, Visit};
use crate::accounts::Accounts;
use crate::model::{AccountId, Carrier, FactorKind, ProvedFactor, SessionId, SessionRecord};
use crate::secret::SecretText;
use crate::session::{SignedIn, means_of};
use crate::store::StoreError;
use crate::web::sign_in::session_cookies;

/// How many digits a code of an authenticator application has, and one that is sent.
const TOTP_DIGITS: usize = 6;
const SENT_DIGITS: usize = 8;

/// The request of a browser to a page of the application: what its cookies say.
///
/// It is made by [`Accounts::browser`]. The application has looked before whether the request comes from a
/// page of its own, by `Sec-Fetch-Site` and `Origin`: otherwise another site could sign its visitor in to an
/// account of an attacker.
#[derive(Debug)]
pub struct Browser {
    pub(super) client: Client,
    pub(super) visit: Visit,
    pub(super) pending: Option<Pending>,
    session: Option<BrowserSession>,
}

/// The session of a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BrowserSession {
    /// Whose.
    pub account: AccountId,
    /// Which session. It stays the same when its owner signs in anew.
    pub id: SessionId,
    /// When its owner last signed in with all that was asked, in seconds since 1970.
    pub authenticated_at: u64,
    /// Which factors were proved, and when.
    pub factors: Vec<ProvedFactor>,
    /// By which means ([RFC 8176](https://www.rfc-editor.org/rfc/rfc8176), `amr`).
    pub amr: Vec<&'static str>,
}

/// What comes of a factor that was right. The cookies go into the answer, each as a `Set-Cookie` of its own.
#[derive(Debug)]
#[non_exhaustive]
pub enum SignInStep {
    /// The browser is signed in.
    SignedIn {
        /// Its session, with another secret than before.
        session: BrowserSession,
        /// The cookies of the session and of the device.
        cookies: Vec<HeaderValue>,
    },
    /// The account has a second factor, which has to be proved:
    /// [`sign_in_with_code`](Accounts::sign_in_with_code), or `end_sign_in_with_passkey`.
    SecondFactor {
        /// By which factors the sign-in can go on.
        factors: Vec<FactorKind>,
        /// What a page needs to ask for a passkey, if the account has one (feature `passkey`).
        passkey: Option<PasskeyRequest>,
        /// The cookie of the sign-in that waits.
        cookies: Vec<HeaderValue>,
    },
}

/// What a page needs to ask for a passkey. Nothing is stored for it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PasskeyRequest {
    /// The options for `navigator.credentials.get()`, as JSON
    /// ([WebAuthn §5.1.8](https://www.w3.org/TR/webauthn-3/#dictdef-publickeycredentialrequestoptionsjson)).
    pub options: String,
    /// What comes back beside the answer, for five minutes: the challenge, sealed. It is letters, digits, `-`,
    /// `_` and `.`, and says nothing.
    pub state: String,
}

impl fmt::Debug for PasskeyRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasskeyRequest(..)")
    }
}

/// A browser that was signed out.
#[derive(Debug)]
#[non_exhaustive]
pub struct SignedOut {
    /// The session that was ended, if there was one.
    pub session: Option<BrowserSession>,
    /// Cookies that clear those of the accounts.
    pub cookies: Vec<HeaderValue>,
}

impl Browser {
    /// The session, if the browser is signed in.
    #[must_use]
    pub const fn session(&self) -> Option<&BrowserSession> {
        self.session.as_ref()
    }

    /// By which factors a sign-in can go on that this browser has begun, if one waits.
    #[must_use]
    pub fn waits_for(&self) -> Option<&[FactorKind]> {
        self.pending.as_ref().map(|it| it.waiting.factors.as_slice())
    }
}

impl Accounts {
    /// What the cookies of a request say: the session of the browser, which is used by that, and the sign-in that
    /// waits for its second factor. Cookies that are there more than once count for nothing.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn browser(&self, parts: &Parts) -> Result<Browser, SignInError> {
        let headers = &parts.headers;
        let current = usable(self.current_session(headers).await)?.flatten();
        let current = current.filter(|it| it.carrier == Carrier::Cookie);
        let sessions = &self.0.sessions;
        if let Some(current) = &current {
            sessions.note_use(current, self.now());
        }
        let waiting = carried(headers, sessions.pending_cookie(), sessions.pending_prefix());
        let waiting = usable(waiting)?.flatten().filter(|it| it.carrier == Carrier::Cookie);
        let pending = match waiting {
            Some(Carried { text, carrier }) => self.pending_sign_in(text, carrier).await?,
            None => None,
        };
        let session = current.as_ref().map(|it| self.browser_session(it));
        let client = Client::of(parts, self);
        let visit = Visit::of(parts, client.clone(), current);
        Ok(Browser { client, visit, pending, session })
    }

    /// Signs a browser in with a name and a password. A session that it has already gets another secret if it
    /// is of the same account, and is ended if it is not.
    ///
    /// Attempts are limited, and refusals audited, as in [`check_password`](Self::check_password).
    ///
    /// ```
    /// # use auth_accounts::{Accounts, secret::SecretText, sign_in::{SignInError, SignInStep}};
    /// use http::header::SET_COOKIE;
    ///
    /// async fn answer(accounts: Accounts, parts: http::request::Parts, name: String, password: SecretText)
    ///     -> Result<http::HeaderMap, SignInError>
    /// {
    ///     let browser = accounts.browser(&parts).await?;
    ///     let step = accounts.sign_in_with_password(&browser, &name, &password).await?;
    ///     let (SignInStep::SignedIn { cookies, .. } | SignInStep::SecondFactor { cookies, .. }) = step else {
    ///         return Err(SignInError::Refused);
    ///     };
    ///     Ok(cookies.into_iter().map(|it| (SET_COOKIE, it)).collect())
    /// }
    /// ```
    ///
    /// # Errors
    /// If name and password do not fit, were tried too often, or cannot be checked now.
    pub async fn sign_in_with_password(
        &self,
        browser: &Browser,
        username: &str,
        password: &SecretText,
    ) -> Result<SignInStep, SignInError> {
        let account = self.check_password(username, password, &browser.client).await?;
        let at = self.now();
        let first = ProvedFactor { kind: FactorKind::Password, at, id: None, user_verified: false };
        match self.begin(&account, first, &browser.visit).await? {
            Begun::SignedIn(signed_in) => Ok(self.step(&signed_in)),
            Begun::SecondFactor(pending) => {
                let name = self.0.sessions.pending_cookie();
                let secret = pending.secret.expose();
                let cookie = self.set_named_cookie(name, secret, Some(pending.seconds));
                let cookies = cookie.into_iter().collect();
                #[cfg(feature = "passkey")]
                let passkey = self.request_after(&account.id, &pending).await?;
                #[cfg(not(feature = "passkey"))]
                let passkey = None;
                Ok(SignInStep::SecondFactor { factors: pending.factors, passkey, cookies })
            }
            Begun::Refused => Err(SignInError::Refused),
        }
    }

    /// Ends the sign-in that waits in this browser with a code: of an authenticator application (6 digits), one
    /// that was sent (8 digits), or a recovery code.
    ///
    /// # Errors
    /// [`NotBegun`](SignInError::NotBegun) if no sign-in waits; else if the code is wrong, codes were tried too
    /// often, or the store fails.
    pub async fn sign_in_with_code(
        &self,
        browser: &Browser,
        code: &SecretText,
    ) -> Result<SignInStep, SignInError> {
        let pending = browser.pending.as_ref().ok_or(SignInError::NotBegun)?;
        let code = SecretText::new(code.expose().trim().to_owned());
        let kind = kind_of(code.expose());
        let visit = &browser.visit;
        if let Err(too_many) = self.count_second_factor(pending, kind, visit).await? {
            let retry_after = too_many.until.saturating_sub(self.now()).max(1);
            return Err(SignInError::TooManyAttempts { retry_after });
        }
        let account = &pending.waiting.account;
        // What the account was not asked for proves nothing.
        let proved = if !pending.waiting.factors.contains(&kind) {
            None
        } else if kind == FactorKind::Totp {
            self.prove_totp(account, &code).await?
        } else if kind == FactorKind::Code {
            self.prove_sign_in_code(account, &pending.digest, &code).await?
        } else {
            self.prove_recovery_code(account, &code).await?
        };
        let Some(proved) = proved else {
            self.second_factor_failed(pending, kind, None, visit).await?;
            return Err(SignInError::Refused);
        };
        let signed_in = self.complete(pending, proved, visit).await?;
        signed_in.map(|it| self.step(&it)).ok_or(SignInError::NotBegun)
    }

    /// Signs a browser out: its session is ended on every node.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn sign_out_browser(&self, browser: &Browser) -> Result<SignedOut, SignInError> {
        if let Some(session) = &browser.session {
            self.end_session(&session.account, &session.id, "sign_out").await?;
        }
        let sessions = &self.0.sessions;
        let names = [sessions.session_cookie(), sessions.pending_cookie()];
        let cookies = names.iter().filter_map(|it| self.set_named_cookie(it, "", Some(0)));
        Ok(SignedOut { session: browser.session.clone(), cookies: cookies.collect() })
    }

    pub(super) fn step(&self, signed_in: &SignedIn) -> SignInStep {
        let mut cookies: Vec<_> = session_cookies(self, signed_in).collect();
        // The half-done sign-in before it is over.
        cookies.extend(self.set_named_cookie(self.0.sessions.pending_cookie(), "", Some(0)));
        SignInStep::SignedIn { session: self.browser_session(&signed_in.record), cookies }
    }

    fn browser_session(&self, record: &SessionRecord) -> BrowserSession {
        BrowserSession {
            account: record.account.clone(),
            id: record.id.clone(),
            authenticated_at: record.authenticated_at,
            amr: means_of(&record.factors, self.code_is_a_factor()),
            factors: record.factors.clone(),
        }
    }
}

/// Which factor this code can be of.
fn kind_of(code: &str) -> FactorKind {
    let is_number = code.bytes().all(|it| it.is_ascii_digit());
    match code.len() {
        TOTP_DIGITS if is_number => FactorKind::Totp,
        SENT_DIGITS if is_number => FactorKind::Code,
        _ => FactorKind::Recovery,
    }
}

/// `None` where a cookie is there more than once.
fn usable<T>(found: Result<T, Unusable>) -> Result<Option<T>, StoreError> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(Unusable::Several) => Ok(None),
        Err(Unusable::Store(error)) => Err(error),
    }
}
