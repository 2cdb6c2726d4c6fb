//! Text that stays text in Markdown, inside of tables and outside.

use std::fmt::Write as _;

/// Text without markup, on one line.
pub(super) fn prose(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (place, word) in text.split_whitespace().enumerate() {
        if place > 0 {
            out.push(' ');
        }
        // At the start of a line these would begin a list, a heading or a rule.
        let starts_block = place == 0
            && (word.starts_with(['-', '+', '=', ':'])
                || word.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with(['.', ')']));
        for character in word.chars() {
            let special = matches!(
                character,
                '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | '#' | '!' | '$'
            );
            let block = starts_block && character.is_ascii_punctuation();
            if special || block {
                out.push('\\');
            }
            out.push(character);
        }
    }
    out
}

/// A name or a piece of code, on one line.
///
/// No fence can hold a backtick, a bar and a backslash alike in a table, so text with one of these
/// is written as an element, with every sign that means something as a character reference.
pub(super) fn code(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|it| if it.is_control() || is_line_break(it) { ' ' } else { it })
        .collect();
    if line.trim().is_empty() {
        return String::new();
    }
    let padded = line.starts_with(' ') || line.ends_with(' ');
    if !padded && !line.contains(['`', '|', '\\']) {
        return format!("`{line}`");
    }
    let mut out = "<code>".to_owned();
    for character in line.chars() {
        // Markup goes on inside of an element; the last three would make links.
        let special = matches!(
            character,
            '\\' | '`'
                | '*'
                | '_'
                | '['
                | ']'
                | '<'
                | '>'
                | '|'
                | '~'
                | '&'
                | '#'
                | '!'
                | '$'
                | '@'
                | ':'
                | '.'
        );
        if special {
            // Writing to a string does not fail.
            let _ = write!(out, "&#{};", u32::from(character));
        } else {
            out.push(character);
        }
    }
    out.push_str("</code>");
    out
}

/// Several names, separated by commas.
pub(super) fn codes(names: &[String]) -> String {
    names.iter().map(|name| code(name)).collect::<Vec<_>>().join(", ")
}

const fn is_line_break(character: char) -> bool {
    matches!(character, '\u{2028}' | '\u{2029}' | '\u{85}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_stay_names() {
        assert_eq!(code("orders:read"), "`orders:read`");
        assert_eq!(code("a|b"), "<code>a&#124;b</code>");
        assert_eq!(code("``x`"), "<code>&#96;&#96;x&#96;</code>");
        assert_eq!(code(r#"role = "a" | "b""#), r#"<code>role = "a" &#124; "b"</code>"#);
        assert_eq!(code("a\nb"), "`a b`");
        assert_eq!(code("<script>"), "`<script>`");
        assert_eq!(code("</code>|"), "<code>&#60;/code&#62;&#124;</code>");
        assert_eq!(code(""), "");
    }

    #[test]
    fn prose_stays_prose() {
        assert_eq!(prose("See [this](x) | `that`\n*now*"), r"See \[this\](x) \| \`that\` \*now\*");
        assert_eq!(prose("- no list"), r"\- no list");
        assert_eq!(prose("1. no list"), r"1\. no list");
        assert_eq!(prose("# none <b>"), r"\# none \<b\>");
        assert_eq!(prose("snake_case & co"), r"snake\_case \& co");
    }

    /// A bar that would end a cell: one without an odd number of backslashes before it.
    fn ends_cell(text: &str) -> bool {
        let mut backslashes = 0;
        text.chars().any(|character| {
            let bare = character == '|' && backslashes % 2 == 0;
            backslashes = if character == '\\' { backslashes + 1 } else { 0 };
            bare
        })
    }

    proptest! {
        #[test]
        fn nothing_leaves_its_cell(text in any::<String>()) {
            for cell in [prose(&text), code(&text)] {
                prop_assert!(!cell.contains(['\n', '\r', '\u{2028}', '\u{2029}', '\u{85}']), "{cell:?}");
                prop_assert!(!ends_cell(&cell), "{cell:?}");
            }
        }

        #[test]
        fn code_cannot_leave_its_fence(text in "[`|\\\\<>a &#;]{0,12}") {
            let cell = code(&text);
            if let Some(inner) = cell.strip_prefix('`').and_then(|it| it.strip_suffix('`')) {
                prop_assert!(!inner.contains('`') && !inner.is_empty());
            } else if let Some(inner) = cell.strip_prefix("<code>") {
                let inner = inner.strip_suffix("</code>").unwrap();
                prop_assert!(!inner.contains(['<', '>', '`', '|', '\\']));
            } else {
                prop_assert_eq!(cell, "");
            }
        }
    }
}
