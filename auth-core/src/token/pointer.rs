//! JSON pointers ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)) into claims.

use std::fmt;

use crate::jose::json::{Array, MAX_DEPTH, Object, Value};

/// A JSON pointer, taken apart once.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Pointer {
    text: String,
    /// The unescaped reference tokens; `None` if the text is no pointer to a member, or one that
    /// finds nothing in any token.
    tokens: Option<Vec<String>>,
}

impl Pointer {
    pub(crate) fn parse(text: String) -> Self {
        let tokens = if objection(&text).is_none() { split(&text) } else { None };
        Self { text, tokens }
    }

    /// The claim of this name, of any letters.
    pub(crate) fn of_claim(name: &str) -> Self {
        Self::parse(format!("/{}", name.replace('~', "~0").replace('/', "~1")))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) const fn is_valid(&self) -> bool {
        self.tokens.is_some()
    }

    /// The claim that it leads to or through.
    pub(crate) fn claim(&self) -> Option<&str> {
        self.tokens.as_ref()?.first().map(String::as_str)
    }

    pub(crate) fn find<'a>(&self, claims: Object<'a>) -> Option<Value<'a>> {
        let (first, rest) = self.tokens.as_deref()?.split_first()?;
        rest.iter().try_fold(claims.get(first)?, |value, token| match value {
            Value::Object(members) => members.get(token),
            Value::Array(members) => members.iter().nth(index(token)?),
            _ => None,
        })
    }

    /// The one value that it leads to, through objects alone; an error if there is an array on the
    /// way, which may lead to several.
    pub(crate) fn straight<'a>(&self, claims: Object<'a>) -> Result<Option<Value<'a>>, Branches> {
        let Some((first, rest)) = self.tokens.as_deref().and_then(<[_]>::split_first) else {
            return Ok(None);
        };
        let mut value = claims.get(first);
        for token in rest {
            value = match value {
                Some(Value::Object(members)) => members.get(token),
                Some(Value::Array(_)) => return Err(Branches),
                _ => return Ok(None),
            };
        }
        Ok(value)
    }

    /// Hands out every value that it leads to: a part that is no index leads through all elements of
    /// an array, and `*` to the elements themselves. `None` for a way that ends too early, at a
    /// value without members or at an element without this one.
    pub(crate) fn each<'a>(&self, claims: Object<'a>, take: &mut impl FnMut(Option<Value<'a>>)) {
        if let Some((first, rest)) = self.tokens.as_deref().and_then(<[_]>::split_first)
            && let Some(value) = claims.get(first)
        {
            each(rest, value, false, take);
        }
    }
}

/// There is an array on the way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Branches;

fn each<'a>(
    tokens: &[String],
    value: Value<'a>,
    is_element: bool,
    take: &mut impl FnMut(Option<Value<'a>>),
) {
    let Some((token, rest)) = tokens.split_first() else { return take(Some(value)) };
    match value {
        Value::Object(members) => match members.get(token) {
            Some(value) => each(rest, value, false, take),
            // An object that lacks a member grants nothing; an element does not say what it is.
            None if is_element => take(None),
            None => {}
        },
        Value::Array(members) => each_element(members, token, rest, tokens, take),
        _ => take(None),
    }
}

fn each_element<'a>(
    members: Array<'a>,
    token: &str,
    rest: &[String],
    tokens: &[String],
    take: &mut impl FnMut(Option<Value<'a>>),
) {
    if token == "*" && rest.is_empty() {
        take(Some(Value::Array(members)));
    } else if let Some(index) = index(token) {
        if let Some(value) = members.iter().nth(index) {
            each(rest, value, false, take);
        }
    } else {
        let rest = if token == "*" { rest } else { tokens };
        members.iter().for_each(|member| each(rest, member, true, take));
    }
}

/// The reference tokens of a pointer; `None` if it does not begin with a slash, or an escape is invalid.
fn split(text: &str) -> Option<Vec<String>> {
    text.strip_prefix('/').and_then(|rest| rest.split('/').map(unescape).collect())
}

/// Claims that are a text in every token that is verified: they have no members.
const TEXTS: [&str; 3] = ["iss", "sub", "jti"];
/// The same for numbers, which are no names either.
const NUMBERS: [&str; 3] = ["exp", "nbf", "iat"];

/// Why a text is no pointer that could find a name, with what to write.
pub(crate) fn objection(text: &str) -> Option<String> {
    let Some(rest) = text.strip_prefix('/') else {
        let parts: Vec<&str> = text
            .trim_start_matches(['#', '$'])
            .split(['/', '.'])
            .filter(|part| !part.is_empty())
            .collect();
        let proposal = if text.contains("://") {
            literally(text)
        } else if parts.is_empty() {
            "write one like `/realm_access/roles`".to_owned()
        } else {
            format!("write `/{}`", parts.join("/"))
        };
        return Some(format!(
            "the claim pointer `{text}` does not begin with a slash\nhelp: {proposal}"
        ));
    };
    let Some(tokens) = split(text) else {
        return Some(format!(
            "in the claim pointer `{text}` a `~` is followed by neither `0` nor `1`\nhelp: write `~` as `~0` and a `/` in a name as `~1`"
        ));
    };
    if tokens.iter().any(String::is_empty) {
        let proposal = if rest.contains("://") {
            literally(rest)
        } else {
            let parts: Vec<&str> = rest.split('/').filter(|part| !part.is_empty()).collect();
            format!(
                "write `/{}`",
                if parts.is_empty() { "roles".to_owned() } else { parts.join("/") }
            )
        };
        return Some(format!(
            "the claim pointer `{text}` has an empty part, so it would find nothing\nhelp: {proposal}"
        ));
    }
    if tokens.len() > MAX_DEPTH {
        return Some(format!(
            "the claim pointer `{text}` has {} parts, and no token nests as deep: {MAX_DEPTH} levels are read",
            tokens.len()
        ));
    }
    let first = tokens.first()?.as_str();
    if NUMBERS.contains(&first) {
        return Some(format!(
            "the claim pointer `{text}` would find nothing: `{first}` is a number"
        ));
    }
    (TEXTS.contains(&first) && tokens.len() > 1)
        .then(|| format!("the claim pointer `{text}` would find nothing: `{first}` has no members"))
}

/// What to write for the name of a claim that has slashes in it.
fn literally(name: &str) -> String {
    let escaped = name.replace('~', "~0").replace('/', "~1");
    format!(
        "take the name as it is, with `roles_in_claim(\"{name}\")` and its like, or write `/{escaped}`"
    )
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
    use crate::jose::json::Document;

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
            "/0",
            "/a/x",
            "/a/b",
        ] {
            let pointer = Pointer::parse(text.to_owned());
            let found = pointer.find(document.root()).map(Value::to_json);
            assert_eq!(found.as_ref(), claims.pointer(text), "{text}");
        }
    }

    #[test]
    fn a_pointer_that_finds_nothing_in_any_token_is_refused_with_help() {
        for (text, part) in [
            ("", "begin with a slash\nhelp: write one like `/realm_access/roles`"),
            ("roles", "help: write `/roles`"),
            ("realm_access.roles", "help: write `/realm_access/roles`"),
            ("$.realm_access.roles", "help: write `/realm_access/roles`"),
            ("#/roles", "help: write `/roles`"),
            ("https://shop.example/roles", "`roles_in_claim(\"https://shop.example/roles\")`"),
            ("/https://shop.example/roles", "`roles_in_claim(\"https://shop.example/roles\")`"),
            ("/https://shop.example/roles", "write `/https:~1~1shop.example~1roles`"),
            ("/", "has an empty part"),
            ("/roles/", "help: write `/roles`"),
            ("/a//b", "help: write `/a/b`"),
            ("/a~", "write `~` as `~0`"),
            ("/a~2b", "write `~` as `~0`"),
            ("/exp", "`exp` is a number"),
            ("/iat/roles", "`iat` is a number"),
            ("/sub/roles", "`sub` has no members"),
        ] {
            let objection = objection(text).unwrap();
            assert!(objection.contains(part), "{text}: {objection}");
            assert!(!Pointer::parse(text.to_owned()).is_valid(), "{text}");
        }
        assert!(objection(&"/a".repeat(33)).unwrap().contains("33 parts"));
        for text in ["/sub", "/a", "/a/0", "/~0/~1", "/aud", "/exp~1x", "/expires/x"] {
            assert_eq!(objection(text), None, "{text}");
        }
        assert_eq!(objection(&"/a".repeat(32)), None);
    }
}
