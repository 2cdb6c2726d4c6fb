//! What messages say.

use super::{Message, Notice};
use crate::model::is_plain;

/// How many characters of a user name are shown.
const NAME_LENGTH: usize = 64;

/// The words of the messages of an application. Each method has a default in plain English.
///
/// ```
/// use auth_accounts::delivery::{EnglishTexts, Message, MessageTexts};
///
/// struct Ours;
///
/// impl MessageTexts for Ours {
///     fn subject(&self, message: &Message) -> String {
///         format!("Notes: {}", EnglishTexts.subject(message))
///     }
/// }
/// ```
pub trait MessageTexts: Send + Sync + 'static {
    /// The subject, in one line.
    fn subject(&self, message: &Message) -> String {
        subject(message).to_owned()
    }

    /// The text, with no markup. User names in messages are chosen by their owners, who may be
    /// attackers.
    fn text(&self, message: &Message) -> String {
        text(message)
    }
}

/// The English texts.
#[derive(Clone, Copy, Debug, Default)]
pub struct EnglishTexts;

impl MessageTexts for EnglishTexts {}

/// What a message is about. Codes and names are not in it: subjects are shown on locked screens.
const fn subject(message: &Message) -> &'static str {
    match message {
        Message::PasswordReset { .. } => "Set a new password",
        Message::EmailVerification { .. } => "Confirm your address",
        Message::SignInCode { .. } => "Your code to sign in",
        Message::AlreadySignedUp => "You have an account already",
        Message::Notice(Notice::PasswordChanged) => "Your password was changed",
        Message::Notice(Notice::SecondFactorFailed) => {
            "Your password was used, and the second factor failed"
        }
        Message::Notice(_) => "Your account was changed",
    }
}

/// What is said, in plain English.
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
        Message::AlreadySignedUp => "Someone wanted to sign up with the name of your \
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
                    "Your password was used, and the second factor failed.",
            }
        ),
    }
}

/// A name that an attacker may have chosen: one line, not too long, and without characters that change the
/// direction of text.
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
    fn a_time_is_written_in_the_largest_unit_that_fits() {
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
