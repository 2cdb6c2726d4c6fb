//! Tokens that are sent to an address and can be used once.

use super::SignInError;
use crate::accounts::Accounts;
use crate::password::{Busy, ChoiceError, PasswordError};
use crate::secret::{Digest, SecretText, random_base62};
use crate::store::OneTimeKind;

/// How many letters and digits a token has: 256 bits.
const LENGTH: usize = 43;

/// Why a token does nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// It is not valid, or not any more.
    #[error("the token is not valid, or not any more; ask for another one")]
    Invalid,
    /// The new password cannot be chosen. The token stays valid.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// It cannot be done now.
    #[error(transparent)]
    NotNow(#[from] SignInError),
}

impl TokenError {
    /// Its stable name.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Invalid => "invalid_token",
            Self::Password(error) => error.code(),
            Self::NotNow(error) => error.code(),
        }
    }
}

impl From<ChoiceError> for TokenError {
    fn from(error: ChoiceError) -> Self {
        match error {
            ChoiceError::Refused(error) => Self::Password(error),
            ChoiceError::Busy => Self::NotNow(Busy.into()),
        }
    }
}

pub(super) fn new_token() -> SecretText {
    SecretText::new(random_base62(LENGTH))
}

/// What a store keeps of a token. It has more bits than anyone can guess, so a plain digest will do.
pub(super) fn digest_of(kind: OneTimeKind, token: &SecretText) -> Digest {
    Digest::of(&[kind.as_str().as_bytes(), token.expose().as_bytes()])
}

impl Accounts {
    /// The page for a token, at the configured origin, never at the host that a request names.
    pub(super) fn link(&self, page: &str, token: &SecretText) -> SecretText {
        let (origin, path) = (self.issuer().trim_end_matches('/'), &self.0.path);
        SecretText::new(format!("{origin}{path}/{page}?token={}", token.expose()))
    }
}
