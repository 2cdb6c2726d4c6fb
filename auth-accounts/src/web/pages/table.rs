//! Which page belongs to which endpoint, and where a form leads.

use http::Method;

use super::{Done, PageKind};

/// What is made of the answer of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct View {
    /// The page that is shown again if a form is not taken.
    pub(super) page: PageKind,
    /// What follows if it is taken.
    pub(super) then: Then,
    /// The endpoint whose page a person goes back to.
    pub(super) home: &'static str,
    /// Whether the address of the page has a token, which no other site is to learn.
    pub(super) has_token: bool,
}

/// What follows a form that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// This page, with what the endpoint answers.
    Show(PageKind),
    /// Another page, which says what was done.
    Go(&'static str, Done),
    /// The second step of a sign-in, or where the person wanted to go.
    SignIn,
}

const fn show(page: PageKind, home: &'static str) -> View {
    View { page, then: Then::Show(page), home, has_token: false }
}

/// What is shown once, in the answer to a form.
const fn once(page: PageKind, shown: PageKind, home: &'static str) -> View {
    View { page, then: Then::Show(shown), home, has_token: false }
}

const fn then(page: PageKind, home: &'static str, next: &'static str, done: Done) -> View {
    View { page, then: Then::Go(next, done), home, has_token: false }
}

const fn sign_in(page: PageKind, home: &'static str) -> View {
    View { page, then: Then::SignIn, home, has_token: false }
}

const fn with_token(view: View) -> View {
    View { has_token: true, ..view }
}

/// What is made of the answer at this path below the one that the accounts are mounted at; `None` where
/// people get what programs get.
pub(super) fn view(method: &Method, path: &str) -> Option<View> {
    let path = path.trim_matches('/');
    if *method == Method::POST { of_form(path) } else { of_page(path) }
}

/// The pages that can be opened.
fn of_page(path: &str) -> Option<View> {
    Some(match path {
        "" => show(PageKind::Account, ""),
        "sign-up" => show(PageKind::SignUp, "sign-up"),
        "sign-in" => show(PageKind::SignIn, ""),
        "sign-in/totp" => show(PageKind::SignInTotp, ""),
        "sign-in/recovery-code" => show(PageKind::SignInRecoveryCode, ""),
        "sign-in/code" => show(PageKind::SignInCode, ""),
        "password" => show(PageKind::Password, "password"),
        "password/reset" => show(PageKind::PasswordReset, "password/reset"),
        "password/reset/confirm" => {
            with_token(show(PageKind::PasswordResetConfirm, "password/reset"))
        }
        "email/verify" => with_token(show(PageKind::EmailVerify, "")),
        "sessions" => show(PageKind::Sessions, "sessions"),
        "factors" => show(PageKind::Factors, "factors"),
        "api-keys" => show(PageKind::ApiKeys, "api-keys"),
        _ => return None,
    })
}

/// The forms of these pages.
fn of_form(path: &str) -> Option<View> {
    Some(match path {
        "sign-up" => then(PageKind::SignUp, "sign-up", "sign-in", Done::SignedUp),
        "sign-in" => sign_in(PageKind::SignIn, ""),
        "sign-in/totp" => sign_in(PageKind::SignInTotp, ""),
        "sign-in/recovery-code" => sign_in(PageKind::SignInRecoveryCode, ""),
        "sign-in/code" => sign_in(PageKind::SignInCode, ""),
        "sign-in/code/send" => then(PageKind::Problem, "", "sign-in/code", Done::CodeSent),
        "sign-out" | "sign-out/everywhere" => {
            then(PageKind::Problem, "sessions", "sign-in", Done::SignedOut)
        }
        "password" => then(PageKind::Password, "password", "", Done::PasswordChanged),
        "password/reset" => {
            then(PageKind::PasswordReset, "password/reset", "password/reset", Done::ResetRequested)
        }
        "password/reset/confirm" => with_token(then(
            PageKind::PasswordResetConfirm,
            "password/reset",
            "sign-in",
            Done::PasswordReset,
        )),
        "email/verify" => {
            with_token(then(PageKind::EmailVerify, "", "email/verify", Done::EmailVerified))
        }
        "totp" => once(PageKind::Problem, PageKind::TotpEnrolment, "factors"),
        "totp/confirm" => then(PageKind::TotpEnrolment, "factors", "factors", Done::FactorAdded),
        "recovery-codes" => once(PageKind::Problem, PageKind::RecoveryCodes, "factors"),
        "api-keys" => once(PageKind::ApiKeys, PageKind::NewApiKey, "api-keys"),
        _ => return of_item(path),
    })
}

/// The forms of one thing of a list.
fn of_item(path: &str) -> Option<View> {
    let (list, rest) = path.split_once('/')?;
    let (id, verb) = rest.split_once('/')?;
    Some(match (list, verb) {
        _ if id.is_empty() => return None,
        ("sessions", "end") => then(PageKind::Problem, "sessions", "sessions", Done::SessionEnded),
        ("factors", "remove") => then(PageKind::Problem, "factors", "factors", Done::FactorRemoved),
        ("api-keys", "rotate") => once(PageKind::Problem, PageKind::NewApiKey, "api-keys"),
        ("api-keys", "revoke") => {
            then(PageKind::Problem, "api-keys", "api-keys", Done::ApiKeyRevoked)
        }
        _ => return None,
    })
}

/// The path of an endpoint below that of the accounts.
pub(super) fn path(base: &str, endpoint: &str) -> String {
    match (base, endpoint) {
        ("", "") => "/".to_owned(),
        (base, "") => base.to_owned(),
        (base, endpoint) => format!("{base}/{endpoint}"),
    }
}

/// The page of a second step by this factor.
pub(super) fn second_step(factors: &[&str]) -> &'static str {
    let has = |name| factors.contains(&name);
    match () {
        () if has("totp") => "sign-in/totp",
        () if has("code") => "sign-in/code",
        () => "sign-in/recovery-code",
    }
}
