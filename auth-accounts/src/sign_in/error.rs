//! Why no user is signed in.

use http::StatusCode;

use crate::password::Busy;
use crate::store::StoreError;
use crate::web::Problem;

/// Why no user is signed in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignInError {
    /// The name or the password is wrong, or the account cannot be used. The answer does not say
    /// which of them.
    #[error("the name or the password is wrong")]
    Refused,
    /// There were too many attempts.
    #[error("there were too many attempts; try again in {retry_after} seconds")]
    TooManyAttempts {
        /// When to try again, in seconds from now.
        retry_after: u64,
    },
    /// There is more to check than can be checked now.
    #[error("too many passwords wait for being checked; try again in {retry_after} seconds")]
    Busy {
        /// When to try again, in seconds from now.
        retry_after: u64,
    },
    /// No sign-in waits for a second factor: it was not begun, is over, or was ended by another request.
    #[error("no sign-in waits for a second factor: begin it anew")]
    NotBegun,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SignInError {
    /// Its stable name: the `code` of the problem that a client reads.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Refused => "invalid_credentials",
            Self::TooManyAttempts { .. } => "too_many_attempts",
            Self::Busy { .. } => "busy",
            Self::NotBegun => "no_pending_sign_in",
            Self::Store(_) => "unavailable",
        }
    }
}

impl From<Busy> for SignInError {
    fn from(Busy: Busy) -> Self {
        Self::Busy { retry_after: Busy::RETRY_AFTER }
    }
}

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        let (code, detail) = (error.code(), error.to_string());
        match error {
            SignInError::Refused | SignInError::NotBegun => {
                Self::new(StatusCode::UNAUTHORIZED, code, detail)
            }
            SignInError::TooManyAttempts { retry_after } => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, code, detail).retry_after(retry_after)
            }
            SignInError::Busy { retry_after } => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail).retry_after(retry_after)
            }
            SignInError::Store(error) => error.into(),
        }
    }
}
