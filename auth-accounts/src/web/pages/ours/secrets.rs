//! What is shown once.

use serde_json::Value;

use super::super::Page;
use super::super::markup::Markup;
use super::field::{Field, begin, end};
use super::{back, items, number, text};

/// The secret of an authenticator application, and the form for its first code. After a wrong code the
/// secret is not shown again.
pub(super) fn totp(out: &mut Markup, page: &Page<'_>) {
    let secret = text(page.data(), "secret");
    if !secret.is_empty() {
        out.raw("<p>Scan this with your app, then type in the code that it shows.</p>");
        out.raw("<div class=\"qr\" role=\"img\" aria-label=\"QR code of the secret below\">");
        out.picture(text(page.data(), "qr")).raw("</div><p>Or type in: <code>").text(secret);
        out.raw("</code></p><p><a href=\"").text(text(page.data(), "uri"));
        out.raw("\">Open it in an app on this device</a></p>");
    }
    if page.problem().is_none_or(|it| it.code == "wrong_code") {
        begin(out, page, "totp/confirm");
        Field::CODE.write(out, page);
        end(out, "Switch it on");
    }
    back(out, page);
}

pub(super) fn recovery_codes(out: &mut Markup, page: &Page<'_>) {
    out.raw(
        "<p>Each signs you in once. They are not shown again: print them, or keep them in your \
         password manager.</p><ol class=\"codes\">",
    );
    for code in page.data().get("codes").into_iter().flat_map(items).filter_map(Value::as_str) {
        out.raw("<li>").text(code).raw("</li>");
    }
    out.raw("</ol>");
    back(out, page);
}

pub(super) fn api_key(out: &mut Markup, page: &Page<'_>) {
    out.raw("<p>Copy it now: it is not shown again.</p><p><code>");
    out.text(text(page.data(), "key")).raw("</code></p>");
    if let Some(end) = number(page.data(), "expires_at") {
        out.raw("<p>It is valid until ").time(end).raw(".</p>");
    }
    back(out, page);
}
