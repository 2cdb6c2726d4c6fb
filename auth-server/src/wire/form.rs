//! Forms and queries. Repeated parameters are kept, since most endpoints have to reject them.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use axum::body::{Body, Bytes};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http_body_util::{BodyExt as _, Limited};
use zeroize::Zeroizing;

/// How many bytes a form may have.
const MAX_BYTES: usize = 64 * 1024;
/// How long a body may take to arrive: a slow sender holds a connection no longer.
const MAX_TIME: Duration = Duration::from_secs(15);
/// How many parameters a form may have.
const MAX_PARAMETERS: usize = 200;

/// The parameters of a form or a query
/// ([RFC 6749 §3.1](https://www.rfc-editor.org/rfc/rfc6749#section-3.1)). One without a value counts as absent.
///
/// `Debug` shows only names, since values may be secrets.
#[derive(Clone, Default)]
pub(crate) struct Form(Vec<(String, Zeroizing<String>)>);

/// Why a form cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FormError {
    /// It has another media type.
    NotAForm,
    /// It is too long, or has too many parameters.
    TooLarge,
    /// The body is incomplete, or not UTF-8.
    Unreadable,
}

impl FormError {
    pub(crate) const fn description(self) -> &'static str {
        match self {
            Self::NotAForm => "the body must be application/x-www-form-urlencoded",
            Self::TooLarge => "the body is too large",
            Self::Unreadable => "the body cannot be read",
        }
    }
}

impl Form {
    /// Reads `name=value` pairs.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, FormError> {
        if text.len() > MAX_BYTES {
            return Err(FormError::TooLarge);
        }
        let mut parameters = Vec::new();
        for pair in text.split(|it| *it == b'&').filter(|it| !it.is_empty()) {
            if parameters.len() == MAX_PARAMETERS {
                return Err(FormError::TooLarge);
            }
            let mut halves = pair.splitn(2, |it| *it == b'=');
            let name = decode(halves.next().unwrap_or_default())?;
            let value = Zeroizing::new(decode(halves.next().unwrap_or_default())?);
            parameters.push((name, value));
        }
        Ok(Self(parameters))
    }

    /// The value of a parameter; `None` if it is absent or empty. Of several the first: see
    /// [`repeated`](Self::repeated).
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(it, _)| it == name)?;
        Some(found.1.as_str()).filter(|it| !it.is_empty())
    }

    /// All values of a parameter that may come several times (`resource`).
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let values = self.0.iter().filter(move |(it, _)| it == name).map(|(_, it)| it.as_str());
        values.filter(|it| !it.is_empty())
    }

    /// A parameter that is there more than once, except for these.
    pub(crate) fn repeated(&self, may_be: &[&str]) -> Option<&str> {
        let mut seen: Vec<&str> = Vec::with_capacity(self.0.len());
        for (name, _) in &self.0 {
            if seen.contains(&name.as_str()) && !may_be.contains(&name.as_str()) {
                return Some(name);
            }
            seen.push(name);
        }
        None
    }

    /// The parameters, as they came.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Undoes the encoding of forms
/// ([URL Standard](https://url.spec.whatwg.org/#urlencoded-parsing)), in which a percent sign without two hexadecimal
/// digits stays as it is. Text that is not UTF-8 is rejected, since it cannot be returned unchanged.
fn decode(text: &[u8]) -> Result<String, FormError> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        decoded.push(match (first, after) {
            (b'+', _) => b' ',
            (b'%', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    rest = after;
                    high << 4 | low
                }
                _ => b'%',
            },
            (byte, _) => *byte,
        });
    }
    String::from_utf8(decoded).map_err(|_| FormError::Unreadable)
}

/// The value of a hexadecimal digit.
pub(crate) const fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

impl<'a> FromIterator<(&'a str, Cow<'a, str>)> for Form {
    fn from_iter<I: IntoIterator<Item = (&'a str, Cow<'a, str>)>>(pairs: I) -> Self {
        let owned = |(name, value): (&str, Cow<'_, str>)| {
            (name.to_owned(), Zeroizing::new(value.into_owned()))
        };
        Self(pairs.into_iter().map(owned).collect())
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// Reads the form in a body.
pub(crate) async fn read_form(headers: &HeaderMap, body: Body) -> Result<Form, FormError> {
    let mut kinds = headers.get_all(CONTENT_TYPE).iter();
    let kind = kinds.next().and_then(|it| it.to_str().ok()).unwrap_or_default();
    if kinds.next().is_some() {
        return Err(FormError::NotAForm);
    }
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(FormError::NotAForm);
    }
    Form::parse(&read_body(body, MAX_BYTES).await?)
}

/// Reads a body of at most so many bytes.
pub(crate) async fn read_body(body: Body, most: usize) -> Result<Bytes, FormError> {
    let read = tokio::time::timeout(MAX_TIME, Limited::new(body, most).collect());
    match read.await.map_err(|_| FormError::Unreadable)? {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => Err(FormError::TooLarge),
        Err(_) => Err(FormError::Unreadable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_browsers_write_it_and_refused_where_it_is_no_text() {
        for text in ["a=b=c&d", "%61=%e2%82%ac&+=%2", "a=%zz%4&&=&b", "=x", "", "&", "a%3Db=%26"] {
            let form = Form::parse(text.as_bytes()).unwrap();
            let expected: Vec<_> = form_urlencoded::parse(text.as_bytes()).collect();
            let found: Vec<_> = form.iter().map(|(a, b)| (a.into(), b.into())).collect();
            assert_eq!(found, expected, "{text}");
        }
        for text in [&b"a=\xff"[..], b"a=%ff", b"%c3=a", b"a=b&\xc3\x28=c"] {
            assert_eq!(Form::parse(text).unwrap_err(), FormError::Unreadable);
        }
        let many = "a=b&".repeat(MAX_PARAMETERS + 1);
        assert_eq!(Form::parse(many.as_bytes()).unwrap_err(), FormError::TooLarge);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_come_is_not_waited_for() {
        let end = std::future::pending::<Option<Result<HeaderMap, std::convert::Infallible>>>();
        let nothing = http_body_util::Full::new(Bytes::from("a=b")).with_trailers(end);
        assert_eq!(read_body(Body::new(nothing), 10).await.unwrap_err(), FormError::Unreadable);
        assert_eq!(
            read_body(Body::from("12345678901"), 10).await.unwrap_err(),
            FormError::TooLarge
        );
        assert_eq!(read_body(Body::from("1234567890"), 10).await.unwrap(), "1234567890");
    }

    #[test]
    fn a_repeated_parameter_is_seen_and_an_empty_one_is_absent() {
        let form = Form::parse(b"a=1&b=&a=2&resource=x&resource=y&c=%2B+").unwrap();
        assert_eq!(form.repeated(&["resource"]), Some("a"));
        assert_eq!(form.repeated(&["resource", "a"]), None);
        assert_eq!(form.get("b"), None);
        assert_eq!(form.get("c"), Some("+ "));
        assert_eq!(form.all("resource").collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!(format!("{form:?}"), r#"["a", "b", "a", "resource", "resource", "c"]"#);
    }
}
