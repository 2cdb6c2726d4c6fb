//! Sign-ins at an identity provider: the application checks what the provider says, these accounts make a
//! session of it.

use axum::extract::FromRequestParts as _;
use axum::response::{IntoResponse as _, Response};
use http::request::Parts;

use super::{Begun, Visit};
use crate::accounts::Accounts;
use crate::model::{Account, AccountId, AccountKind, Carrier, FactorKind, ProvedFactor};
use crate::web::{Problem, sign_in};

/// How long a session lasts that begins with a sign-in at a provider: said each time, so that it is no
/// accident ([ASVS 5.0 7.1.3, 7.6.1](https://github.com/OWASP/ASVS/tree/v5.0.0)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProviderSession {
    /// Not longer than the session at the provider, which ends at this time, in seconds since 1970: of
    /// this and the session's own ends the first one counts.
    EndsAt(u64),
    /// As long as any other session: a user who signs out at the provider is not signed out here.
    Independent,
}

/// A sign-in at an identity provider, as far as sessions are concerned.
///
/// The application has checked all of it before: that the answer of the provider belongs to a request
/// that this browser has begun (`state`, `nonce`), the signature of the ID token, its issuer and audience
/// ([OpenID Connect Core §3.1.3.7](https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation)),
/// and which account it means.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct ProviderSignIn {
    authenticated_at: u64,
    session: ProviderSession,
    carrier: Carrier,
}

impl ProviderSignIn {
    /// The user has proved something to the provider at this time, in seconds since 1970: its
    /// `auth_time`, and not when the ID token was issued. Requirements such as `max_age` go by it.
    pub const fn new(authenticated_at: u64, session: ProviderSession) -> Self {
        Self { authenticated_at, session, carrier: Carrier::Cookie }
    }

    /// The session is carried by a bearer token instead of a cookie.
    pub const fn for_token(self) -> Self {
        Self { carrier: Carrier::Token, ..self }
    }
}

impl Accounts {
    /// Signs in an account that an identity provider has vouched for, with the factor `Federated`. The
    /// request is that of the browser that comes back from the provider.
    ///
    /// The answer is that of `POST sign-in`: the cookie or the token of a session; or, if the account has
    /// a second factor here, the question for it. It is 401 for an account that does not exist, is
    /// locked or is that of a service, and for a session that is over at the provider already; 503 where
    /// the store cannot be asked.
    ///
    /// ```no_run
    /// # async fn callback(accounts: auth_accounts::Accounts, account: auth_accounts::model::AccountId,
    /// #     mut parts: http::request::Parts, auth_time: u64, expires: u64) -> axum::response::Response {
    /// use auth_accounts::sign_in::{ProviderSession, ProviderSignIn};
    ///
    /// let sign_in = ProviderSignIn::new(auth_time, ProviderSession::EndsAt(expires));
    /// accounts.sign_in_by_provider(&mut parts, &account, sign_in).await
    /// # }
    /// ```
    pub async fn sign_in_by_provider(
        &self,
        parts: &mut Parts,
        account: &AccountId,
        provider: ProviderSignIn,
    ) -> Response {
        let begun = async {
            let mut visit = Visit::from_request_parts(parts, self).await?;
            visit.carrier = provider.carrier;
            let now = self.now();
            if let ProviderSession::EndsAt(end) = provider.session {
                if end <= now {
                    return Ok(Begun::Refused);
                }
                visit.ends_by = Some(end);
            }
            let found = self.ask(self.0.stores.accounts.load(account)).await?;
            let is_person = |it: &Account| it.kind == AccountKind::Person;
            let Some(account) = found.filter(is_person) else { return Ok(Begun::Refused) };
            // A clock that is ahead makes nothing fresher than it is.
            let at = provider.authenticated_at.min(now);
            let first =
                ProvedFactor { kind: FactorKind::Federated, at, id: None, user_verified: false };
            Ok::<_, Problem>(self.begin(&account, first, &visit).await?)
        };
        match begun.await {
            Ok(begun) => sign_in::begun(self, &begun),
            Err(problem) => problem.into_response(),
        }
    }
}
