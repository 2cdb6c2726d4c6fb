//! The standard pages. They work without a script, with the keyboard and with a screen reader, in the
//! light and in the dark.

mod account;
mod field;
mod lists;
mod secrets;
mod sign_in;

use serde_json::Value;

use super::markup::Markup;
use super::{Page, PageKind, words};

/// A whole page.
pub(super) fn html(page: &Page<'_>) -> String {
    let mut out = Markup::default();
    head(&mut out, page);
    header(&mut out, page);
    out.raw("<main id=\"main\"><h1>").text(heading(page)).raw("</h1>");
    result(&mut out, page);
    match page.kind {
        PageKind::Account => account::overview(&mut out, page),
        PageKind::SignUp => sign_in::sign_up(&mut out, page),
        PageKind::SignIn => sign_in::sign_in(&mut out, page),
        PageKind::SignInTotp | PageKind::SignInRecoveryCode | PageKind::SignInCode => {
            sign_in::second_step(&mut out, page);
        }
        PageKind::Password => account::password(&mut out, page),
        PageKind::PasswordReset => sign_in::reset(&mut out, page),
        PageKind::PasswordResetConfirm => sign_in::confirm_reset(&mut out, page),
        PageKind::EmailVerify => sign_in::verify_email(&mut out, page),
        PageKind::Sessions => lists::sessions(&mut out, page),
        PageKind::Factors => lists::factors(&mut out, page),
        PageKind::TotpEnrolment => secrets::totp(&mut out, page),
        PageKind::RecoveryCodes => secrets::recovery_codes(&mut out, page),
        PageKind::ApiKeys => lists::api_keys(&mut out, page),
        PageKind::NewApiKey => secrets::api_key(&mut out, page),
        PageKind::Problem => back(&mut out, page),
    }
    out.raw("</main></body></html>\n");
    out.finish()
}

fn head(out: &mut Markup, page: &Page<'_>) {
    out.raw(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>",
    );
    // Screen readers say the title first.
    if page.problem.is_some() {
        out.raw("Problem: ");
    }
    out.text(heading(page)).raw(" · ").text(page.title).raw("</title>");
    match page.stylesheet {
        Some(path) => out.raw("<link rel=\"stylesheet\" href=\"").text(path).raw("\">"),
        None => out.raw("<style>").style().raw("</style>"),
    };
    out.raw("</head><body>");
}

/// The links from page to page, for a signed-in user.
fn header(out: &mut Markup, page: &Page<'_>) {
    out.raw(
        "<a class=\"skip\" href=\"#main\">Skip to the content</a><header><span class=\"brand\">",
    );
    out.text(page.title).raw("</span>");
    if is_signed_in(page) {
        out.raw("<nav aria-label=\"Account\">");
        for (endpoint, name, kind) in [
            ("", "Account", PageKind::Account),
            ("sessions", "Sessions", PageKind::Sessions),
            ("factors", "Second factors", PageKind::Factors),
            ("api-keys", "API keys", PageKind::ApiKeys),
            ("password", "Password", PageKind::Password),
        ] {
            out.raw("<a href=\"").text(&page.path(endpoint)).raw("\"");
            if kind == page.kind {
                out.raw(" aria-current=\"page\"");
            }
            out.raw(">").raw(name).raw("</a>");
        }
        button(out, page, "sign-out", "Sign out", "quiet", "");
        out.raw("</nav>");
    }
    out.raw("</header>");
}

const fn is_signed_in(page: &Page<'_>) -> bool {
    matches!(
        page.kind,
        PageKind::Account
            | PageKind::Sessions
            | PageKind::Factors
            | PageKind::TotpEnrolment
            | PageKind::RecoveryCodes
            | PageKind::ApiKeys
            | PageKind::NewApiKey
            | PageKind::Password
    )
}

const fn heading(page: &Page<'_>) -> &'static str {
    match page.kind {
        PageKind::Account => "Account",
        PageKind::SignUp => "Sign up",
        PageKind::SignIn => "Sign in",
        PageKind::SignInTotp | PageKind::SignInRecoveryCode | PageKind::SignInCode => {
            "One more step"
        }
        PageKind::Password => "Change the password",
        PageKind::PasswordReset => "Forgotten password",
        PageKind::PasswordResetConfirm => "Set a new password",
        PageKind::EmailVerify => "Confirm an e-mail address",
        PageKind::Sessions => "Sessions",
        PageKind::Factors => "Second factors",
        PageKind::TotpEnrolment => "Add an authenticator app",
        PageKind::RecoveryCodes => "Recovery codes",
        PageKind::ApiKeys => "API keys",
        PageKind::NewApiKey => "New API key",
        PageKind::Problem => "That did not work",
    }
}

/// What was done before, or why it was not.
fn result(out: &mut Markup, page: &Page<'_>) {
    if let Some(problem) = page.problem {
        out.raw("<p class=\"problem\" role=\"alert\" id=\"problem\">")
            .text(&problem.text)
            .raw("</p>");
    } else if let Some(done) = page.done {
        out.raw("<p class=\"done\" role=\"status\">").raw(words::done(done)).raw("</p>");
    }
}

/// A way back from a problem.
fn back(out: &mut Markup, page: &Page<'_>) {
    out.raw("<p><a href=\"").text(&page.path(page.home)).raw("\">Go back</a></p>");
}

/// A form that is a button. `what` says to screen readers what it is about, where there are several alike.
fn button(
    out: &mut Markup,
    page: &Page<'_>,
    endpoint: &str,
    label: &'static str,
    class: &'static str,
    what: &str,
) {
    out.raw("<form class=\"row\" method=\"post\" action=\"").text(&page.path(endpoint));
    out.raw("\"><button class=\"").raw(class).raw("\"");
    if !what.is_empty() {
        out.raw(" aria-label=\"").raw(label).raw(": ").text(what).raw("\"");
    }
    out.raw(">").raw(label).raw("</button></form>");
}

/// A text of an answer; empty, if it is not there.
fn text<'a>(data: &'a Value, member: &str) -> &'a str {
    data.get(member).and_then(Value::as_str).unwrap_or_default()
}

fn number(data: &Value, member: &str) -> Option<u64> {
    data.get(member).and_then(Value::as_u64)
}

fn items(data: &Value) -> impl Iterator<Item = &Value> {
    data.as_array().into_iter().flatten()
}

/// The names of a list, with commas.
fn names(data: &Value, member: &str) -> String {
    let list = data.get(member).into_iter().flat_map(items);
    list.filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
}
