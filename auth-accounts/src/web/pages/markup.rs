//! HTML in which a text is never markup: markup is written in the program, everything else is escaped.

use std::fmt::Write as _;

use crate::review::html::{Text, Time};

/// A page in the making.
#[derive(Debug, Default)]
pub struct Markup(String);

impl Markup {
    /// Markup. It is part of the program, so that nothing a person has typed can be it.
    pub fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// A text, in an element or in an attribute in double quotes.
    pub fn text(&mut self, text: &str) -> &mut Self {
        // A `String` takes all that is written to it.
        let _ = write!(self.0, "{}", Text(text));
        self
    }

    /// The style of the pages, as it is: its digest is in the policy.
    pub fn style(&mut self) -> &mut Self {
        self.0.push_str(super::policy::STYLE);
        self
    }

    /// The picture of a QR code, as [`qr_code`](crate::factor) has drawn it. What is no picture of that
    /// kind is left out.
    pub fn picture(&mut self, svg: &str) -> &mut Self {
        let is_plain = |it: char| it.is_ascii_alphanumeric() || " <>/=\"#.,-:?\n".contains(it);
        if svg.starts_with("<svg ") && svg.ends_with("</svg>") && svg.chars().all(is_plain) {
            self.0.push_str(svg);
        }
        self
    }

    /// A time, in UTC: only a script knows the time zone of its reader.
    pub fn time(&mut self, seconds: u64) -> &mut Self {
        let _ = write!(self.0, "<time>{}</time>", Time(Some(seconds)));
        self
    }

    /// The page.
    #[must_use]
    pub fn finish(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_never_markup() {
        let mut page = Markup::default();
        page.raw("<p title=\"")
            .text("\"><script>alert(1)</script>")
            .raw("\">")
            .text("a & 'b'")
            .raw("</p>");
        assert_eq!(
            page.finish(),
            "<p title=\"&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;\">a &amp; &#39;b&#39;</p>"
        );
    }

    #[test]
    fn a_picture_is_a_picture_or_nothing() {
        let mut page = Markup::default();
        page.picture("<svg width=\"1\"><path d=\"M0 0h1\"/></svg>");
        page.picture("<svg onload=\"alert(1)\"></svg>").picture("<b></b>");
        assert_eq!(page.finish(), "<svg width=\"1\"><path d=\"M0 0h1\"/></svg>");
    }
}
