//! What was found to be wrong.

use serde::Serialize;
use serde_json::Value;

/// How many characters of a value that a stranger may have written are shown.
const MAX_SHOWN: usize = 80;
/// How many members of a list are shown.
const MAX_LISTED: usize = 8;

/// What came, what is configured, and what to try.
///
/// What is in a token is quoted, cut and escaped: it may be a stranger's word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// What is the matter, in one sentence.
    pub says: String,
    /// What the token has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    /// What is configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What is likely to help.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Finding {
    pub(crate) fn new(says: impl Into<String>) -> Self {
        Self { says: says.into(), found: None, expected: None, hint: None }
    }

    pub(crate) fn found(mut self, found: impl Into<String>) -> Self {
        self.found = Some(found.into());
        self
    }

    pub(crate) fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    pub(crate) fn with_hint(self, hint: impl Into<String>) -> Self {
        self.hint(Some(hint.into()))
    }

    pub(crate) fn hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint.or(self.hint);
        self
    }

    /// All of it in one line.
    pub(crate) fn line(&self) -> String {
        let mut line = self.says.clone();
        for (label, part) in
            [("found", &self.found), ("expected", &self.expected), ("hint:", &self.hint)]
        {
            if let Some(part) = part {
                line.push_str(if label == "hint:" { "; " } else { ", " });
                line.push_str(label);
                line.push(' ');
                line.push_str(part);
            }
        }
        line
    }
}

/// A text between quotes: cut, and with no character that could forge a line or hide another.
pub(crate) fn quoted(text: &str) -> String {
    let mut letters = text.chars();
    let kept: String = letters.by_ref().take(MAX_SHOWN).collect();
    let mark = if letters.next().is_some() { "…" } else { "" };
    format!("\"{}{mark}\"", kept.escape_debug())
}

/// Some texts between quotes.
pub(super) fn listed<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut texts = texts.into_iter();
    let mut shown: Vec<String> = texts.by_ref().take(MAX_LISTED).map(quoted).collect();
    let more = texts.count();
    if more > 0 {
        shown.push(format!("{more} more"));
    }
    if shown.is_empty() { "none".to_owned() } else { shown.join(", ") }
}

/// A value of a claim: texts, numbers and lists of texts as they are, of all else the type.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Array(members) if members.iter().all(Value::is_string) => {
            format!("[{}]", listed(members.iter().filter_map(Value::as_str)))
        }
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        other => kind(other),
    }
}

/// Of a value the type alone.
pub(super) fn kind(value: &Value) -> String {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "`true` or `false`",
        Value::Number(_) => "a number",
        Value::String(text) if text.is_empty() => "an empty text",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    kind.to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn token_contents_cannot_forge_a_log_line() {
        for text in ["a\nb", "a\u{1b}[31m", "a\u{202e}b", "a\"b", "a\u{0}", "\u{7f}"] {
            let shown = quoted(text);
            assert!(
                shown.chars().all(|letter| letter.is_ascii_graphic() || letter == ' '),
                "{shown:?}"
            );
        }
        assert_eq!(quoted("a\nb"), r#""a\nb""#);
        assert!(quoted(&"x".repeat(5000)).chars().count() < 90);
        assert_eq!(listed(std::iter::repeat_n("x", 100)).matches('x').count(), 8);
        assert_eq!(shown(&json!({"secret": 1})), "an object");
        assert_eq!(shown(&json!(["a", "b"])), r#"["a", "b"]"#);
    }
}
