//! Reads a `WWW-Authenticate` header as strictly as RFC 9110 §11.6.1 and RFC 6750 §3 write it.

use std::collections::BTreeMap;

/// The parameters of one `Bearer` challenge.
///
/// # Errors
/// If the header is not exactly that: another scheme, a parameter that is not quoted or comes
/// twice, a character that RFC 6750 §3 does not allow.
pub fn parse(header: &str) -> Result<BTreeMap<String, String>, String> {
    let mut params = BTreeMap::new();
    let Some(rest) = header.strip_prefix("Bearer") else {
        return Err(format!("not a Bearer challenge: {header}"));
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
