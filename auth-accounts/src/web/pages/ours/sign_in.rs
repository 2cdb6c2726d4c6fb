//! Pages for users who are not signed in yet.

use super::super::markup::Markup;
use super::super::{Done, Page, PageKind};
use super::field::{Field, begin, end, hidden};
use super::{button, text};
use crate::secret::SecretText;

pub(super) fn sign_in(out: &mut Markup, page: &Page<'_>) {
    begin(out, page, "sign-in");
    Field::USERNAME.write(out, page);
    Field::PASSWORD.write(out, page);
    out.raw(
        "<label class=\"check\"><input type=\"checkbox\" name=\"remember\"> \
         Keep me signed in on this device</label>",
    );
    end(out, "Sign in");
    link(out, page, "sign-up", "Sign up");
    link(out, page, "password/reset", "I have forgotten my password");
}

pub(super) fn sign_up(out: &mut Markup, page: &Page<'_>) {
    begin(out, page, "sign-up");
    Field::USERNAME.write(out, page);
    let password = Field { autocomplete: "new-password", about: "password_", ..Field::PASSWORD };
    password.with_hint(out, page, &password_hint(page));
    let email = Field {
        label: "E-mail (may be left out)",
        name: "email",
        kind: "email",
        autocomplete: "email",
        more: "",
        about: "invalid_email",
    };
    email.with_hint(out, page, "For a new password, if you forget yours.");
    end(out, "Sign up");
    link(out, page, "sign-in", "I have an account");
}

/// What a new password has to be.
pub(super) fn password_hint(page: &Page<'_>) -> String {
    let least = page.password_at_least();
    format!(
        "At least {least} characters. A few words are fine, and so is what your password manager makes."
    )
}

/// The form of the factor that the path names, and the ways to the others.
pub(super) fn second_step(out: &mut Markup, page: &Page<'_>) {
    let asked = super::names(page.data(), "factors");
    let is_asked = |name: &str| asked.split(", ").any(|it| it == name);
    let steps = [
        (PageKind::SignInTotp, "totp", "sign-in/totp", "Use the code of my authenticator app"),
        (PageKind::SignInCode, "code", "sign-in/code", "Use the code that is sent to me"),
        (
            PageKind::SignInRecoveryCode,
            "recovery-code",
            "sign-in/recovery-code",
            "Use a recovery code",
        ),
    ];
    for (_, _, endpoint, _) in steps.iter().filter(|it| it.0 == page.kind()) {
        begin(out, page, endpoint);
        let (label, hint) = match page.kind() {
            PageKind::SignInTotp => {
                ("Code", "The six digits that your authenticator app shows now.")
            }
            PageKind::SignInCode => ("Code", "The code that was sent to you."),
            _ => ("Recovery code", "One of those that you have kept. It is used up by this."),
        };
        let field = if page.kind() == PageKind::SignInRecoveryCode {
            let more = " required autocapitalize=\"none\" spellcheck=\"false\"";
            Field { label, autocomplete: "off", more, ..Field::CODE }
        } else {
            Field { label, ..Field::CODE }
        };
        field.with_hint(out, page, hint);
        end(out, "Continue");
    }
    if page.kind() == PageKind::SignInCode {
        button(out, page, "sign-in/code/send", "Send another code", "quiet", "");
    }
    for (_, _, endpoint, name) in steps.iter().filter(|it| it.0 != page.kind() && is_asked(it.1)) {
        link(out, page, endpoint, name);
    }
    link(out, page, "sign-in", "Start again");
}

pub(super) fn reset(out: &mut Markup, page: &Page<'_>) {
    if page.done() != Some(Done::ResetRequested) {
        begin(out, page, "password/reset");
        let label = "User name or e-mail address";
        let hint = "A message with a link goes to the address of the account.";
        Field { label, ..Field::USERNAME }.with_hint(out, page, hint);
        end(out, "Send me a link");
    }
    link(out, page, "sign-in", "Sign in");
}

pub(super) fn confirm_reset(out: &mut Markup, page: &Page<'_>) {
    if let Some(token) = usable_token(page) {
        begin(out, page, "password/reset/confirm");
        hidden(out, "token", token.expose());
        Field::NEW_PASSWORD.with_hint(out, page, &password_hint(page));
        end(out, "Set the password");
    }
    link(out, page, "password/reset", "Ask for another link");
}

pub(super) fn verify_email(out: &mut Markup, page: &Page<'_>) {
    if let Some(token) = usable_token(page) {
        let name = text(page.data(), "username");
        let name = if name.is_empty() { page.typed("username").unwrap_or_default() } else { name };
        let is_signed_in = page.data().get("signed_in").is_some_and(|it| it == true);
        let email = text(page.data(), "email");
        if !email.is_empty() {
            out.raw("<p>Is <strong>")
                .text(email)
                .raw("</strong> the address of the account <strong>");
            out.text(name).raw("</strong>, and is that account yours? If you have not made it, ");
            out.raw("close this page: then nothing happens.</p>");
        }
        begin(out, page, "email/verify");
        hidden(out, "token", token.expose());
        hidden(out, "username", name);
        if !is_signed_in {
            let label = "Password of the account";
            let hint = "So that your address is given to no account but yours.";
            Field { label, ..Field::PASSWORD }.with_hint(out, page, hint);
        }
        end(out, "It is mine");
    }
    link(out, page, "", "Go to the account");
}

/// The token of the link, unless it is known to be none.
fn usable_token<'a>(page: &'a Page<'_>) -> Option<&'a SecretText> {
    page.token().filter(|_| page.problem().is_none_or(|it| it.code != "invalid_token"))
}

fn link(out: &mut Markup, page: &Page<'_>, endpoint: &str, label: &'static str) {
    out.raw("<p><a href=\"").text(&page.path(endpoint)).raw("\">").raw(label).raw("</a></p>");
}
