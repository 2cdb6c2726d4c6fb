//! Cookies: `__Host-`, `Secure`, `HttpOnly`, for the whole host
//! ([RFC 6265bis §4.1.3](https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis)).

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

use crate::accounts::Accounts;
use crate::session::SameSite;

/// The longest that browsers keep a cookie: 400 days.
const LONGEST: u64 = 400 * 24 * 3600;

/// A request has more than one cookie of a name: which of them counts is not for us to guess, since
/// other hosts of the site can set one, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SeveralCookies;

/// The cookie of this name, compared as it is written.
pub(crate) fn read<'a>(
    headers: &'a HeaderMap,
    name: &str,
) -> Result<Option<&'a str>, SeveralCookies> {
    let lines = headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes);
    let mut values = lines.flat_map(|line| line.split(|byte| *byte == b';')).filter_map(|pair| {
        let pair = pair.trim_ascii();
        let value = pair.strip_prefix(name.as_bytes())?.strip_prefix(b"=")?;
        Some(match value {
            [b'"', inner @ .., b'"'] => inner,
            _ => value,
        })
    });
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        // What is no text is no secret of ours.
        (Some(value), None) => Ok(Some(std::str::from_utf8(value).unwrap_or_default())),
        (Some(_), Some(_)) => Err(SeveralCookies),
    }
}

impl Accounts {
    /// The whole name of a cookie of these accounts: `__Host-device` for `device`.
    pub(crate) fn cookie_name(&self, name: &str) -> String {
        format!("{}{name}", self.0.sessions.cookie_prefix())
    }

    /// The header that sets a cookie of this short name: for so many seconds, or until the browser is
    /// closed. `None` if the value cannot be in a cookie.
    pub(crate) fn set_cookie(
        &self,
        name: &str,
        value: &str,
        seconds: Option<u64>,
    ) -> Option<HeaderValue> {
        self.set_named_cookie(&self.cookie_name(name), value, seconds)
    }

    /// The same by its whole name.
    pub(crate) fn set_named_cookie(
        &self,
        name: &str,
        value: &str,
        seconds: Option<u64>,
    ) -> Option<HeaderValue> {
        let is_valid = value.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_.~".contains(&it));
        let sessions = &self.0.sessions;
        let secure = if sessions.is_secure() { "; Secure" } else { "" };
        let same_site = match sessions.same_site() {
            SameSite::Strict => "Strict",
            SameSite::Lax => "Lax",
        };
        let age = seconds.map(|it| format!("; Max-Age={}", it.min(LONGEST))).unwrap_or_default();
        let line = format!("{name}={value}; Path=/; HttpOnly{secure}; SameSite={same_site}{age}");
        let mut value = HeaderValue::try_from(line).ok().filter(|_| is_valid)?;
        value.set_sensitive(true);
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(lines: &[&'static str]) -> HeaderMap {
        lines.iter().map(|line| (COOKIE, HeaderValue::from_static(line))).collect()
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name_as_it_is_written() {
        let found = |lines: &[&'static str]| {
            read(&request(lines), "__Host-sid").map(|it| it.map(str::to_owned))
        };
        assert_eq!(found(&["a=1; __Host-sid=x; b=2"]), Ok(Some("x".to_owned())));
        assert_eq!(found(&["__Host-sid=\"x\""]), Ok(Some("x".to_owned())));
        assert_eq!(found(&["__Host-sid="]), Ok(Some(String::new())));
        assert_eq!(found(&["__host-sid=x; x__Host-sid=x; __Host-sid2=x; __Host-sid"]), Ok(None));
        assert_eq!(found(&["__Host-sid=x; __Host-sid=x"]), Err(SeveralCookies));
        assert_eq!(found(&["__Host-sid=x", "__Host-sid=y"]), Err(SeveralCookies));
        assert_eq!(found(&[]), Ok(None));
    }
}
