//! OAuth errors.

use std::borrow::Cow;

use auth_accounts::store::StoreError;
use auth_core::revocation::CatchUpError;
use axum::response::{IntoResponse, Response};
use http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::json;

use super::{FormError, no_store};

/// After how many seconds a client may try again when a store has failed.
const RETRY_SECONDS: u64 = 5;

/// [RFC 9449 §8](https://www.rfc-editor.org/rfc/rfc9449#section-8)
pub(crate) const DPOP_NONCE: HeaderName = HeaderName::from_static("dpop-nonce");

/// The registered error codes.
///
/// `server_error` and `temporarily_unavailable` are registered for the authorization endpoint
/// ([RFC 6749 §4.1.2.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1)), whose errors have no status. The
/// endpoints of clients answer 500 and 503 ([RFC 7009
/// §2.2.1](https://www.rfc-editor.org/rfc/rfc7009#section-2.2.1) says so for one), and the status is what counts:
/// [RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2) has codes for 400 and 401 alone. The body has
/// these two names all the same, with the meaning that they have there, since libraries that expect `error` in every
/// answer would otherwise complain of the answer, and those that look at the status do not read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OAuthErrorCode {
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    InvalidScope,
    InvalidTarget,
    UnauthorizedClient,
    UnsupportedGrantType,
    UnsupportedResponseType,
    AccessDenied,
    ServerError,
    TemporarilyUnavailable,
    LoginRequired,
    ConsentRequired,
    UnmetAuthenticationRequirements,
    RequestNotSupported,
    RequestUriNotSupported,
    InvalidDpopProof,
    UseDpopNonce,
    AuthorizationPending,
    SlowDown,
    ExpiredToken,
    InvalidRedirectUri,
    InvalidClientMetadata,
    InvalidSoftwareStatement,
    InvalidToken,
}

impl OAuthErrorCode {
    /// Its name in `error`.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::AccessDenied => "access_denied",
            Self::ServerError => "server_error",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
            Self::UnmetAuthenticationRequirements => "unmet_authentication_requirements",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::UseDpopNonce => "use_dpop_nonce",
            Self::AuthorizationPending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::ExpiredToken => "expired_token",
            Self::InvalidRedirectUri => "invalid_redirect_uri",
            Self::InvalidClientMetadata => "invalid_client_metadata",
            Self::InvalidSoftwareStatement => "invalid_software_statement",
            Self::InvalidToken => "invalid_token",
        }
    }
}

/// An error answer ([RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OAuthError {
    pub(crate) code: OAuthErrorCode,
    pub(crate) description: Cow<'static, str>,
    /// The challenge of a 401.
    pub(crate) challenge: Option<&'static str>,
    /// The nonce for the next DPoP proof
    /// ([RFC 9449 §8](https://www.rfc-editor.org/rfc/rfc9449#section-8)).
    pub(crate) dpop_nonce: Option<String>,
    /// When to try again, in seconds. `Some` if the client has sent too many requests.
    pub(crate) retry_after: Option<u64>,
    /// What was found, and what is registered: for the log alone.
    pub(crate) found: Option<String>,
}

impl OAuthError {
    pub(crate) fn new(code: OAuthErrorCode, description: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            description: description.into(),
            challenge: None,
            dpop_nonce: None,
            retry_after: None,
            found: None,
        }
    }

    pub(crate) fn invalid_request(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(OAuthErrorCode::InvalidRequest, description)
    }

    pub(crate) fn invalid_grant(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(OAuthErrorCode::InvalidGrant, description)
    }

    pub(crate) fn invalid_client() -> Self {
        Self::new(OAuthErrorCode::InvalidClient, "the client could not be authenticated")
    }

    pub(crate) fn with_challenge(mut self, challenge: &'static str) -> Self {
        self.challenge = Some(challenge);
        self
    }

    /// Too many requests: 429.
    pub(crate) fn too_many_requests(seconds: u64) -> Self {
        let description = "too many requests: try again later";
        let mut error = Self::new(OAuthErrorCode::TemporarilyUnavailable, description);
        error.retry_after = Some(seconds.max(1));
        error
    }

    /// Adds for the log what was found. It is no secret.
    pub(crate) fn with_found(mut self, found: impl Into<String>) -> Self {
        self.found = Some(found.into());
        self
    }

    /// Says in the log that a request was refused, and why: client libraries hide from developers what they
    /// are answered. What happens every day though nothing is wrong, and what has a line of its own, is said at
    /// `debug`.
    pub(crate) fn log(&self) {
        use OAuthErrorCode as Code;

        let (error, found) = (self.code.as_str(), self.found.as_deref());
        let description = self.description();
        match self.code {
            Code::AccessDenied
            | Code::AuthorizationPending
            | Code::ConsentRequired
            | Code::InvalidClient
            | Code::LoginRequired
            | Code::ServerError
            | Code::SlowDown
            | Code::TemporarilyUnavailable
            | Code::UseDpopNonce => {
                tracing::debug!(error, description, found, "a request was refused");
            }
            _ => tracing::info!(error, description, found, "a request was refused"),
        }
    }

    /// The text for `error_description`: printable ASCII without `"` and `\`.
    pub(crate) fn description(&self) -> String {
        let fits = |it: char| matches!(it, ' '..='~') && !matches!(it, '"' | '\\');
        self.description.chars().map(|it| if fits(it) { it } else { '\'' }).take(300).collect()
    }

    fn status(&self) -> StatusCode {
        match self.code {
            OAuthErrorCode::TemporarilyUnavailable if self.retry_after.is_some() => {
                StatusCode::TOO_MANY_REQUESTS
            }
            OAuthErrorCode::InvalidClient => StatusCode::UNAUTHORIZED,
            OAuthErrorCode::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            OAuthErrorCode::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

impl From<FormError> for OAuthError {
    fn from(error: FormError) -> Self {
        Self::invalid_request(error.description())
    }
}

impl From<StoreError> for OAuthError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store of the authorization server failed");
        Self::new(OAuthErrorCode::TemporarilyUnavailable, "try again in a moment")
    }
}

impl From<CatchUpError> for OAuthError {
    fn from(error: CatchUpError) -> Self {
        tracing::error!(%error, "it is not known what was revoked");
        Self::new(OAuthErrorCode::TemporarilyUnavailable, "try again in a moment")
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        crate::measure::refused(self.code);
        self.log();
        let body = json!({
            "error": self.code.as_str(),
            "error_description": self.description(),
        });
        let mut response = (self.status(), axum::response::Json(body)).into_response();
        if let Some(challenge) = self.challenge {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        let retry_after = self.retry_after.or_else(|| {
            (self.code == OAuthErrorCode::TemporarilyUnavailable).then_some(RETRY_SECONDS)
        });
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(nonce) = self.dpop_nonce.and_then(|it| HeaderValue::try_from(it).ok()) {
            response.headers_mut().insert(DPOP_NONCE, nonce);
        }
        no_store(response)
    }
}

/// A text of a request for the log: cut, and without control characters. It is logged as a string, never by `%`, so
/// that it stays in its quotes.
pub(crate) fn for_log(text: &str) -> String {
    text.chars().filter(|it| !it.is_control()).take(200).collect()
}
