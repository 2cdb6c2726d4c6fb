//! The body of a request: JSON from programs, a form from people, by its content type.

use std::fmt;

use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, Request};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde::de::{DeserializeOwned, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use zeroize::{Zeroize, Zeroizing};

use super::Problem;
use super::session::SessionOfRequest;

/// How many bytes a body may have.
pub(super) const MAX_BYTES: usize = 16 * 1024;

/// What an endpoint takes.
pub(crate) trait Fields: DeserializeOwned {
    /// The fields, for a client that sent others, such as `` `username`: text, `email` (optional): text ``.
    const EXPECTED: &'static str;
    /// Which of them are lists: a form can have these several times, once for each box that is ticked.
    const LISTS: &'static [&'static str] = &[];
}

/// The fields of a request.
///
/// Rejected with 415 if it is neither JSON nor a form, 413 if it is longer than 16 KiB, 400 if it
/// cannot be read, 422 if it has other fields than expected, 401 if the session of the request
/// ([`Me`](super::Me)) has ended before the body was there. No problem repeats what was sent: it is
/// likely to hold a password. The memory of the body is wiped, as far as it is ours alone.
#[derive(Debug)]
pub(crate) struct Input<T> {
    /// What was sent.
    pub(crate) fields: T,
}

/// In which form a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// A program's.
    Json,
    /// A person's, by a page without a script.
    Form,
}

impl<S: Send + Sync, T: Fields> FromRequest<S> for Input<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let format = format(request.headers())?;
        let session = request.extensions().get::<SessionOfRequest>().cloned();
        let body = to_bytes(request.into_body(), MAX_BYTES).await.map_err(|_| {
            let detail = format!("expected a body of at most {MAX_BYTES} bytes");
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_long", detail)
        })?;
        if let Some(session) = session
            && let Err(problem) = session.demand_still().await
        {
            wipe(body);
            return Err(problem);
        }
        let fields = match format {
            Format::Json => json(&body),
            Format::Form => form(&body),
        };
        wipe(body);
        Ok(Self { fields: fields? })
    }
}

/// The format that the only content type names.
fn format(headers: &HeaderMap) -> Result<Format, Problem> {
    let mut lines = headers.get_all(CONTENT_TYPE).iter();
    let only = lines.next().filter(|_| lines.next().is_none());
    let named = only.and_then(|line| line.to_str().ok()).unwrap_or_default();
    let (named, parameters) = named.split_once(';').unwrap_or((named, ""));
    let named = named.trim();
    let charset =
        parameters.split(';').filter_map(|it| it.split_once('=')).find_map(|(name, it)| {
            name.trim().eq_ignore_ascii_case("charset").then(|| it.trim().trim_matches('"'))
        });
    let format = if named.eq_ignore_ascii_case("application/json") {
        Some(Format::Json)
    } else if named.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        Some(Format::Form)
    } else {
        None
    };
    format.filter(|_| charset.is_none_or(|it| it.eq_ignore_ascii_case("utf-8"))).ok_or_else(|| {
        Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "expected `Content-Type: application/json` or `application/x-www-form-urlencoded`, \
             in UTF-8",
        )
    })
}

fn json<T: Fields>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| {
        if error.is_data() {
            return unexpected::<T>();
        }
        let (line, column) = (error.line(), error.column());
        malformed(format!("the body is not valid JSON at line {line}, column {column}"))
    })
}

fn form<T: Fields>(body: &[u8]) -> Result<T, Problem> {
    if !is_text(body) {
        return Err(malformed("the body is not a form in UTF-8".to_owned()));
    }
    let joined = (!T::LISTS.is_empty()).then(|| joined(body, T::LISTS));
    let body = joined.as_ref().map_or(body, |it| it.as_slice());
    serde_urlencoded::from_bytes(body).map_err(|_| unexpected::<T>())
}

/// The form with each of these lists in one field, its texts with a space between them.
fn joined(form: &[u8], lists: &[&str]) -> Zeroizing<Vec<u8>> {
    let mut joined = Zeroizing::new(Vec::with_capacity(form.len()));
    let pairs = || form.split(|byte| *byte == b'&');
    let value = |pair: &'_ [u8], list: &str| {
        pair.strip_prefix(list.as_bytes())?.strip_prefix(b"=").map(<[u8]>::to_vec)
    };
    let is_of_list = |pair: &[u8]| lists.iter().any(|list| value(pair, list).is_some());
    for pair in pairs().filter(|pair| !is_of_list(pair)) {
        joined.extend_from_slice(pair);
        joined.push(b'&');
    }
    for list in lists {
        let values: Vec<_> = pairs().filter_map(|pair| value(pair, list)).collect();
        if !values.is_empty() {
            joined.extend_from_slice(list.as_bytes());
            joined.push(b'=');
            joined.extend_from_slice(&values.join(&b'+'));
            joined.push(b'&');
        }
    }
    joined
}

fn malformed(detail: String) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "malformed", detail)
}

fn unexpected<T: Fields>() -> Problem {
    let detail = format!("expected {}", T::EXPECTED);
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_fields", detail)
}

/// Whether everything in a form is UTF-8. Its parser would replace what is not, and two passwords
/// could become the same.
fn is_text(form: &[u8]) -> bool {
    let mut decoded = Zeroizing::new(Vec::with_capacity(form.len()));
    let mut rest = form;
    while let [byte, after @ ..] = rest {
        let escaped = match (byte, after) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)).map(|(high, low)| high << 4 | low),
            _ => None,
        };
        decoded.push(escaped.unwrap_or(*byte));
        rest = if escaped.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    // `&` and `=` are between the parts, so that no character goes across.
    std::str::from_utf8(&decoded).is_ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| value.try_into().ok())
}

/// Wipes a body, unless someone else has it, too: then it is the server's buffer.
fn wipe(body: Bytes) {
    if let Ok(mut body) = body.try_into_mut() {
        body.as_mut().zeroize();
    }
}

/// A field that is `true` or `false` in JSON, and in a form `on`, as a checkbox that is ticked, or
/// the same words. For `#[serde(default, deserialize_with = "checkbox")]`.
pub(crate) fn checkbox<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    struct Checkbox;

    impl Visitor<'_> for Checkbox {
        type Value = bool;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("true or false")
        }

        fn visit_bool<E>(self, value: bool) -> Result<bool, E> {
            Ok(value)
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<bool, E> {
            match text {
                "on" | "true" => Ok(true),
                "off" | "false" | "" => Ok(false),
                _ => Err(E::custom("neither true nor false")),
            }
        }
    }

    deserializer.deserialize_any(Checkbox)
}

/// A field that is a list of texts in JSON, and in a form one text with spaces between them. For
/// `#[serde(default, deserialize_with = "list")]`.
pub(crate) fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    struct List;

    impl<'de> Visitor<'de> for List {
        type Value = Vec<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of texts")
        }

        fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
            Ok(text.split_ascii_whitespace().map(str::to_owned).collect())
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Self::Value, A::Error> {
            let mut texts = Vec::new();
            while let Some(text) = parts.next_element()? {
                texts.push(text);
            }
            Ok(texts)
        }
    }

    deserializer.deserialize_any(List)
}

/// A field that may be left out or, as forms do, be sent empty. For
/// `#[serde(default, deserialize_with = "optional")]`.
pub(crate) fn optional<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    Option::<String>::deserialize(deserializer).map(|text| text.filter(|text| !text.is_empty()))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http_body_util::BodyExt as _;

    use super::*;
    use crate::secret::SecretText;
    use axum::response::IntoResponse as _;

    #[derive(Debug, Deserialize)]
    struct Login {
        username: String,
        password: SecretText,
        #[serde(default, deserialize_with = "optional")]
        email: Option<String>,
        #[serde(default, deserialize_with = "checkbox")]
        remember: bool,
        #[serde(default, deserialize_with = "list")]
        scopes: Vec<String>,
    }

    impl Fields for Login {
        const EXPECTED: &'static str = "`username`: text, `password`: text";
    }

    const JSON: &str = "application/json";
    const FORM: &str = "application/x-www-form-urlencoded";

    async fn read(content_type: &str, body: impl Into<Body>) -> Result<Input<Login>, Problem> {
        let request = Request::post("/").header(CONTENT_TYPE, content_type);
        Input::from_request(request.body(body.into()).unwrap(), &()).await
    }

    async fn rejected(content_type: &str, body: impl Into<Body>) -> (u16, String) {
        let response = read(content_type, body).await.unwrap_err().into_response();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn json_and_a_form_say_the_same() {
        let json =
            r#"{"username":"alice","password":" pa ss ","remember":true,"scopes":["a","b"]}"#;
        let form = "username=alice&password=+pa%20ss+&remember=on&scopes=a+b&email=";
        for (content_type, body) in
            [(JSON, json), ("Application/JSON; charset=\"UTF-8\"", json), (FORM, form)]
        {
            let fields = read(content_type, body).await.unwrap().fields;
            assert_eq!((fields.username.as_str(), fields.password.expose()), ("alice", " pa ss "));
            assert_eq!((fields.email, fields.remember), (None, true));
            assert_eq!(fields.scopes, ["a", "b"]);
        }
    }

    #[tokio::test]
    async fn another_content_type_is_rejected_with_what_was_expected() {
        for content_type in
            ["", "text/plain", "multipart/form-data", "application/json; charset=latin1"]
        {
            let (status, body) = rejected(content_type, "{}").await;
            assert_eq!(status, 415, "{content_type}");
            assert!(body.contains("application/json"), "{body}");
        }
        let twice = Request::post("/").header(CONTENT_TYPE, JSON).header(CONTENT_TYPE, FORM);
        let twice = Input::<Login>::from_request(twice.body(Body::from("{}")).unwrap(), &()).await;
        assert_eq!(twice.unwrap_err().into_response().status(), 415);
    }

    #[tokio::test]
    async fn a_body_that_cannot_be_read_is_rejected_without_being_repeated() {
        for (content_type, body, status) in [
            (JSON, r#"{"username":"alice","password":"hunter2""#, 400),
            (JSON, "", 400),
            (JSON, "{\"username\":\"\u{1}hunter2\"}", 400),
            (JSON, r#"{"username":"alice","password":["hunter2"]}"#, 422),
            (JSON, r#"{"username":"hunter2"}"#, 422),
            (JSON, r#"{"username":"a","username":"b","password":"hunter2"}"#, 422),
            (JSON, r#"{"username":"a","password":"hunter2","remember":"hunter2"}"#, 422),
            (JSON, r#"["hunter2"]"#, 422),
            (FORM, "username=alice&password=hunter2%ff", 400),
            (FORM, "username=hunter2", 422),
            (FORM, "username=a&username=b&password=hunter2", 422),
            (FORM, "username=a&password=b&remember=hunter2", 422),
            (FORM, "", 422),
        ] {
            let (actual, text) = rejected(content_type, body).await;
            assert_eq!(actual, status, "{body}");
            assert!(!text.contains("hunter2"), "{text}");
            assert_eq!(text.contains("`username`: text"), status == 422, "{text}");
        }
        let invalid = Body::from(&b"{\"username\":\"\xff\",\"password\":\"x\"}"[..]);
        assert_eq!(rejected(JSON, invalid).await.0, 400);
    }

    #[tokio::test]
    async fn a_long_body_is_rejected_before_it_is_read() {
        let long = format!("username=alice&password={}", "x".repeat(MAX_BYTES));
        assert_eq!(rejected(FORM, long).await.0, 413);
    }
}
