//! How a rejection is answered: its status, its headers and its body, a problem in the words of
//! [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457).

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, VARY, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::Challenges;
use crate::binding::Dpop;
use crate::error::{AuthError, BadRequest, Forbidden, Misconfigured, Unauthenticated, Unavailable};
use crate::panics::contained;
use crate::policy::StepUp;
use crate::scheme::TokenScheme;
use crate::time::Clock;
use crate::token::{Finding, VerifyError};

/// How much a rejection says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorDetail {
    /// What the client needs to get a better token, and no more: missing scopes, and how to log
    /// in again. The default.
    #[default]
    Minimal,
    /// Everything. A 403 says the whole requirement with what was met and what was not; a 401 says
    /// what is wrong with the credential: what came, what is configured, and a hint, in `reason` and
    /// in `error_description`. Meant for development: it shows the roles, the permissions and the
    /// configuration of the API to every caller.
    Full,
}

/// [RFC 9449 §8](https://www.rfc-editor.org/rfc/rfc9449#section-8)
const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

type Hook = dyn Fn(&RejectionInfo<'_>, &HeaderMap) -> Option<RejectionBody> + Send + Sync;

/// Renders the rejections of one authenticator, as its builder is configured.
#[derive(Default)]
pub(crate) struct RejectionRenderer {
    pub(crate) error_detail: ErrorDetail,
    pub(crate) realm: Option<String>,
    pub(crate) resource_metadata: Option<String>,
    /// Where a browser's session begins anew.
    pub(crate) sign_in_path: Option<String>,
    pub(crate) dpop: Option<DpopChallenge>,
    hook: Option<Arc<Hook>>,
}

/// What challenges say of DPoP.
#[derive(Clone)]
pub(crate) struct DpopChallenge {
    pub(crate) settings: Dpop,
    pub(crate) clock: Arc<dyn Clock>,
}

impl DpopChallenge {
    /// Gives the client the nonce for its next proof. An answer with a nonce is nothing for a cache,
    /// which would hand it out when it is old (RFC 9449 §8.2).
    fn give_nonce(&self, headers: &mut HeaderMap) {
        let nonce = self.settings.nonce(self.clock.now());
        // Always a header value: it is base64url.
        if let Some(nonce) = nonce.and_then(|nonce| HeaderValue::try_from(nonce).ok()) {
            headers.insert(DPOP_NONCE, nonce);
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
    }
}

/// A rejection that is about to be answered, for `on_rejection`.
#[derive(Clone, Copy, Debug)]
pub struct RejectionInfo<'a> {
    error: &'a AuthError,
}

impl<'a> RejectionInfo<'a> {
    /// Why the request is rejected. Meant for the program: of a decision, show the caller no more
    /// than you mean to.
    #[must_use]
    pub const fn error(&self) -> &'a AuthError {
        self.error
    }

    /// The status of the answer.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        status(self.error)
    }

    /// The stable name of the rejection: the `code` of the problem.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.error.code()
    }
}

/// A body in place of the problem, from `on_rejection`.
#[derive(Debug)]
pub struct RejectionBody {
    content_type: HeaderValue,
    body: Body,
}

impl RejectionBody {
    /// A body of this media type. One that is no header value becomes `application/octet-stream`.
    #[must_use]
    pub fn new(content_type: impl AsRef<str>, body: impl Into<Body>) -> Self {
        let content_type = HeaderValue::from_str(content_type.as_ref())
            .unwrap_or(HeaderValue::from_static("application/octet-stream"));
        Self { content_type, body: body.into() }
    }
}

impl RejectionRenderer {
    pub(crate) fn set_hook(
        &mut self,
        hook: impl Fn(&RejectionInfo<'_>, &HeaderMap) -> Option<RejectionBody> + Send + Sync + 'static,
    ) {
        self.hook = Some(Arc::new(hook));
    }

    /// The answer to a rejection of the request with these headers.
    ///
    /// `finding` is what is wrong with the credential, where that may be said: see
    /// [`ErrorDetail::Full`].
    pub(crate) fn render(
        &self,
        error: &AuthError,
        finding: Option<&Finding>,
        offered: &Challenges,
        request: &HeaderMap,
    ) -> Response {
        // A hook that panics costs its own words, not the answer. It is behind `&self`, so what it
        // was doing is its own affair.
        let body = self.hook.as_deref().and_then(|hook| {
            let ask = || hook(&RejectionInfo { error }, request);
            contained("the `on_rejection` hook", AssertUnwindSafe(ask)).flatten()
        });
        let RejectionBody { content_type, body } = body.unwrap_or_else(|| RejectionBody {
            content_type: HeaderValue::from_static("application/problem+json"),
            body: self.problem_body(error, finding).into(),
        });
        let mut response = Response::new(body);
        *response.status_mut() = status(error);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, content_type);
        // A rejection holds for one caller at one moment (RFC 6750 §5.3).
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        // Where only one scheme is offered, it does not matter which one was used.
        let used = self.dpop.is_some().then(|| TokenScheme::of(request)).flatten();
        self.set_challenges(error, finding, offered, used, headers);
        match error {
            AuthError::Unavailable(Unavailable::NotReachable { retry_after }) => {
                headers.insert(RETRY_AFTER, HeaderValue::from(*retry_after));
            }
            // What the rejection depends on, for a cache that keeps it all the same.
            AuthError::BadRequest(BadRequest::CrossSite) => {
                headers.insert(VARY, HeaderValue::from_static("Sec-Fetch-Site, Origin"));
            }
            _ => {}
        }
        response
    }

    /// Sets the challenges of a rejection, and the nonce if it asks for one. `used` is the scheme of
    /// the request.
    pub(super) fn set_challenges(
        &self,
        error: &AuthError,
        finding: Option<&Finding>,
        offered: &Challenges,
        used: Option<TokenScheme>,
        headers: &mut HeaderMap,
    ) {
        let mut is_first = true;
        offered.each(error, finding, self, used, |challenge| {
            // The first replaces what is there already.
            if std::mem::take(&mut is_first) {
                headers.insert(WWW_AUTHENTICATE, challenge);
            } else {
                headers.append(WWW_AUTHENTICATE, challenge);
            }
        });
        if matches!(error, AuthError::Unauthenticated(Unauthenticated::UseDpopNonce)) {
            self.renew_nonce(headers);
        }
    }

    /// Adds the nonce for the client's next proof to an answer.
    pub(super) fn renew_nonce(&self, headers: &mut HeaderMap) {
        if let Some(dpop) = &self.dpop {
            dpop.give_nonce(headers);
        }
    }
}

impl fmt::Debug for RejectionRenderer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RejectionRenderer")
            .field("error_detail", &self.error_detail)
            .field("realm", &self.realm)
            .field("resource_metadata", &self.resource_metadata)
            .field("sign_in_path", &self.sign_in_path)
            .field("dpop", &self.dpop.as_ref().map(|dpop| &dpop.settings))
            .field("hook", &self.hook.is_some())
            .finish_non_exhaustive()
    }
}

/// What kind of rejection it is, as far as answers differ: two of one kind are answered with the same
/// status, the same challenge and, but for [`ErrorDetail::Full`], the same body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    NoCredential,
    InvalidRequest,
    CredentialInAddress,
    InvalidTenant,
    CrossSite,
    InvalidCredential,
    InvalidToken,
    /// An invalid token too, but another scheme would be the right one.
    SenderConstrained,
    InvalidDpopProof,
    UseDpopNonce,
    /// With the login that would do: each has a challenge of its own.
    InsufficientUserAuthentication,
    /// With the scopes that would do: each has a challenge of its own.
    InsufficientScope,
    Forbidden,
    NotReachable,
    NoAuthenticator,
    UndeterminedTenant,
    MisconfiguredScheme,
    MisplacedSignIn,
}

impl Problem {
    /// How many kinds there are.
    pub(super) const COUNT: usize = Self::MisplacedSignIn as usize + 1;

    pub(super) const fn of(error: &AuthError) -> Self {
        match error {
            AuthError::BadRequest(problem) => match problem {
                BadRequest::MalformedCredential | BadRequest::SeveralCredentials => {
                    Self::InvalidRequest
                }
                BadRequest::CredentialInAddress => Self::CredentialInAddress,
                BadRequest::InvalidTenant => Self::InvalidTenant,
                BadRequest::CrossSite => Self::CrossSite,
            },
            AuthError::Unauthenticated(problem) => match problem {
                Unauthenticated::NoCredential => Self::NoCredential,
                Unauthenticated::InvalidCredential { .. } => Self::InvalidCredential,
                Unauthenticated::InvalidToken(VerifyError::SenderConstrained) => {
                    Self::SenderConstrained
                }
                Unauthenticated::InvalidToken(_) | Unauthenticated::InvalidClientCertificate(_) => {
                    Self::InvalidToken
                }
                Unauthenticated::InvalidDpopProof(_) => Self::InvalidDpopProof,
                Unauthenticated::UseDpopNonce => Self::UseDpopNonce,
                Unauthenticated::InsufficientUserAuthentication { .. } => {
                    Self::InsufficientUserAuthentication
                }
            },
            AuthError::Forbidden(forbidden) if forbidden.scopes().is_some() => {
                Self::InsufficientScope
            }
            AuthError::Forbidden(_) => Self::Forbidden,
            AuthError::Unavailable(Unavailable::NotReachable { .. }) => Self::NotReachable,
            AuthError::Misconfigured(Misconfigured::UndeterminedTenant) => Self::UndeterminedTenant,
            AuthError::Misconfigured(Misconfigured::NoAuthenticator) => Self::NoAuthenticator,
            AuthError::Misconfigured(Misconfigured::Scheme { .. }) => Self::MisconfiguredScheme,
            AuthError::Misconfigured(Misconfigured::PendingSignIn) => Self::MisplacedSignIn,
        }
    }

    /// Whether its challenge names what would do.
    pub(super) const fn names_a_remedy(self) -> bool {
        matches!(self, Self::InsufficientUserAuthentication | Self::InsufficientScope)
    }

    const fn status(self) -> StatusCode {
        match self {
            Self::InvalidRequest | Self::CredentialInAddress | Self::InvalidTenant => {
                StatusCode::BAD_REQUEST
            }
            Self::NoCredential
            | Self::InvalidCredential
            | Self::InvalidToken
            | Self::SenderConstrained
            | Self::InvalidDpopProof
            | Self::UseDpopNonce
            | Self::InsufficientUserAuthentication => StatusCode::UNAUTHORIZED,
            Self::InsufficientScope | Self::Forbidden | Self::CrossSite => StatusCode::FORBIDDEN,
            Self::NotReachable => StatusCode::SERVICE_UNAVAILABLE,
            Self::NoAuthenticator
            | Self::UndeterminedTenant
            | Self::MisconfiguredScheme
            | Self::MisplacedSignIn => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    const fn detail(self) -> &'static str {
        match self {
            Self::NoCredential => "The request carries no credential.",
            Self::InvalidRequest => "The credential is malformed, or there is more than one.",
            Self::CredentialInAddress => {
                "A credential must not be in the address: it is known to others now. Replace it, and send it in a header."
            }
            Self::InvalidTenant => "The tenant of the request is missing or malformed.",
            Self::CrossSite => "The request was sent by a page of another site.",
            Self::InvalidCredential => "The credential is not valid.",
            Self::InvalidToken | Self::SenderConstrained => "The access token is not valid.",
            Self::InvalidDpopProof => "The DPoP proof is missing or not valid.",
            Self::UseDpopNonce => "The DPoP proof needs the nonce in the header DPoP-Nonce.",
            Self::InsufficientUserAuthentication => "A stronger or more recent login is required.",
            Self::InsufficientScope => "The access token lacks a scope.",
            Self::Forbidden => "The caller may not do this.",
            Self::NotReachable => "Authentication is temporarily unavailable. Try again later.",
            Self::NoAuthenticator
            | Self::UndeterminedTenant
            | Self::MisconfiguredScheme
            | Self::MisplacedSignIn => "The service is not set up correctly.",
        }
    }
}

/// The status of a rejection.
pub(crate) const fn status(error: &AuthError) -> StatusCode {
    Problem::of(error).status()
}

impl RejectionRenderer {
    /// The body of a rejection: the problem as JSON, written once for each kind of rejection.
    fn problem_body(&self, error: &AuthError, finding: Option<&Finding>) -> Bytes {
        static BODIES: [OnceLock<&'static str>; Problem::COUNT] =
            [const { OnceLock::new() }; Problem::COUNT];
        let kind = Problem::of(error);
        if let Some(finding) = finding {
            return with_reason(problem(error), finding).to_string().into();
        }
        match (error, BODIES.get(kind as usize)) {
            (
                AuthError::Unauthenticated(Unauthenticated::InsufficientUserAuthentication(it)),
                _,
            ) if it.asks_for_factors() || self.start(it).is_some() => {
                with_step_up(problem(error), it, self.start(it)).to_string().into()
            }
            (AuthError::Forbidden(forbidden), _) if self.error_detail == ErrorDetail::Full => {
                disclosed(problem(error), forbidden).to_string().into()
            }
            // One text for each kind is kept for good, so that answers share it without counting.
            (_, Some(body)) => {
                let body = body.get_or_init(|| problem(error).to_string().leak());
                Bytes::from_static(body.as_bytes())
            }
            (_, None) => problem(error).to_string().into(),
        }
    }

    /// Where the caller signs in again, if that is here.
    fn start<'a>(&'a self, step_up: &'a StepUp) -> Option<&'a str> {
        // No sign-in here gives a session another class.
        let helps = step_up.by_session && step_up.acr_values.is_empty();
        let usual = || self.sign_in_path.as_deref().filter(|_| helps);
        step_up.start.as_deref().or_else(usual)
    }
}

/// The problem ([RFC 9457 §3](https://www.rfc-editor.org/rfc/rfc9457#section-3)).
///
/// `type` is `about:blank`, so `title` is the phrase of the status (§4.2.1); the kind of rejection
/// is in `code`, an extension member.
fn problem(error: &AuthError) -> Value {
    let problem = Problem::of(error);
    json!({
        "type": "about:blank",
        "title": problem.status().canonical_reason(),
        "status": problem.status().as_u16(),
        "code": error.code(),
        "detail": problem.detail(),
    })
}

/// The same with the factors that have to be proved, and where: no challenge has words for them.
fn with_step_up(mut problem: Value, step_up: &StepUp, start: Option<&str>) -> Value {
    if let Some(members) = problem.as_object_mut() {
        members.extend(start.map(|start| ("start".to_owned(), start.into())));
        if step_up.mfa {
            members.insert("mfa".to_owned(), true.into());
        }
        if !step_up.factors.is_empty() {
            let factors: Vec<Value> = step_up.factors.iter().map(|it| it.to_json()).collect();
            members.insert("factors".to_owned(), factors.into());
        }
    }
    problem
}

/// The same with what is wrong with the credential.
fn with_reason(mut problem: Value, finding: &Finding) -> Value {
    if let (Some(members), Ok(finding)) = (problem.as_object_mut(), serde_json::to_value(finding)) {
        members.insert("reason".to_owned(), finding);
    }
    problem
}

/// The same with all that the decision was made from: names of requirements and verdicts on them.
/// What a check looked at is not in there.
fn disclosed(mut problem: Value, forbidden: &Forbidden) -> Value {
    if let Some(members) = problem.as_object_mut() {
        let decision = forbidden.decision();
        members.insert("decision".to_owned(), decision.to_string().into());
        members.insert("explanation".to_owned(), forbidden.explanation().into());
        if let Some(missing) = decision.missing() {
            members.insert("missing".to_owned(), missing.to_json());
        }
    }
    problem
}
