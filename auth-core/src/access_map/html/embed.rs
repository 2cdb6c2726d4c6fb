//! Putting text into the page so that it stays what it is.

use std::fmt::Write as _;

use serde::Serialize;

/// JSON for a `<script type="application/json">`: nothing in it can end the element, begin a
/// comment there, or be a line break to a script.
pub(super) fn json(value: &impl Serialize) -> String {
    // Strings and numbers only: there is nothing in a model that has no JSON.
    let plain = serde_json::to_string(value).unwrap_or_default();
    let mut text = String::with_capacity(plain.len());
    for character in plain.chars() {
        // In JSON these are in strings only, where an escape means the same.
        if matches!(character, '<' | '>' | '&' | '\u{2028}' | '\u{2029}') {
            // Writing to a string does not fail.
            let _ = write!(text, "\\u{:04x}", u32::from(character));
        } else {
            text.push(character);
        }
    }
    text
}

/// Text for the value of an attribute in double quotes.
pub(super) fn attribute(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The template with each `{{place}}` filled in. What is filled in is not searched for places.
pub(super) fn fill<'a>(template: &'a str, text_of: impl Fn(&str) -> &'a str) -> String {
    let mut pieces = template.split("{{");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (place, rest) = piece.split_once("}}").unwrap_or(("", piece));
        text.push_str(text_of(place));
        text.push_str(rest);
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{ASK, EXPLAIN, PAGE, SCRIPT, STYLE};
    use super::*;

    #[test]
    fn embedded_text_cannot_break_out_of_html() {
        let text = "</script><!--<script>]]>\u{2028}\u{2029}&amp;";
        let json = json(&text);
        for sign in ['<', '>', '&', '\u{2028}', '\u{2029}'] {
            assert!(!json.contains(sign), "{json}");
        }
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }

    #[test]
    fn an_attribute_ends_where_it_should() {
        assert_eq!(attribute("/a?b=\"><i>&c"), "/a?b=&quot;&gt;&lt;i&gt;&amp;c");
    }

    #[test]
    fn inserted_text_is_not_interpreted() {
        let text = fill("<a>{{one}}-{{two}}</a>", |place| match place {
            "one" => "{{two}}",
            _ => "2",
        });
        assert_eq!(text, "<a>{{two}}-2</a>");
    }

    /// The elements that hold style and script end where they should.
    #[test]
    fn the_assets_hold_no_end_tag() {
        for script in [SCRIPT, EXPLAIN, ASK] {
            let lower = script.to_lowercase();
            assert!(!lower.contains("</script") && !lower.contains("<!--"));
        }
        assert!(!STYLE.to_lowercase().contains("</style"));
        // Nothing that turns text into markup or code, or that a strict policy would reject.
        for banned in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("] {
            for script in [SCRIPT, EXPLAIN, ASK] {
                assert!(!script.contains(banned), "{banned}");
            }
        }
        // The page that asks for a token fetches one thing, and one that has tokens explained
        // another: from where it came.
        assert_eq!(ASK.matches("fetch(").count(), 1);
        assert_eq!(EXPLAIN.matches("fetch(").count(), 1);
        for asset in [SCRIPT, STYLE, PAGE] {
            for banned in ["fetch(", "XMLHttpRequest", "WebSocket", "sendBeacon", "import(", "url("]
            {
                assert!(!asset.contains(banned), "{banned}");
            }
        }
        assert!(!PAGE.contains(" on") || !PAGE.contains("onclick="), "no inline handlers");
    }

    proptest! {
        #[test]
        fn every_text_comes_back(text in any::<String>()) {
            let json = json(&text);
            let breaks_out = json.contains(['<', '>', '&', '\u{2028}', '\u{2029}']);
            prop_assert!(!breaks_out, "{json}");
            prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }
}
