//! One question to the introspection endpoint, and whether there is an answer to accept
//! ([RFC 7662 §2](https://www.rfc-editor.org/rfc/rfc7662#section-2)).

use std::fmt;

use form_urlencoded::Serializer;
use http::header::RETRY_AFTER;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};
use thiserror::Error;

use super::client_authentication::ClientAuthentication;
use super::location::Location;
use crate::jose::json::Document;
use crate::keys::remote::{DiscoveryError, HttpAnswer, HttpClient, HttpError};
use crate::time::clock::Clock;

/// No claims set is larger; each of the answers that are known may be as large.
const MAX_ANSWER_BYTES: usize = 64 * 1024;
/// The longest that an endpoint may ask us to stay away, in seconds.
const MAX_RETRY_AFTER: u64 = 60;

/// The introspection endpoint of an issuer.
pub(super) struct Endpoint {
    pub(super) location: Location,
    pub(super) authentication: ClientAuthentication,
    pub(super) http: HttpClient,
}

/// Why there is no answer to accept. Holds nothing of what was sent, and no part of what came.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum NoAnswer {
    #[error(transparent)]
    Http(#[from] HttpError),
    #[error(transparent)]
    NotDiscovered(DiscoveryError),
    #[error("it refuses this service: are its client id and secret right?")]
    Refused,
    #[error("it answers {status}")]
    Status { status: StatusCode, retry_after: Option<u64> },
    #[error("it does not answer in time, or too many questions wait for it")]
    NotInTime,
    #[error("its answer is not one JSON object of at most 64 KiB")]
    NotJson,
}

impl NoAnswer {
    /// When the endpoint wants to be asked again, in seconds from now, if it says so.
    pub(super) const fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

impl Endpoint {
    /// What the endpoint says of a token. The token is in the body, never in an address: those
    /// are logged along the way.
    pub(super) async fn ask(
        &self,
        token: &str,
        clock: &dyn Clock,
    ) -> Result<Map<String, Value>, NoAnswer> {
        let url = self.location.find(&self.http, clock).await?;
        let (mut form, mut headers) = (String::new(), HeaderMap::new());
        Serializer::for_suffix(&mut form, 0)
            .append_pair("token", token)
            .append_pair("token_type_hint", "access_token");
        self.authentication.add_to(&mut form, &mut headers);
        read(&self.http.post_form(&url, form, headers).await?)
    }
}

fn read(answer: &HttpAnswer) -> Result<Map<String, Value>, NoAnswer> {
    match answer.status {
        StatusCode::OK if answer.body.len() <= MAX_ANSWER_BYTES => {
            let object = Document::parse(answer.body.clone()).map(|object| object.root().to_map());
            object.ok_or(NoAnswer::NotJson)
        }
        StatusCode::OK => Err(NoAnswer::NotJson),
        // §2.3: it is this service that is invalid, not the token.
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(NoAnswer::Refused),
        status => Err(NoAnswer::Status { status, retry_after: retry_after(&answer.headers) }),
    }
}

fn retry_after(headers: &HeaderMap) -> Option<u64> {
    let seconds: u64 = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(seconds.clamp(1, MAX_RETRY_AFTER))
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("location", &self.location)
            .field("authentication", &self.authentication)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn read_as(status: u16, body: &[u8]) -> Result<Map<String, Value>, NoAnswer> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_static("7"));
        let status = StatusCode::from_u16(status).unwrap();
        read(&HttpAnswer { status, headers, body: body.to_vec() })
    }

    #[test]
    fn only_a_200_with_one_strict_object_is_an_answer() {
        let good = br#"{"active":true}"#;
        assert_eq!(read_as(200, good).unwrap()["active"], true);
        for status in [201, 204, 206, 301, 302, 400, 404, 429, 500, 503] {
            let no_answer = read_as(status, good).unwrap_err();
            assert_eq!(no_answer.retry_after(), Some(7), "{status}");
        }
        for status in [401, 403] {
            assert_eq!(read_as(status, good), Err(NoAnswer::Refused));
        }
        let long = format!(r#"{{"active":true,"x":"{}"}}"#, "x".repeat(MAX_ANSWER_BYTES));
        for body in [
            "",
            "null",
            "true",
            "[]",
            "<html>",
            r#"{"active":true}{}"#,
            r#"{"active":false,"active":true}"#,
            &long,
        ] {
            assert_eq!(read_as(200, body.as_bytes()), Err(NoAnswer::NotJson));
        }
    }

    #[test]
    fn an_endpoint_cannot_send_callers_away_for_long() {
        let of = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_static(text));
            retry_after(&headers)
        };
        assert_eq!(of("0"), Some(1));
        assert_eq!(of("999999"), Some(60));
        for text in ["", "-1", "soon", "Fri, 31 Dec 1999 23:59:59 GMT", "99999999999999999999"] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
