//! Fields of forms, each with its label.

use super::super::Page;
use super::super::markup::Markup;

/// A field of a form.
pub(super) struct Field {
    pub(super) label: &'static str,
    pub(super) name: &'static str,
    /// The `type` of the input.
    pub(super) kind: &'static str,
    /// What password managers put into it.
    pub(super) autocomplete: &'static str,
    /// Other attributes.
    pub(super) more: &'static str,
    /// The first letters of the codes of problems that are about it.
    pub(super) about: &'static str,
}

impl Field {
    pub(super) const USERNAME: Self = Self {
        label: "User name",
        name: "username",
        kind: "text",
        autocomplete: "username",
        more: " required autocapitalize=\"none\" spellcheck=\"false\" maxlength=\"254\"",
        about: "invalid_username",
    };

    pub(super) const PASSWORD: Self = Self {
        label: "Password",
        name: "password",
        kind: "password",
        autocomplete: "current-password",
        more: " required",
        about: "invalid_credentials",
    };

    pub(super) const NEW_PASSWORD: Self = Self {
        label: "New password",
        name: "new",
        kind: "password",
        autocomplete: "new-password",
        more: " required",
        about: "password_",
    };

    pub(super) const CODE: Self = Self {
        label: "Code",
        name: "code",
        kind: "text",
        autocomplete: "one-time-code",
        more: " required inputmode=\"numeric\" autocapitalize=\"none\" spellcheck=\"false\"",
        about: "wrong_code",
    };

    /// With its label. A problem that is about it is said with it.
    pub(super) fn write(&self, out: &mut Markup, page: &Page<'_>) {
        self.with_hint(out, page, "");
    }

    /// The same with a hint below it.
    pub(super) fn with_hint(&self, out: &mut Markup, page: &Page<'_>, hint: &str) {
        let problem = page.problem().filter(|it| it.code.starts_with(self.about));
        out.raw("<label>").raw(self.label).raw(" <input name=\"").raw(self.name);
        out.raw("\" type=\"").raw(self.kind).raw("\" autocomplete=\"").raw(self.autocomplete);
        out.raw("\"").raw(self.more);
        if let Some(typed) = page.typed(self.name).filter(|it| !it.is_empty()) {
            out.raw(" value=\"").text(typed).raw("\"");
        }
        if problem.is_some() {
            out.raw(" aria-invalid=\"true\"");
        }
        if problem.is_some() || !hint.is_empty() {
            out.raw(" aria-describedby=\"");
            if problem.is_some() {
                out.raw("problem ");
            }
            if !hint.is_empty() {
                out.raw("hint-").raw(self.name);
            }
            out.raw("\"");
        }
        out.raw("></label>");
        if !hint.is_empty() {
            out.raw("<p class=\"hint\" id=\"hint-")
                .raw(self.name)
                .raw("\">")
                .text(hint)
                .raw("</p>");
        }
    }
}

/// A field that its reader does not see.
pub(super) fn hidden(out: &mut Markup, name: &'static str, value: &str) {
    out.raw("<input type=\"hidden\" name=\"").raw(name).raw("\" value=\"").text(value).raw("\">");
}

/// The beginning of a form for an endpoint.
pub(super) fn begin(out: &mut Markup, page: &Page<'_>, endpoint: &str) {
    out.raw("<form method=\"post\" action=\"").text(&page.path(endpoint)).raw("\">");
}

/// Its end.
pub(super) fn end(out: &mut Markup, label: &'static str) {
    out.raw("<button>").raw(label).raw("</button></form>");
}
