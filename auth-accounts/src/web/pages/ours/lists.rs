//! Lists of what belongs to an account.

use serde_json::Value;

use super::super::Page;
use super::super::markup::Markup;
use super::account::kind;
use super::field::{Field, begin, end};
use super::{button, items, names, number, text};

pub(super) fn sessions(out: &mut Markup, page: &Page<'_>) {
    out.raw("<ul class=\"cards\">");
    for session in items(page.data()) {
        let device = Some(text(session, "device")).filter(|it| !it.is_empty());
        let device = device.unwrap_or("A device without a name");
        out.raw("<li><div>").text(device);
        if session.get("current").is_some_and(|it| it == true) {
            out.raw(" <strong>(this one)</strong>");
        }
        line(out, session, &[("Since", "started_at"), ("last seen", "seen_at")]);
        out.raw("</div>");
        let endpoint = format!("sessions/{}/end", text(session, "id"));
        button(out, page, &endpoint, "End it", "danger", device);
        out.raw("</li>");
    }
    out.raw("</ul>");
    button(out, page, "sign-out/everywhere", "Sign out everywhere", "danger", "");
}

pub(super) fn factors(out: &mut Markup, page: &Page<'_>) {
    let mut is_empty = true;
    out.raw("<ul class=\"cards\">");
    for factor in items(page.data()) {
        is_empty = false;
        let name = text(factor, "name");
        out.raw("<li><div>").text(name).raw(" <span class=\"hint\">(").raw(kind(factor));
        out.raw(")</span>");
        line(out, factor, &[("Since", "created_at"), ("last used", "last_used_at")]);
        out.raw("</div>");
        let endpoint = format!("factors/{}/remove", text(factor, "id"));
        button(out, page, &endpoint, "Remove", "danger", name);
        out.raw("</li>");
    }
    out.raw("</ul>");
    if is_empty {
        out.raw("<p>You have no second factor yet. The password alone signs you in.</p>");
    }
    button(out, page, "totp", "Add an authenticator app", "", "");
    if !is_empty {
        out.raw("<h2>Recovery codes</h2><p>For when the factor is lost. New ones make old ones void.</p>");
        button(out, page, "recovery-codes", "Make recovery codes", "quiet", "");
    }
}

pub(super) fn api_keys(out: &mut Markup, page: &Page<'_>) {
    out.raw("<p>For programs that act for you. A key can do no more than you can.</p>");
    let is_valid = |key: &&Value| key.get("revoked_at").is_none_or(Value::is_null);
    out.raw("<ul class=\"cards\">");
    for key in items(page.data()).filter(is_valid) {
        let (id, name) = (text(key, "id"), text(key, "name"));
        out.raw("<li><div>").text(name).raw("<p class=\"hint\">").text(&names(key, "scopes"));
        out.raw("</p>");
        line(out, key, &[("Valid until", "expires_at"), ("last used", "last_used_at")]);
        out.raw("</div>");
        button(out, page, &format!("api-keys/{id}/rotate"), "Replace", "quiet", name);
        button(out, page, &format!("api-keys/{id}/revoke"), "Revoke", "danger", name);
        out.raw("</li>");
    }
    out.raw("</ul><h2>Make a key</h2>");
    if page.names().is_empty() {
        out.raw("<p>You have no permission that a key could use.</p>");
        return;
    }
    begin(out, page, "api-keys");
    let name = Field {
        label: "Name",
        name: "name",
        kind: "text",
        autocomplete: "off",
        more: " required maxlength=\"100\"",
        about: "invalid_name",
    };
    name.write(out, page);
    out.raw("<fieldset><legend>It may</legend>");
    for name in page.names() {
        out.raw("<label class=\"check\"><input type=\"checkbox\" name=\"scopes\" value=\"");
        out.text(name).raw("\"> ").text(name).raw("</label>");
    }
    out.raw("</fieldset>");
    end(out, "Make a key");
}

/// Times of an item, as far as it has them.
fn line(out: &mut Markup, item: &Value, times: &[(&'static str, &str)]) {
    out.raw("<p class=\"hint\">");
    for (place, (label, member)) in times.iter().enumerate() {
        out.raw(if place > 0 { ", " } else { "" }).raw(label).raw(" ");
        match number(item, member) {
            Some(seconds) => out.time(seconds),
            None => out.raw("never"),
        };
    }
    out.raw("</p>");
}
