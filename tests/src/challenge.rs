//! Reads a `WWW-Authenticate` header as strictly as RFC 9110 §11.6.1 and RFC 6750 §3 write it.

use std::collections::BTreeMap;

/// The parameters of a challenge.
pub type Params = BTreeMap<String, String>;

/// The parameters of one `Bearer` challenge.
///
/// # Errors
/// If the header is not exactly that: another scheme, a parameter that is not quoted or comes
/// twice, a character that RFC 6750 §3 does not allow.
pub fn parse(header: &str) -> Result<Params, String> {
    parse_scheme("Bearer", header)
}

/// The parameters of the one challenge of a scheme, each challenge in a header line of its own.
///
/// # Errors
/// If there is not exactly one of it, or a line is no challenge of `Bearer` or `DPoP`.
pub fn of_scheme(scheme: &str, lines: &[&str]) -> Result<Params, String> {
    let mut found = None;
    for line in lines {
        let own = if line.starts_with("DPoP") { "DPoP" } else { "Bearer" };
        let params = parse_scheme(own, line)?;
        if own == scheme && found.replace(params).is_some() {
            return Err(format!("two challenges of {scheme}: {lines:?}"));
        }
    }
    found.ok_or(format!("no challenge of {scheme}: {lines:?}"))
}

fn parse_scheme(scheme: &str, header: &str) -> Result<Params, String> {
    let mut params = BTreeMap::new();
    let Some(rest) = header.strip_prefix(scheme) else {
        return Err(format!("not a {scheme} challenge: {header}"));
    };
    if rest.is_empty() {
        return Ok(params);
    }
    let mut rest = rest.strip_prefix(' ').ok_or("no space after the scheme")?;
    loop {
        let (name, after) = rest.split_once("=\"").ok_or(format!("no quoted value: {rest}"))?;
        let (value, after) = after.split_once('"').ok_or(format!("no closing quote: {after}"))?;
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
            return Err(format!("not a parameter name: {name}"));
        }
        let allowed = |byte: u8| matches!(byte, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        if !value.bytes().all(allowed) {
            return Err(format!("not allowed in a value: {value:?}"));
        }
        if params.insert(name.to_owned(), value.to_owned()).is_some() {
            return Err(format!("`{name}` comes twice"));
        }
        if after.is_empty() {
            return Ok(params);
        }
        rest = after.strip_prefix(", ").ok_or(format!("no comma before {after:?}"))?;
    }
}
