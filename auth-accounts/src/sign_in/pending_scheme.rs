//! Half-done sign-ins as an authentication scheme: handlers under `#[pending]` take it, and no others.

use auth_core::scheme::{Challenge, Locations, PresentedCredential, SchemeError, SecurityScheme};
use auth_core::{Authentication, AuthenticationScheme, Method};
use serde_json::{Map, Value};

use crate::accounts::Accounts;
use crate::session::{carried, locations};

/// What is said of a half-done sign-in, for its handler alone.
pub(crate) const CLAIM: &str = "pending";

/// Sign-ins that wait for their second factor, in a cookie or as an opaque bearer token.
pub(crate) struct PendingScheme(pub(crate) Accounts);

impl AuthenticationScheme for PendingScheme {
    fn method(&self) -> Method {
        Method::Pending
    }

    fn locations(&self) -> Locations {
        let sessions = &self.0.0.sessions;
        locations(sessions.pending_cookie(), sessions.pending_prefix())
    }

    async fn authenticate(
        &self,
        credential: &PresentedCredential,
    ) -> Result<Authentication, SchemeError> {
        let sessions = &self.0.0.sessions;
        let (text, carrier) =
            carried(credential, sessions.pending_cookie(), sessions.pending_prefix())?;
        let pending = self.0.pending_sign_in(text, carrier).await;
        let pending = pending.map_err(|_| SchemeError::Unavailable { retry_after: 1 })?;
        let pending = pending.ok_or(SchemeError::Refused("no such sign-in waits"))?;
        let claim = pending.to_claim();
        let claim = claim.ok_or(SchemeError::Misconfigured("a sign-in cannot be written"))?;
        let claims: Map<String, Value> = [(CLAIM.to_owned(), claim)].into_iter().collect();
        let account = pending.waiting.account.as_str();
        let issuer = self.0.issuer().to_owned();
        Ok(Authentication::vouched_by_scheme(Method::Pending, issuer, account)
            .issued_at(pending.waiting.first.at)
            .claims(claims)
            .build())
    }

    fn challenge(&self) -> Challenge {
        Challenge::new("Cookie").param("cookie-name", self.0.0.sessions.pending_cookie().to_owned())
    }

    fn security_schemes(&self) -> Vec<SecurityScheme> {
        vec![
            SecurityScheme::cookie(self.0.0.sessions.pending_cookie())
                .description("A sign-in that waits for its second factor, in a browser."),
            SecurityScheme::http("bearer")
                .description("A sign-in that waits for its second factor, of a program."),
        ]
    }
}
