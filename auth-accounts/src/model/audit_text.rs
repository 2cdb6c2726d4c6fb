//! Texts of others in the audit trail: short, and without what could be taken for the trail itself.

use serde_json::Value;

use super::AuditEntry;

/// Marks where a text was cut.
const CUT: char = '…';

/// A text, cut, with control characters and those that turn the direction of writing as escapes.
pub(super) fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len().min(AuditEntry::MAX_TEXT));
    for letter in text.chars() {
        let before = clean.len();
        if is_plain(letter) {
            clean.push(letter);
        } else {
            clean.extend(letter.escape_unicode());
        }
        if clean.len() > AuditEntry::MAX_TEXT {
            clean.truncate(before);
            clean.push(CUT);
            return clean;
        }
    }
    clean
}

/// A value with every text in it cleaned.
pub(super) fn clean_value(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(clean(&text)),
        Value::Array(values) => values.into_iter().map(clean_value).collect(),
        Value::Object(members) => Value::Object(
            members.into_iter().map(|(name, value)| (clean(&name), clean_value(value))).collect(),
        ),
        other => other,
    }
}

/// Whether a letter shows what it is, and leaves those around it as they are.
pub(crate) fn is_plain(letter: char) -> bool {
    !letter.is_control()
        && !matches!(letter, '\u{2028}' | '\u{2029}')
        && !matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_taken_for_another_line_is_escaped() {
        assert_eq!(
            clean("a\r\nb\u{1b}[31m\u{202e}c\u{85}"),
            r"a\u{d}\u{a}b\u{1b}[31m\u{202e}c\u{85}"
        );
        assert_eq!(clean("Zoë, 東京"), "Zoë, 東京");
    }

    #[test]
    fn a_long_text_is_cut_between_letters() {
        let long = "é".repeat(200);
        let cut = clean(&long);
        assert_eq!(cut.chars().last(), Some(CUT));
        assert_eq!(cut.trim_end_matches(CUT).len(), AuditEntry::MAX_TEXT);
        let controls = clean(&"\n".repeat(1_000));
        assert!(controls.len() <= AuditEntry::MAX_TEXT + CUT.len_utf8());
        assert!(controls.ends_with("\\u{a}…"), "an escape is kept whole: {controls}");
    }

    #[test]
    fn a_text_within_a_value_is_no_other() {
        let value = serde_json::json!({"a\n": ["b\n", 1, {"c": "\t"}]});
        let clean = serde_json::json!({"a\\u{a}": ["b\\u{a}", 1, {"c": "\\u{9}"}]});
        assert_eq!(clean_value(value), clean);
    }
}
