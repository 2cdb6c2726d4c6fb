//! The standard pages.

use auth_accounts::pages::Markup;

#[cfg(feature = "cli")]
use super::Pages;
use super::{
    CodePage, ConsentPage, ConsentScope, DeviceConsentPage, DeviceDonePage, DevicePage,
    DeviceProblem, ErrorPage, FormTarget, Frame, LeavePage, PasskeyPrompt, SignInPage, SignOutPage,
};
use crate::login::LoginProblem;

/// A whole page: its heading, and what is below it. `is_problem`: screen readers say so first, with the title.
fn document(
    frame: &Frame<'_>,
    heading: &str,
    is_problem: bool,
    body: impl FnOnce(&mut Markup),
) -> String {
    let mut out = Markup::default();
    out.raw(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>",
    );
    if is_problem {
        out.raw("Problem: ");
    }
    out.text(heading).raw(" · ").text(frame.title).raw("</title>");
    // Without it browsers ask for an icon at the root of the host.
    out.raw("<link rel=\"icon\" href=\"data:,\">");
    match frame.stylesheet {
        Some(path) => out.raw("<link rel=\"stylesheet\" href=\"").text(path).raw("\">"),
        None => out.raw("<style>").style().raw("</style>"),
    };
    out.raw("</head><body><header><span class=\"brand\">").text(frame.title);
    out.raw("</span></header><main id=\"main\"><h1>").text(heading).raw("</h1>");
    body(&mut out);
    out.raw("</main></body></html>\n");
    out.finish()
}

/// A page that is of the program alone.
#[cfg(feature = "cli")]
pub(crate) fn own_document(
    pages: &dyn Pages,
    heading: &str,
    body: impl FnOnce(&mut Markup),
) -> String {
    document(&pages.frame(), heading, false, body)
}

/// A form with its hidden field.
struct Form;

impl Form {
    fn begin(out: &mut Markup, target: &FormTarget<'_>) {
        out.raw("<form method=\"post\" action=\"").text(target.action).raw("\">");
        out.raw("<input type=\"hidden\" name=\"interaction\" value=\"");
        out.text(target.interaction).raw("\">");
    }

    fn end(out: &mut Markup) {
        out.raw("</form>");
    }
}

pub(super) fn sign_in(frame: &Frame<'_>, page: &SignInPage<'_>) -> String {
    document(frame, "Sign in", page.problem.is_some(), |out| {
        if let Some(client) = page.client {
            out.raw("<p>to go on to <strong>").text(client).raw("</strong></p>");
        }
        problem(out, page.problem);
        Form::begin(out, &page.form);
        out.raw(
            "<label>User name <input name=\"username\" type=\"text\" autocomplete=\"username\" required \
             autocapitalize=\"none\" spellcheck=\"false\" maxlength=\"254\"",
        );
        if let Some(username) = page.username {
            out.raw(" value=\"").text(username).raw("\"");
        }
        invalid(out, page.problem == Some(LoginProblem::Wrong));
        // Where the name is there already, the password is what is missing.
        out.raw(if page.username.is_none() { " autofocus" } else { "" }).raw("></label>");
        out.raw(
            "<label>Password <input name=\"password\" type=\"password\" \
             autocomplete=\"current-password\" required",
        );
        invalid(out, page.problem == Some(LoginProblem::Wrong));
        out.raw(if page.username.is_some() { " autofocus" } else { "" }).raw("></label>");
        out.raw("<button>Sign in</button>");
        Form::end(out);
        passkey(out, &page.form, page.passkey.as_ref(), "Sign in with a passkey");
    })
}

/// The form for a passkey, which the script shows and sends.
fn passkey(
    out: &mut Markup,
    form: &FormTarget<'_>,
    prompt: Option<&PasskeyPrompt<'_>>,
    button: &'static str,
) {
    let Some(prompt) = prompt else { return };
    out.raw("<div id=\"passkey\" data-options=\"").text(prompt.options).raw("\" hidden>");
    out.raw(
        "<p class=\"problem\" role=\"alert\" hidden>No passkey was used. Try again, or go on without one.</p>",
    );
    Form::begin(out, form);
    out.raw("<input type=\"hidden\" name=\"passkey\"><button class=\"quiet\">").raw(button);
    out.raw("</button>");
    Form::end(out);
    out.raw("</div><script src=\"").text(prompt.script).raw("\" defer></script>");
}

pub(super) fn code(frame: &Frame<'_>, page: &CodePage<'_>) -> String {
    document(frame, "One more step", page.problem.is_some(), |out| {
        problem(out, page.problem);
        Form::begin(out, &page.form);
        out.raw(
            "<label>Code <input name=\"code\" type=\"text\" autocomplete=\"one-time-code\" required \
             autocapitalize=\"none\" spellcheck=\"false\" maxlength=\"64\" autofocus \
             aria-describedby=\"",
        );
        if page.problem == Some(LoginProblem::WrongCode) {
            out.raw("problem hint-code\" aria-invalid=\"true\"></label>");
        } else {
            out.raw("hint-code\"></label>");
        }
        out.raw(
            "<p class=\"hint\" id=\"hint-code\">From your authenticator app, or one of your recovery \
             codes.</p><button>Go on</button>",
        );
        Form::end(out);
        passkey(out, &page.form, page.passkey.as_ref(), "Use a passkey");
    })
}

pub(super) fn consent(frame: &Frame<'_>, page: &ConsentPage<'_>) -> String {
    document(frame, "Allow access?", false, |out| {
        out.raw("<p><strong>").text(page.client).raw("</strong>");
        if let Some(host) = page.client_host {
            out.raw(" (<code>").text(host).raw("</code>)");
        }
        out.raw(" wants to use your account");
        if let Some(username) = page.username {
            out.raw(" <strong>").text(username).raw("</strong>");
        }
        out.raw(". Afterwards you go to <code>").text(page.redirect_host).raw("</code>.</p>");
        if page.is_on_device {
            out.raw(
                "<p class=\"problem\" role=\"note\">This is a program on your device, and any program there \
                 could claim its name. Allow it only if you have just started it yourself.</p>",
            );
        } else if page.is_unknown {
            out.raw(
                "<p class=\"problem\" role=\"note\">The operator of this site has not checked this application. \
                 Allow it only if you trust the addresses above.</p>",
            );
        }
        asked(out, page.scopes, page.resources);
        decision(out, &page.form);
    })
}

/// What a client asks for.
fn asked(out: &mut Markup, scopes: &[ConsentScope<'_>], resources: &[String]) {
    if scopes.is_empty() {
        out.raw("<p>It learns who you are, and nothing else.</p>");
    } else {
        out.raw("<p id=\"scopes\">It could:</p><ul class=\"cards\" aria-labelledby=\"scopes\">");
        for scope in scopes {
            out.raw("<li>").text(scope.text);
            if scope.text != scope.name {
                out.raw(" <span class=\"hint\">").text(scope.name).raw("</span>");
            }
            out.raw("</li>");
        }
        out.raw("</ul>");
    }
    if !resources.is_empty() {
        out.raw("<p class=\"hint\">At ");
        for (place, resource) in resources.iter().enumerate() {
            out.raw(if place > 0 { ", " } else { "" }).raw("<code>").text(resource);
            out.raw("</code>");
        }
        out.raw("</p>");
    }
}

/// The two buttons.
fn decision(out: &mut Markup, form: &FormTarget<'_>) {
    Form::begin(out, form);
    out.raw(
        "<button name=\"decision\" value=\"allow\">Allow</button>\
         <button class=\"quiet\" name=\"decision\" value=\"deny\">Deny</button>",
    );
    Form::end(out);
}

pub(super) fn device(frame: &Frame<'_>, page: &DevicePage<'_>) -> String {
    document(frame, "Connect a device", page.problem.is_some(), |out| {
        if let Some(problem) = page.problem {
            out.raw("<p class=\"problem\" role=\"alert\" id=\"problem\">");
            match problem {
                DeviceProblem::Wrong => {
                    out.raw("No device waits that shows this code. Look at its screen again.")
                }
                DeviceProblem::Stale => out.raw(
                    "The page was open for too long, or without cookies. Type the code again.",
                ),
                DeviceProblem::TooMany { retry_after } => {
                    out.raw("There were too many attempts. Try again in ");
                    out.text(&retry_after.to_string()).raw(" seconds.")
                }
            };
            out.raw("</p>");
        }
        Form::begin(out, &page.form);
        out.raw(
            "<label>Code <input name=\"user_code\" type=\"text\" autocomplete=\"off\" required \
             autocapitalize=\"characters\" spellcheck=\"false\" maxlength=\"32\" autofocus \
             aria-describedby=\"",
        );
        let is_wrong = page.problem == Some(DeviceProblem::Wrong);
        out.raw(if is_wrong { "problem hint-code\" aria-invalid=\"true\"" } else { "hint-code\"" });
        if let Some(code) = page.user_code {
            out.raw(" value=\"").text(code).raw("\"");
        }
        out.raw(
            "></label><p class=\"hint\" id=\"hint-code\">Eight letters, on the screen of the device that \
             you have in front of you.</p><button>Go on</button>",
        );
        Form::end(out);
    })
}

pub(super) fn device_consent(frame: &Frame<'_>, page: &DeviceConsentPage<'_>) -> String {
    document(frame, "Connect this device?", false, |out| {
        out.raw("<p>A device with <strong>").text(page.client);
        out.raw("</strong> wants to use your account. It shows the code <code>");
        out.text(page.user_code).raw("</code>.</p>");
        out.raw(
            "<p class=\"problem\" role=\"note\">Allow it only if you have this device in front of you, and have \
             just asked it to connect. If another person sent you the code, deny it: their device would \
             get access to your account.</p>",
        );
        asked(out, page.scopes, page.resources);
        decision(out, &page.form);
    })
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as the other pages are given")]
pub(super) fn device_done(frame: &Frame<'_>, page: &DeviceDonePage) -> String {
    let heading = if page.is_allowed { "The device is connected" } else { "The device was denied" };
    document(frame, heading, false, |out| {
        out.raw("<p class=\"done\" role=\"status\">You can close this window.</p>");
    })
}

pub(super) fn sign_out(frame: &Frame<'_>, page: &SignOutPage<'_>) -> String {
    document(frame, "Sign out?", false, |out| {
        if let Some(client) = page.client {
            out.raw("<p><strong>").text(client).raw("</strong> asks for it.</p>");
        }
        Form::begin(out, &page.form);
        out.raw("<button>Sign out</button>");
        Form::end(out);
    })
}

pub(super) fn signed_out(frame: &Frame<'_>) -> String {
    document(frame, "Signed out", false, |out| {
        out.raw("<p class=\"done\" role=\"status\">You are signed out here.</p>");
    })
}

pub(super) fn leave(frame: &Frame<'_>, page: &LeavePage<'_>) -> String {
    document(frame, "Back to the application", false, |out| {
        out.raw("<p>You can close this window when the application has opened.</p><p><a href=\"");
        out.text(page.address).raw("\">Open the application</a></p>");
    })
}

pub(super) fn error(frame: &Frame<'_>, page: &ErrorPage<'_>) -> String {
    document(frame, "That did not work", true, |out| {
        out.raw("<p class=\"problem\" role=\"alert\">");
        out.raw(if page.status.is_server_error() {
            "The server cannot answer just now. Try again in a moment."
        } else {
            "Go back to the application, and begin there again."
        });
        out.raw("</p><p class=\"hint\"><code>").text(page.code).raw("</code>: ").text(page.text);
        out.raw("</p>");
    })
}

fn invalid(out: &mut Markup, is_invalid: bool) {
    if is_invalid {
        out.raw(" aria-invalid=\"true\" aria-describedby=\"problem\"");
    }
}

fn problem(out: &mut Markup, problem: Option<LoginProblem>) {
    let Some(problem) = problem else { return };
    out.raw("<p class=\"problem\" role=\"alert\" id=\"problem\">");
    match problem {
        LoginProblem::Wrong => out.raw("The name or the password is wrong."),
        LoginProblem::WrongCode => out.raw("The code is wrong, or was used before."),
        LoginProblem::WrongPasskey => {
            out.raw("The passkey is not valid here, or the page was open for too long. Try again.")
        }
        LoginProblem::TooLate => out.raw("That took too long. Please sign in again."),
        LoginProblem::Stale => {
            out.raw("The page was open for too long, or without cookies. Please sign in again.")
        }
        LoginProblem::TooMany { retry_after } => {
            out.raw("There were too many attempts. Try again in ");
            out.text(&retry_after.to_string()).raw(" seconds.")
        }
        LoginProblem::Busy { .. } => out.raw("The server is busy. Try again in a moment."),
    };
    out.raw("</p>");
}
