//! JSON pointers ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)) into claims.

use std::fmt;

use super::json::{Object, Value};

/// A JSON pointer, taken apart once.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Pointer {
    text: String,
    /// The unescaped reference tokens; `None` if the text is no pointer to a member.
    tokens: Option<Vec<String>>,
}

impl Pointer {
    pub(crate) fn parse(text: String) -> Self {
        let tokens =
            text.strip_prefix('/').and_then(|rest| rest.split('/').map(unescape).collect());
        Self { text, tokens }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn is_valid(&self) -> bool {
        self.tokens.is_some()
    }

    pub(crate) fn find<'a>(&self, claims: Object<'a>) -> Option<Value<'a>> {
        let (first, rest) = self.tokens.as_deref()?.split_first()?;
        rest.iter().try_fold(claims.get(first)?, |value, token| match value {
            Value::Object(members) => members.get(token),
            Value::Array(members) => members.iter().nth(index(token)?),
            _ => None,
        })
    }
}

/// `~0` is `~` and `~1` is `/`; any other `~` is an error (RFC 6901 §3).
fn unescape(token: &str) -> Option<String> {
    let mut text = String::with_capacity(token.len());
    let mut letters = token.chars();
    while let Some(letter) = letters.next() {
        text.push(match letter {
            '~' => match letters.next()? {
                '0' => '~',
                '1' => '/',
                _ => return None,
            },
            other => other,
        });
    }
    Some(text)
}

/// An array index without leading zeros (RFC 6901 §4).
fn index(token: &str) -> Option<usize> {
    let canonical = token == "0" || !token.starts_with(['0', '+']);
    canonical.then(|| token.parse().ok()).flatten()
}

impl fmt::Debug for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::verify::json::Document;

    #[test]
    fn pointers_agree_with_serde_json() {
        let claims = json!({"a": {"b/c": [1, {"~d": "x"}]}, "": {"": "empty"}, "0": "zero"});
        let document = Document::parse(claims.to_string().into()).unwrap();
        for text in [
            "/a",
            "/a/b~1c/1/~0d",
            "/a/b~1c/0",
            "/a/b~1c/01",
            "/a/b~1c/+1",
            "/a/b~1c/-",
            "/a/b~1c/9",
            "/",
            "//",
            "/0",
            "/a/x",
            "/a/b",
        ] {
            let pointer = Pointer::parse(text.to_owned());
            let found = pointer.find(document.root()).map(Value::to_json);
            assert_eq!(found.as_ref(), claims.pointer(text), "{text}");
        }
    }
}
