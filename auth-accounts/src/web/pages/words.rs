//! What people read where programs read a code.

use http::StatusCode;

use super::Done;

/// Why something was not done, in a sentence or two. `detail` is the one for developers, where there
/// are no better words.
pub(super) fn problem(
    status: StatusCode,
    code: &str,
    detail: &str,
    retry_after: Option<u64>,
) -> String {
    let text = match code {
        "invalid_credentials" => "The user name or the password is wrong.",
        "wrong_code" => "The code is wrong, or was used before.",
        "wrong_password" => "The current password is wrong.",
        "no_pending_sign_in" => "That took too long. Please sign in again.",
        "insufficient_user_authentication" => "This needs a fresh sign-in. Please sign in again.",
        "factor_not_asked_for" => "This sign-in asks for something else. Please start again.",
        "invalid_username" => {
            "A user name has letters, digits and punctuation, but no spaces and no colons."
        }
        "invalid_email" => "An e-mail address looks like alice@example.com.",
        "password_too_short" => {
            "The password is too short, apart from names that are easy to guess."
        }
        "password_too_long" => "The password is too long.",
        "password_too_common" => "This password is among those that are tried first.",
        "password_control_character" => "The password has characters that cannot be typed.",
        "invalid_token" => "The link is not valid any more. Ask for another one.",
        "not_your_account" => {
            "Sign in to the account that the link is for, or type in its password."
        }
        "last_way_in" => "This is the only way into the account.",
        "too_many_factors" => "The account has as many factors as it may have. Remove one first.",
        "nothing_to_confirm" => "The secret has waited too long. Add the app again.",
        "no_second_factor" => "Add a second factor first: recovery codes are for when it is lost.",
        "cross_site_request" => "The form did not come from a page of this site.",
        "invalid_fields" => "Something is missing in the form.",
        "no_rights" => "Tick at least one thing that the key may do.",
        "invalid_lifetime" => "That is no number of seconds for which a key can be valid.",
        "too_long" => "The form is too long.",
        "not_found" => "There is no such thing any more.",
        "too_many_attempts" => return too_many(retry_after),
        "busy" | "unavailable" => {
            return "This cannot be done now. Try again in a moment.".to_owned();
        }
        _ if status == StatusCode::UNAUTHORIZED => "Please sign in.",
        _ if detail.is_empty() || status.is_server_error() => "This cannot be done.",
        _ => return sentence(detail),
    };
    text.to_owned()
}

/// When to try again, in words.
fn too_many(retry_after: Option<u64>) -> String {
    let wait = match retry_after {
        None => return "There were too many attempts. Try again later.".to_owned(),
        Some(seconds) if seconds < 90 => format!("{seconds} seconds"),
        Some(seconds) if seconds < 5_400 => format!("{} minutes", seconds.div_ceil(60)),
        Some(seconds) => format!("{} hours", seconds.div_ceil(3_600)),
    };
    format!("There were too many attempts. Try again in {wait}.")
}

/// With a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    let mut sentence: String = first.into_iter().flatten().chain(letters).collect();
    if !sentence.ends_with('.') {
        sentence.push('.');
    }
    sentence
}

pub(super) const fn done(done: Done) -> &'static str {
    match done {
        Done::SignedUp => "Thank you. You can sign in now.",
        Done::SignedOut => "You are signed out.",
        Done::PasswordChanged => "The password is changed, and all other sessions are ended.",
        Done::ResetRequested => {
            "If there is such an account, a message with a link is on its way to its address."
        }
        Done::PasswordReset => "The password is set. Sign in with it.",
        Done::EmailVerified => "Thank you. The address is confirmed.",
        Done::SessionEnded => "The session is ended.",
        Done::FactorAdded => {
            "It is asked for from now on. Make recovery codes, too, in case that it is lost."
        }
        Done::FactorRemoved => "It is removed.",
        Done::ApiKeyRevoked => "The key is revoked.",
        Done::CodeSent => "Another code is on its way.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_to_wait_is_said_in_the_unit_that_fits() {
        let words =
            |seconds| problem(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", "", seconds);
        assert!(words(Some(30)).ends_with("30 seconds."));
        assert!(words(Some(601)).ends_with("11 minutes."));
        assert!(words(Some(7_201)).ends_with("3 hours."));
        assert!(words(None).ends_with("later."));
    }

    #[test]
    fn what_has_no_words_of_its_own_is_said_in_those_for_developers() {
        let words = problem(StatusCode::CONFLICT, "unheard_of", "a key is there already", None);
        assert_eq!(words, "A key is there already.");
        let words = problem(StatusCode::INTERNAL_SERVER_ERROR, "", "the disk is on fire", None);
        assert_eq!(words, "This cannot be done.");
    }
}
