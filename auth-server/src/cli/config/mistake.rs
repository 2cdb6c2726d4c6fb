//! What is wrong with a configuration file, in one sentence.

use std::fmt;

/// One mistake: where, what was found there, and what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// The path of the key, such as `client[0].grants[1]`; empty if the file is no TOML.
    pub(crate) path: String,
    /// Which line it is in, from 1 on, where that is known.
    pub(crate) line: Option<usize>,
    pub(crate) found: String,
    pub(crate) expected: String,
}

/// Keys whose values are not repeated in a message.
const SECRET_KEYS: [&str; 6] =
    ["database", "initial_access_token", "password", "redis", "secret", "totp"];

impl Mistake {
    pub(crate) fn new(
        path: impl Into<String>,
        found: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        Self { path: path.into(), line: None, found: found.into(), expected: expected.into() }
    }

    /// The file is no TOML.
    pub(super) fn no_toml(message: &str) -> Self {
        let (found, expected) = message.rsplit_once(", expected ").unwrap_or((message, "TOML"));
        Self::new("", format!("what is no TOML: {found}"), expected)
    }

    /// A mistake that was met while the file was read.
    pub(super) fn from_reader(path: &str, message: &str, line: Option<usize>) -> Self {
        let path = if path == "." { "" } else { path };
        let names = || message.split('`').skip(1).step_by(2);
        let first = names().next().unwrap_or_default();
        // The path of a key that is not known ends with it already.
        let below = |key: &str| match path {
            "" => key.to_owned(),
            _ if path == key || path.ends_with(&format!(".{key}")) => path.to_owned(),
            _ => format!("{path}.{key}"),
        };
        let mistake = if message.starts_with("unknown field") {
            let known: Vec<_> = names().skip(1).collect();
            Self::new(below(first), "a key that is not known here", one_of(first, &known, 0.8))
        } else if message.starts_with("missing field") {
            Self::new(below(first), "nothing", meaning(first))
        } else if message.starts_with("unknown variant") {
            let known: Vec<_> = names().skip(1).collect();
            Self::new(path, format!("`{first}`"), one_of(first, &known, 0.9))
        } else {
            let message = message.strip_prefix("invalid type: ").unwrap_or(message);
            let message = message.strip_prefix("invalid value: ").unwrap_or(message);
            let message = message.strip_prefix("found ").unwrap_or(message);
            match message.rsplit_once(", expected ") {
                Some((found, expected)) => {
                    let example = if expected == "a string" { example(path) } else { "" };
                    Self::new(path, in_toml(&shown(path, found)), in_toml(expected) + example)
                }
                // The reader of an enum says no more than what it wants.
                None if message == "wanted string or table" => {
                    Self::new(path, "another kind of value", "a string")
                }
                None => Self { path: path.to_owned(), ..Self::no_toml(message) },
            }
        };
        Self { line, ..mistake }
    }
}

/// What a text of this key looks like, for those who have written a number.
fn example(path: &str) -> &'static str {
    match path {
        "listen" => " such as `\"127.0.0.1:4000\"`",
        "signing.rotate_every" => " such as `\"30d\"`",
        "limits.sign_in_failures" => " such as `\"100/account\"`",
        _ if path.starts_with("lifetimes.") => " such as `\"10m\"`",
        _ if path.starts_with("limits.") => " such as `\"20/minute\"`",
        _ => "",
    }
}

/// The words of the reader in those of TOML.
fn in_toml(text: &str) -> String {
    match text {
        "a sequence" => {
            "an array: `[..]`, or `[[..]]` for a section that may be there several times"
        }
        "sequence" => "an array",
        "map" => "a table",
        _ => text,
    }
    .to_owned()
}

/// What was found, without the value of a secret.
fn shown(path: &str, found: &str) -> String {
    let key = path.rsplit('.').next().unwrap_or_default();
    let end = found.find(['`', '"']).filter(|_| SECRET_KEYS.contains(&key));
    match end.and_then(|end| found.get(..end)) {
        Some(kind) if !found.starts_with("`env:") && !found.starts_with("`file:") => {
            let kind = kind.trim();
            if kind.is_empty() { "another value" } else { kind }.to_owned()
        }
        _ => found.to_owned(),
    }
}

/// The names that there are, and the one that was probably meant, if it is as near as this (0 to 1).
pub(super) fn one_of(found: &str, known: &[&str], near_enough: f64) -> String {
    // `client_id` is called `id` here, and `client_secret` is called `secret`.
    let near = |name: &&&str| match found.strip_suffix(**name) {
        Some(before) if before.ends_with('_') => 1.0,
        _ => strsim::jaro_winkler(found, name),
    };
    let nearest = known.iter().max_by(|a, b| near(a).total_cmp(&near(b)));
    let list = known.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
    match nearest.filter(|it| near(it) > near_enough) {
        Some(nearest) => format!("`{nearest}`, if that was meant, or another one of {list}"),
        None if known.is_empty() => "no key at all".to_owned(),
        None => format!("one of {list}"),
    }
}

/// What a key that has to be there says.
fn meaning(key: &str) -> &'static str {
    match key {
        "id" => "the id of the client",
        "uri" => "the URI of the resource",
        "username" => "the name that the user signs in with",
        "password" => "a password, or a PHC string (`$argon2id$..`)",
        "enabled" => "`true` or `false`",
        _ => "a value",
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.path.is_empty() {
            write!(f, "`{}`: ", self.path)?;
        }
        write!(f, "found {}, expected {}", self.found, self.expected)
    }
}
