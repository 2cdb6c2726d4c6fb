//! Messages as text, for examples and development.

use std::fmt;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

use super::{Delivery, DeliveryError, Message, Notice};
use crate::model::{Email, is_plain};

/// How many characters of a user name are shown.
const NAME_LENGTH: usize = 64;

/// Writes messages to where the program says, such as its standard output, for examples and
/// development. **The tokens and codes are in them.**
///
/// ```
/// use auth_accounts::delivery::PrintDelivery;
///
/// let delivery = PrintDelivery::new(std::io::stdout());
/// # drop(delivery);
/// ```
pub struct PrintDelivery(Mutex<Box<dyn Write + Send>>);

impl PrintDelivery {
    /// Writes messages there, each in one go.
    pub fn new(to: impl Write + Send + 'static) -> Self {
        Self(Mutex::new(Box::new(to)))
    }
}

impl fmt::Debug for PrintDelivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrintDelivery(..)")
    }
}

#[async_trait]
impl Delivery for PrintDelivery {
    async fn deliver(&self, to: &Email, message: Message) -> Result<(), DeliveryError> {
        let text = format!("To: {}\n{}\n\n", to.as_str(), text(&message));
        let mut sink = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let written = sink.write_all(text.as_bytes()).and_then(|()| sink.flush());
        written.map_err(|error| DeliveryError(error.kind().to_string()))
    }
}

/// What is told, in plain English. An application that speaks to its users in its own words has a
/// [`Delivery`] of its own.
pub(super) fn text(message: &Message) -> String {
    match message {
        Message::PasswordReset { username, token, link, valid_seconds } => format!(
            "Set a new password for the account “{}” here, within {}: {}\nOr enter this token: {}\nIf \
             you did not ask for it, there is nothing to do.",
            name(username),
            duration(*valid_seconds),
            link.expose(),
            token.expose()
        ),
        Message::EmailVerification { username, token, link, valid_seconds } => format!(
            "An account was made for this address, with the user name “{}”. If it is yours, confirm \
             that here, within {}: {}\nOr enter this token: {}\nIf it is not yours, there is nothing \
             to do.",
            name(username),
            duration(*valid_seconds),
            link.expose(),
            token.expose()
        ),
        Message::SignInCode { code, valid_seconds } => format!(
            "Your code to sign in, valid for {}: {}",
            duration(*valid_seconds),
            code.expose()
        ),
        Message::AlreadySignedUp => "Somebody wanted to sign up with the name or address of your \
                                     account. If it was you, sign in, or reset your password."
            .to_owned(),
        Message::Notice(notice) => format!(
            "{} If it was not you, reset your password and look at your account.",
            match notice {
                Notice::PasswordChanged => "Your password was changed.",
                Notice::FactorAdded => "A second factor was added to your account.",
                Notice::FactorRemoved => "A second factor was removed from your account.",
                Notice::RecoveryCodesReplaced => "Your recovery codes were replaced.",
                Notice::RecoveryCodeUsed => "A recovery code was used to sign in.",
                Notice::ApiKeyCreated => "An API key was made for your account.",
                Notice::SecondFactorFailed =>
                    "Somebody had your password, and failed at the second factor.",
            }
        ),
    }
}

/// A name that a stranger may have chosen: one line, not too long, and nothing that turns a text round.
fn name(username: &str) -> String {
    let shown = username.chars().take(NAME_LENGTH);
    shown.map(|it| if is_plain(it) { it } else { '\u{fffd}' }).collect()
}

/// A time in the largest unit that fits.
fn duration(seconds: u64) -> String {
    let (count, unit) = match seconds {
        it if it >= 7_200 && it.is_multiple_of(3_600) => (it / 3_600, "hours"),
        it if it >= 120 => (it / 60, "minutes"),
        it => (it, "seconds"),
    };
    format!("{count} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_in_the_largest_unit_that_fits() {
        for (seconds, expected) in [
            (1, "1 seconds"),
            (90, "90 seconds"),
            (600, "10 minutes"),
            (3_600, "60 minutes"),
            (86_400, "24 hours"),
        ] {
            assert_eq!(duration(seconds), expected);
        }
    }
}
