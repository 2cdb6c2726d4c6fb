//! A string in double quotes, with the escapes that Rust and TOML share the reading of here.

use std::fmt::Write as _;

/// The string at the start of `text`, as `{:?}` or TOML writes it, and what follows it.
pub(super) fn read(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('"')?.chars();
    let mut string = String::new();
    loop {
        match rest.next()? {
            '"' => return Some((string, rest.as_str())),
            '\\' => string.push(match rest.next()? {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'b' => '\u{8}',
                'f' => '\u{c}',
                '0' => '\0',
                same @ ('"' | '\\' | '\'') => same,
                'u' => {
                    // `\u{1f}` in Rust, `\u001f` in TOML.
                    let (digits, after) = match rest.as_str().strip_prefix('{') {
                        Some(braced) => braced.split_once('}')?,
                        None => rest.as_str().split_at_checked(4)?,
                    };
                    rest = after.chars();
                    char::from_u32(u32::from_str_radix(digits, 16).ok()?)?
                }
                _ => return None,
            }),
            other => string.push(other),
        }
    }
}

/// The string as TOML writes it: in single quotes, where nothing is escaped, if it can be in
/// them and double quotes would have to be escaped.
pub(super) fn write(text: &str) -> String {
    let is_plain = |c: char| !c.is_control() || c == '\t';
    if text.contains(['"', '\\']) && !text.contains('\'') && text.chars().all(is_plain) {
        return format!("'{text}'");
    }
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            control if control.is_control() => {
                // Writing to a string does not fail.
                let _ = write!(quoted, "\\u{:04x}", u32::from(control));
            }
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}
