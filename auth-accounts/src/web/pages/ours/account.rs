//! Who is signed in, and the password.

use serde_json::Value;

use super::super::Page;
use super::super::markup::Markup;
use super::field::{Field, begin, end};
use super::sign_in::password_hint;
use super::{button, items, names, number, text};

pub(super) fn overview(out: &mut Markup, page: &Page<'_>) {
    let data = page.data();
    out.raw("<dl><dt>User name</dt><dd>").text(text(data, "username")).raw("</dd>");
    let email = text(data, "email");
    if !email.is_empty() {
        let is_verified = data.get("email_verified").is_some_and(|it| it == true);
        out.raw("<dt>E-mail</dt><dd>").text(email);
        out.raw(if is_verified { " (confirmed)" } else { " (not confirmed)" }).raw("</dd>");
    }
    for (label, member) in [("Roles", "roles"), ("Groups", "groups")] {
        let held = names(data, member);
        if !held.is_empty() {
            out.raw("<dt>").raw(label).raw("</dt><dd>").text(&held).raw("</dd>");
        }
    }
    out.raw("<dt>Signed in by</dt><dd>");
    for (place, factor) in data.get("factors").into_iter().flat_map(items).enumerate() {
        out.raw(if place > 0 { ", " } else { "" }).raw(kind(factor));
    }
    out.raw("</dd>");
    if let Some(end) = number(data, "ends_at") {
        out.raw("<dt>Until</dt><dd>").time(end).raw("</dd>");
    }
    out.raw("</dl>");
    button(out, page, "sign-out", "Sign out", "quiet", "");
}

/// What a factor is called.
pub(super) fn kind(factor: &Value) -> &'static str {
    match text(factor, "kind") {
        "password" => "password",
        "totp" => "authenticator app",
        "passkey" => "passkey",
        "recovery-code" => "recovery code",
        "code" => "code that was sent",
        "federated" => "another provider",
        _ => "another factor",
    }
}

pub(super) fn password(out: &mut Markup, page: &Page<'_>) {
    begin(out, page, "password");
    let current = Field {
        label: "Current password",
        name: "current",
        about: "wrong_password",
        ..Field::PASSWORD
    };
    current.write(out, page);
    Field::NEW_PASSWORD.with_hint(out, page, &password_hint(page));
    end(out, "Change it");
}
