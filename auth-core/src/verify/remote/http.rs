//! A careful HTTP client: `https` (or loopback), no redirects, a time limit, a size limit.
//!
//! [RFC 8725 §3.10](https://www.rfc-editor.org/rfc/rfc8725#section-3.10) warns of addresses that
//! lead elsewhere; an answer without end would fill the memory. What runs on this machine is asked
//! directly, whatever proxy the environment names: the proxy could not reach it.

use std::fmt;
use std::time::Duration;

use http::header::{ACCEPT, CONTENT_TYPE, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, StatusCode};
use reqwest::redirect;
use thiserror::Error;

use crate::address;
use crate::verify::runtime::contained;

/// How long an answer may take, from connecting to its last byte.
pub(crate) const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);
/// How large an answer may be, in bytes.
pub(crate) const MAX_BYTES: usize = 1024 * 1024;

/// Why there is no answer. Holds nothing of what was sent, and no part of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum HttpError {
    #[error("the address is not an absolute `https` URL (`http` is accepted for loopback hosts)")]
    Address,
    #[error("the client could not be made, most likely for want of trusted root certificates")]
    Client,
    #[error("the text is not a PEM block `CERTIFICATE`, or several")]
    Certificate,
    #[error("no connection")]
    Connect,
    #[error("no whole answer within the time limit")]
    Timeout,
    #[error("the connection broke")]
    Broken,
    #[error("the answer is longer than the limit")]
    TooLarge,
    #[error("the tokio runtime has no timer or no I/O\nhelp: build it with `enable_all`")]
    Runtime,
}

/// An answer with its whole body.
pub(crate) struct HttpAnswer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// A client whose clones share their connections.
#[derive(Clone)]
pub(crate) struct HttpClient {
    client: reqwest::Client,
}

impl HttpClient {
    /// A client for what is at this address: it waits so long for a whole answer, trusts these root
    /// certificates (PEM) besides those of the system, and asks this machine without a proxy.
    pub(crate) fn for_address(
        url: &str,
        timeout: Duration,
        root_certificates: &[u8],
    ) -> Result<Self, HttpError> {
        let mut builder = Self::careful(timeout);
        if address::is_on_this_machine(url) {
            builder = builder.no_proxy();
        }
        if !root_certificates.is_empty() {
            builder = builder.tls_certs_merge(certificates(root_certificates)?);
        }
        Self::of(builder)
    }

    fn careful(timeout: Duration) -> reqwest::ClientBuilder {
        reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .referer(false)
            .timeout(timeout)
            .connect_timeout(timeout)
    }

    fn of(builder: reqwest::ClientBuilder) -> Result<Self, HttpError> {
        Ok(Self { client: builder.build().map_err(|_| HttpError::Client)? })
    }

    /// Fetches a JSON document, unless it is still the one with this `ETag`.
    pub(crate) async fn get(
        &self,
        url: &str,
        etag: Option<&HeaderValue>,
    ) -> Result<HttpAnswer, HttpError> {
        let mut request = self.client.get(checked(url)?).header(ACCEPT, "application/json");
        if let Some(etag) = etag {
            request = request.header(IF_NONE_MATCH, etag.clone());
        }
        answer(request).await
    }

    /// Posts a form that is encoded already; `authorization` is marked as sensitive.
    pub(crate) async fn post_form(
        &self,
        url: &str,
        form: String,
        headers: HeaderMap,
    ) -> Result<HttpAnswer, HttpError> {
        let request = self
            .client
            .post(checked(url)?)
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .headers(headers)
            .body(form);
        answer(request).await
    }
}

fn checked(url: &str) -> Result<&str, HttpError> {
    if address::is_trustworthy(url) { Ok(url) } else { Err(HttpError::Address) }
}

/// Text without a certificate in it is a mistake: it would silently trust nobody more.
fn certificates(pem: &[u8]) -> Result<Vec<reqwest::Certificate>, HttpError> {
    let certificates =
        reqwest::Certificate::from_pem_bundle(pem).map_err(|_| HttpError::Certificate)?;
    if certificates.is_empty() { Err(HttpError::Certificate) } else { Ok(certificates) }
}

async fn answer(request: reqwest::RequestBuilder) -> Result<HttpAnswer, HttpError> {
    contained(send(request)).await.unwrap_or(Err(HttpError::Runtime))
}

async fn send(request: reqwest::RequestBuilder) -> Result<HttpAnswer, HttpError> {
    let mut response = request.send().await.map_err(|error| reason(&error))?;
    let announced = response.content_length().unwrap_or_default();
    if usize::try_from(announced).map_or(true, |length| length > MAX_BYTES) {
        return Err(HttpError::TooLarge);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| reason(&error))? {
        if body.len() + chunk.len() > MAX_BYTES {
            return Err(HttpError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
    Ok(HttpAnswer { status, headers, body })
}

/// The kind of a failure. Its own text may repeat the address with what stands in it.
fn reason(error: &reqwest::Error) -> HttpError {
    if error.is_timeout() {
        HttpError::Timeout
    } else if error.is_connect() {
        HttpError::Connect
    } else {
        HttpError::Broken
    }
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HttpClient")
    }
}
