//! How messages reach people.

mod limits;
mod outbox;
mod print;
#[cfg(feature = "smtp")]
mod smtp;
mod texts;

use std::fmt;

use async_trait::async_trait;

use crate::model::Email;
use crate::secret::SecretText;

pub(crate) use limits::OnRequest;
pub(crate) use outbox::{Outbox, OutboxFull};
pub use print::PrintDelivery;
#[cfg(feature = "smtp")]
pub use smtp::{SmtpBuilder, SmtpDelivery, SmtpError};
pub use texts::{EnglishTexts, MessageTexts};

/// What a message is about. The text around it is the application's.
#[non_exhaustive]
pub enum Message {
    /// A link or code to set a new password.
    PasswordReset {
        /// The name of the account: an address may have several. Its owner has chosen it.
        username: String,
        /// The token that `password/reset/confirm` takes.
        token: SecretText,
        /// The page for it, at the origin of the application.
        link: SecretText,
        /// For how many seconds it is valid.
        valid_seconds: u64,
    },
    /// A link to show that the address receives mail.
    EmailVerification {
        /// The name of the account that the address is to belong to. The person who signed up has chosen it:
        /// show it as such.
        username: String,
        /// The token that `email/verify` takes.
        token: SecretText,
        /// The page for it, at the origin of the application.
        link: SecretText,
        /// For how many seconds it is valid.
        valid_seconds: u64,
    },
    /// A code for a sign-in.
    SignInCode {
        /// The code.
        code: SecretText,
        /// For how many seconds it is valid.
        valid_seconds: u64,
    },
    /// Someone wanted to sign up with a name that has an account already.
    AlreadySignedUp,
    /// Something about the account has changed, or was tried: for its owner to know.
    Notice(Notice),
}

/// What the owner of an account is notified of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice {
    /// The password was changed.
    PasswordChanged,
    /// A second factor was added.
    FactorAdded,
    /// A second factor was removed.
    FactorRemoved,
    /// An API key was made.
    ApiKeyCreated,
    /// A recovery code was used to sign in.
    RecoveryCodeUsed,
    /// The recovery codes were replaced: the ones before are void.
    RecoveryCodesReplaced,
    /// The password was right, and the second factor was not.
    SecondFactorFailed,
}

impl fmt::Debug for Message {
    /// Shows the kind alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PasswordReset { .. } => "PasswordReset",
            Self::EmailVerification { .. } => "EmailVerification",
            Self::SignInCode { .. } => "SignInCode",
            Self::AlreadySignedUp => "AlreadySignedUp",
            Self::Notice(_) => "Notice",
        })
    }
}

/// Why a message was not sent. The text is for the log: nothing of the message is in it.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the message was not sent: {0}")]
pub struct DeliveryError(pub String);

/// Sends messages. It is called after the response, in a task of its own, so that its time tells
/// nothing.
#[async_trait]
pub trait Delivery: Send + Sync + 'static {
    /// Sends a message to this address.
    async fn deliver(&self, to: &Email, message: Message) -> Result<(), DeliveryError>;
}
