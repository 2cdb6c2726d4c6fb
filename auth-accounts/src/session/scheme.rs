//! Sessions as an authentication scheme.

use std::sync::Arc;

use auth_core::identity::{AuthenticationBuilder, KnownAuthentication};
use auth_core::scheme::{
    Challenge, Locations, PresentedCredential, SchemeError, SecurityScheme, Validity,
};
use auth_core::{Authentication, AuthenticationScheme, Factor, Method};

use super::cache::{Kept, Proved};
use super::{Presented, Purpose, carried, locations};
use crate::accounts::Accounts;
use crate::model::{FactorKind, ProvedFactor};

/// Sessions, in a cookie or as an opaque bearer token.
pub(crate) struct SessionScheme(pub(crate) Accounts);

impl AuthenticationScheme for SessionScheme {
    fn method(&self) -> Method {
        Method::Session
    }

    fn locations(&self) -> Locations {
        let sessions = &self.0.0.sessions;
        locations(sessions.session_cookie(), sessions.token_prefix())
    }

    async fn authenticate(
        &self,
        credential: &PresentedCredential,
    ) -> Result<Authentication, SchemeError> {
        let sessions = &self.0.0.sessions;
        let (text, carrier) =
            carried(credential, sessions.session_cookie(), sessions.token_prefix())?;
        let secret = Presented::read(Purpose::Session, text)
            .ok_or(SchemeError::Refused("no session has such a secret"))?;
        let live = self.0.live_session(&secret, carrier).await;
        let live = live.map_err(|_| SchemeError::Unavailable { retry_after: 1 })?;
        let live = live.ok_or(SchemeError::Refused("the session is over, or was never begun"))?;
        Ok(self.vouch(&live))
    }

    fn validity(&self) -> Validity {
        self.0.0.sessions.validity()
    }

    fn challenge(&self) -> Challenge {
        let sessions = &self.0.0.sessions;
        let challenge =
            Challenge::new("Cookie").param("cookie-name", sessions.session_cookie().to_owned());
        match &sessions.settings.sign_in_page {
            Some(page) => challenge.param("form-action", page.clone()),
            None => challenge,
        }
    }

    fn security_schemes(&self) -> Vec<SecurityScheme> {
        vec![
            SecurityScheme::cookie(self.0.0.sessions.session_cookie())
                .description("A session, in a browser."),
            SecurityScheme::http("bearer")
                .description("A session, as the opaque token of a program (RFC 6750)."),
        ]
    }
}

impl SessionScheme {
    /// What is said of a session, which is the same each time.
    fn vouch(&self, live: &Arc<Kept>) -> Authentication {
        let said = match &self.0.0.sessions.ready {
            Some(ready) => ready.get(live, || self.say(live)),
            None => self.say(live),
        };
        said.authentication()
    }

    fn say(&self, live: &Kept) -> KnownAuthentication {
        let code_counts = self.0.code_is_a_factor();
        let caller = Authentication::vouched_by_scheme(
            Method::Session,
            self.0.issuer().to_owned(),
            live.account.as_str(),
        )
        .session_id(live.id.as_str())
        .auth_time(live.authenticated_at)
        .issued_at(live.started_at)
        .expires_at(live.ends_at)
        .credential_digest(*live.digest.as_bytes())
        .scopes(self.0.0.sessions.settings.scopes.iter().map(AsRef::as_ref))
        .amr(means(&live.factors, code_counts));
        let proved = live.factors.iter();
        proved.fold(caller, |caller, it| vouch_for(caller, it, code_counts)).build_known()
    }
}

/// Says that a factor was proved, and when.
fn vouch_for(
    caller: AuthenticationBuilder,
    proved: &Proved,
    code_counts: bool,
) -> AuthenticationBuilder {
    match proved.kind {
        FactorKind::Password => caller.factor(Factor::Password, proved.at),
        FactorKind::Totp => caller.factor(Factor::Totp, proved.at),
        FactorKind::Passkey if proved.user_verified => caller.user_verified_passkey(proved.at),
        FactorKind::Passkey => caller.factor(Factor::Passkey, proved.at),
        FactorKind::Recovery => caller.factor(Factor::Recovery, proved.at),
        FactorKind::Federated => caller.factor(Factor::Federated, proved.at),
        FactorKind::Code if code_counts => caller.factor(Factor::Code, proved.at),
        // A person who reads the mail of an account could have reset its password, too.
        FactorKind::Code => caller,
    }
}

/// The values of [RFC 8176 §2](https://www.rfc-editor.org/rfc/rfc8176#section-2) for what was proved.
fn means(factors: &[Proved], code_counts: bool) -> Vec<&'static str> {
    let mut means: Vec<&'static str> = Vec::new();
    let mut add = |name| {
        if !means.contains(&name) {
            means.push(name);
        }
    };
    for factor in factors {
        match factor.kind {
            FactorKind::Password => add("pwd"),
            FactorKind::Totp | FactorKind::Recovery | FactorKind::Code => add("otp"),
            FactorKind::Passkey => {
                add("pop");
                if factor.user_verified {
                    add("user");
                }
            }
            FactorKind::Federated => add("fed"),
        }
    }
    if are_multi_factor(factors.iter().copied(), code_counts) {
        add("mfa");
    }
    means
}

/// The same of factors as a session has them.
pub(crate) fn means_of(factors: &[ProvedFactor], code_counts: bool) -> Vec<&'static str> {
    let proved = factors.iter();
    let proved =
        proved.map(|it| Proved { at: it.at, kind: it.kind, user_verified: it.user_verified });
    means(&proved.collect::<Vec<_>>(), code_counts)
}

/// Whether two of what a user knows, has and is were proved. A passkey whose device has checked its
/// user is two of them; a code that was sent counts if the application says so.
pub(crate) fn is_multi_factor(factors: &[ProvedFactor], code_counts: bool) -> bool {
    let proved = factors.iter();
    let proved =
        proved.map(|it| Proved { at: it.at, kind: it.kind, user_verified: it.user_verified });
    are_multi_factor(proved, code_counts)
}

fn are_multi_factor(factors: impl Iterator<Item = Proved> + Clone, code_counts: bool) -> bool {
    let has = factors.clone().any(|it| match it.kind {
        FactorKind::Totp | FactorKind::Recovery | FactorKind::Passkey => true,
        FactorKind::Code => code_counts,
        FactorKind::Password | FactorKind::Federated => false,
    });
    let knows = factors.clone().any(|it| it.kind == FactorKind::Password);
    let mut factors = factors;
    knows && has || factors.any(|it| it.kind == FactorKind::Passkey && it.user_verified)
}
