//! What the log says of rejections: one line for each kind of them, once in a while.
//!
//! The audit log has every decision, at `DEBUG` where strangers can cause as many as they like. That
//! leaves the person who sets a service up without a word. So here each reason says itself at `INFO`, with
//! what came, what is configured and what to try, at most once in ten seconds; with this target at
//! `DEBUG`, each time.

use std::sync::{Mutex, PoisonError, TryLockError};

use http::request::Parts;
use tracing::Level;

use super::{Accepted, Authenticator};
use crate::error::{AuthError, BadRequest, Forbidden, Unauthenticated};
use crate::identity::Identity;
use crate::policy::Method;
use crate::scheme::{CredentialError, CrossSite, RawToken};
use crate::time::LogThrottle;
use crate::token::{Finding, KindNames, VerifyError};

/// The target of these lines.
pub(crate) const TARGET: &str = "auth_core::refused";

/// How many kinds of rejections are distinguished. There are fewer.
const MAX_KINDS: usize = 128;

/// When which line was written.
#[derive(Debug, Default)]
pub(super) struct RefusalLog(Mutex<Vec<(&'static str, LogThrottle)>>, LogThrottle);

impl RefusalLog {
    /// Whether a line about a mistake of the program is to be written now.
    fn is_mistake_due(&self, now: impl FnOnce() -> u64) -> bool {
        self.1.is_due(now())
    }

    /// Whether a line of this kind is to be written now. Asked before anything is put together for
    /// it: where no one listens, a rejection costs this look at the level.
    fn is_due(&self, kind: &'static str, now: impl FnOnce() -> u64) -> bool {
        if !tracing::enabled!(target: TARGET, Level::INFO) {
            return false;
        }
        if tracing::enabled!(target: TARGET, Level::DEBUG) {
            return true;
        }
        // A thread that would have to wait has no line to write: another thread writes one.
        let mut kinds = match self.0.try_lock() {
            Ok(kinds) => kinds,
            Err(TryLockError::Poisoned(poisoned)) => PoisonError::into_inner(poisoned),
            Err(TryLockError::WouldBlock) => return false,
        };
        if let Some((_, throttle)) = kinds.iter().find(|(known, _)| *known == kind) {
            return throttle.is_due(now());
        }
        if kinds.len() >= MAX_KINDS {
            return false;
        }
        let throttle = LogThrottle::default();
        let is_due = throttle.is_due(now());
        kinds.push((kind, throttle));
        is_due
    }
}

impl Authenticator {
    /// Notes that no token was found in the lines of `Authorization`.
    #[cold]
    pub(super) fn note_credential(&self, error: CredentialError) {
        if self.0.refusal_log.is_due(error.code(), || self.now()) {
            write(error.code(), &of_credential(error), None);
        }
    }

    /// Notes that a token was rejected, and passes that on.
    #[cold]
    pub(super) fn note_refused(&self, error: AuthError, token: RawToken<'_>) -> AuthError {
        let kind = match &error {
            AuthError::Unauthenticated(Unauthenticated::InvalidToken(problem)) => problem.code(),
            AuthError::Unauthenticated(Unauthenticated::InvalidDpopProof(problem)) => {
                problem.code()
            }
            AuthError::Unauthenticated(Unauthenticated::InvalidClientCertificate(problem)) => {
                problem.code()
            }
            // Every client that needs a nonce is rejected once, and nothing is wrong. What cannot be
            // reached has lines of its own.
            AuthError::Unauthenticated(Unauthenticated::UseDpopNonce)
            | AuthError::Forbidden(_)
            | AuthError::Unavailable(_)
            | AuthError::Misconfigured(_) => return error,
            AuthError::BadRequest(BadRequest::MalformedCredential) => {
                CredentialError::Malformed.code()
            }
            AuthError::BadRequest(BadRequest::InvalidTenant) => "invalid_tenant",
            AuthError::BadRequest(_) | AuthError::Unauthenticated(_) => error.code(),
        };
        if self.0.refusal_log.is_due(kind, || self.now())
            && let Some((finding, is_verified)) = self.finding(&error, token)
        {
            write(kind, &finding, is_verified);
        }
        error
    }

    /// Notes what a caller who may not carries.
    #[cold]
    pub(crate) fn note_forbidden(&self, caller: &Identity, forbidden: &Forbidden) {
        if !self.0.refusal_log.is_due("forbidden", || self.now()) {
            return;
        }
        let names = caller.authentication().explain_names(&self.0.tables);
        let names: Vec<String> = names.iter().map(KindNames::line).collect();
        let missing = forbidden.decision().missing().map(ToString::to_string);
        let missing = missing.as_deref();
        tracing::info!(
            target: TARGET,
            missing,
            token_carries = names.join(" | "),
            "the caller may not: what the token carries"
        );
    }

    /// Why a credential is rejected, in words; and whether what it says was signed by its issuer,
    /// where that matters.
    fn finding(&self, error: &AuthError, token: RawToken<'_>) -> Option<(Finding, Option<bool>)> {
        let reason = match error {
            AuthError::Unauthenticated(reason) => reason,
            AuthError::BadRequest(BadRequest::MalformedCredential) => {
                return Some((of_credential(CredentialError::Malformed), None));
            }
            AuthError::BadRequest(reason) => {
                return Some((Finding::new(format!("{reason:?}")), None));
            }
            AuthError::Forbidden(_) | AuthError::Unavailable(_) | AuthError::Misconfigured(_) => {
                return None;
            }
        };
        match reason {
            Unauthenticated::InvalidToken(problem) => {
                let (finding, is_verified) = self.describe_token(*problem, token);
                Some((finding, Some(is_verified)))
            }
            Unauthenticated::NoCredential => None,
            Unauthenticated::InvalidDpopProof(problem) => {
                let hint = problem.hint().map(str::to_owned);
                Some((Finding::new(problem.to_string()).hint(hint), None))
            }
            Unauthenticated::InvalidClientCertificate(problem) => {
                Some((Finding::new(problem.to_string()).with_hint(problem.hint()), None))
            }
            reason => Some((Finding::new(format!("{reason:?}")), None)),
        }
    }

    fn describe_token(&self, problem: VerifyError, token: RawToken<'_>) -> (Finding, bool) {
        match token.read() {
            Ok(token) => self.0.verifiers.describe(problem, token),
            Err(error) => (of_credential(error), false),
        }
    }

    /// Why this request was rejected at an endpoint that accepts this, for an answer that may say so.
    pub(crate) fn finding_for(
        &self,
        error: &AuthError,
        request: &Parts,
        accepted: &Accepted,
    ) -> Option<Finding> {
        match self.find_token(request, accepted) {
            Ok(Some(token)) => self.finding(error, token.raw()).map(|(finding, _)| finding),
            Ok(None) => self.finding(error, RawToken::new(&[])).map(|(finding, _)| finding),
            Err(error) => Some(of_credential(error)),
        }
    }

    /// Notes that a cross-site request was rejected.
    #[cold]
    pub(crate) fn note_cross_site(&self, reason: CrossSite) {
        let error = AuthError::BadRequest(BadRequest::CrossSite);
        if self.0.refusal_log.is_due(error.code(), || self.now()) {
            let finding = Finding::new(format!("{error:?}")).found(reason.to_string());
            write(error.code(), &finding, None);
        }
    }

    /// Why a request is cross-site, if it is.
    pub(crate) fn check_origin(&self, request: &Parts) -> Result<(), CrossSite> {
        self.0.origins.check(request)
    }

    /// Notes that the credential of a scheme was rejected, and passes that on.
    #[cold]
    pub(super) fn note_scheme(&self, method: Method, error: AuthError) -> AuthError {
        if let AuthError::Misconfigured(_) = error
            && self.0.refusal_log.is_mistake_due(|| self.now())
        {
            tracing::error!(%method, ?error, "refused with 500");
        } else if !matches!(error, AuthError::Unavailable(_))
            && self.0.refusal_log.is_due("invalid_credential", || self.now())
        {
            write("invalid_credential", &Finding::new(format!("{error:?}")), None);
        }
        error
    }
}

fn write(kind: &'static str, finding: &Finding, is_verified: Option<bool>) {
    let Finding { says, found, expected, hint, .. } = finding;
    tracing::info!(
        target: TARGET,
        code = kind,
        found = found.as_deref(),
        expected = expected.as_deref(),
        hint = hint.as_deref(),
        verified = is_verified,
        "{says}"
    );
}

fn of_credential(error: CredentialError) -> Finding {
    let hint = match error {
        CredentialError::UnsupportedScheme => {
            "send `Authorization: Bearer <token>`; a token without that word before it is taken for a scheme"
        }
        CredentialError::UnsupportedToken => {
            "its prefix says that it belongs to a scheme of the application; an endpoint that is to accept it names the method: `method = ..`"
        }
        CredentialError::Malformed => {
            "send `Authorization: Bearer <token>`, without quotes, commas or a second `Bearer`"
        }
        CredentialError::Duplicate => "a client or a proxy on the way adds a second header",
        CredentialError::InAddress => {
            "addresses are written to logs and histories: replace the credential, and send the new one in a header"
        }
        CredentialError::Several => {
            "send one of them; an endpoint that is to accept one kind alone names it: `method = ..`"
        }
    };
    Finding::new(error.to_string()).with_hint(hint)
}
