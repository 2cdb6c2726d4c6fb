//! A careful HTTP client: `https` (or loopback), no redirects, a time limit, a size limit.
//!
//! [RFC 8725 §3.10](https://www.rfc-editor.org/rfc/rfc8725#section-3.10) warns of addresses that
//! lead elsewhere; an answer without end would fill the memory. What runs on this machine is asked
//! directly, also if the environment names a proxy: the proxy could not reach it.

use std::error::Error as StdError;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, StatusCode};
use reqwest::redirect;
use thiserror::Error;

use super::address;
use crate::keys::http_settings::HttpSettings;
use crate::time::tasks::contain;

/// How large an answer may be, in bytes.
pub(crate) const MAX_BYTES: usize = 1024 * 1024;

/// Why there is no answer. Holds nothing of what was sent, and no part of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum HttpError {
    #[error(
        "the address is not an absolute `https` URL (`http` is accepted for loopback hosts, and for those named with `allow_insecure_http`)"
    )]
    Address,
    #[error("the name of the client (`User-Agent`) is not one line of visible ASCII")]
    UserAgent,
    #[error("the client could not be made, most likely for want of trusted root certificates")]
    Client,
    #[error("the text is not a PEM block `CERTIFICATE`, or several")]
    Certificate,
    #[error("no connection")]
    Connect,
    #[error("its certificate is not accepted: {0}")]
    Untrusted(CertificateProblem),
    #[error("no whole answer within the time limit")]
    Timeout,
    #[error("the connection broke")]
    Broken,
    #[error("the answer is longer than the limit")]
    TooLarge,
    #[error("the tokio runtime has no timer or no I/O\nhelp: build it with `enable_all`")]
    Runtime,
}

/// What is wrong with the certificate of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum CertificateProblem {
    #[error(
        "no trusted authority has signed it\nhelp: name its authority with `root_certificates`"
    )]
    UnknownAuthority,
    #[error(
        "it is the certificate of an authority (`CA:TRUE`), not of a server\nhelp: sign one for the server with it, and name it with `root_certificates`; or make one with `openssl req -x509 -addext basicConstraints=critical,CA:FALSE -addext subjectAltName=DNS:..`"
    )]
    Authority,
    #[error("it is for another name than the host of the address\nhelp: see its `subjectAltName`")]
    Name,
    #[error("it has expired")]
    Expired,
    #[error("it is not valid yet")]
    NotYetValid,
    #[error("it was revoked")]
    Revoked,
    #[error("it is malformed, its signature is wrong, or it is not for servers")]
    Other,
}

impl CertificateProblem {
    /// What TLS says, wherever it is in the chain of errors.
    fn find(error: &(dyn StdError + 'static)) -> Option<Self> {
        let mut next = Some(error);
        while let Some(error) = next {
            if let Some(rustls::Error::InvalidCertificate(problem)) = error.downcast_ref() {
                return Some(Self::of(problem));
            }
            // An I/O error hides the one that it was made of from `source`.
            next = match error.downcast_ref().and_then(io::Error::get_ref) {
                Some(inner) => Some(inner),
                None => error.source(),
            };
        }
        None
    }

    fn of(problem: &rustls::CertificateError) -> Self {
        use rustls::CertificateError as Problem;

        match problem {
            Problem::UnknownIssuer => Self::UnknownAuthority,
            Problem::NotValidForName | Problem::NotValidForNameContext { .. } => Self::Name,
            Problem::Expired | Problem::ExpiredContext { .. } => Self::Expired,
            Problem::NotValidYet | Problem::NotValidYetContext { .. } => Self::NotYetValid,
            Problem::Revoked => Self::Revoked,
            // There is no name for it but in the error that it was made of.
            Problem::Other(other) if format!("{other:?}").contains("CaUsedAsEndEntity") => {
                Self::Authority
            }
            _ => Self::Other,
        }
    }
}

/// What is asked for, besides its address.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wanted<'a> {
    /// The metadata of an issuer.
    Metadata,
    /// A key set, unless it is still the one with this `ETag`.
    KeySet { etag: Option<&'a HeaderValue>, authorization: Option<&'a HeaderValue> },
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
    insecure_hosts: Arc<[String]>,
}

impl HttpClient {
    /// A client for what is at this address. It asks this machine without a proxy. Else all that is wrong
    /// with the settings.
    pub(crate) fn for_address(url: &str, settings: &HttpSettings) -> Result<Self, Vec<HttpError>> {
        let HttpSettings { timeout, root_certificates, user_agent, insecure_hosts } = settings;
        let user_agent = HeaderValue::from_str(user_agent).map_err(|_| HttpError::UserAgent);
        let (user_agent, certificates) = match (user_agent, certificates(root_certificates)) {
            (Ok(user_agent), Ok(certificates)) => (user_agent, certificates),
            (one, other) => return Err(one.err().into_iter().chain(other.err()).collect()),
        };
        let mut builder = Self::careful(*timeout).user_agent(user_agent);
        if address::is_on_this_machine(url) {
            builder = builder.no_proxy();
        }
        if !certificates.is_empty() {
            builder = builder.tls_certs_merge(certificates);
        }
        for host in insecure_hosts {
            tracing::warn!(
                ?host,
                "asked without TLS: an attacker on the network path to this host can forge tokens"
            );
        }
        let client = builder.build().map_err(|_| vec![HttpError::Client])?;
        Ok(Self { client, insecure_hosts: insecure_hosts.as_slice().into() })
    }

    /// The hosts that may be asked without TLS.
    pub(crate) fn insecure_hosts(&self) -> &[String] {
        &self.insecure_hosts
    }

    fn careful(timeout: Duration) -> reqwest::ClientBuilder {
        reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            .referer(false)
            .timeout(timeout)
            .connect_timeout(timeout)
    }

    /// Fetches a JSON document.
    pub(crate) async fn get(&self, url: &str, wanted: Wanted<'_>) -> Result<HttpAnswer, HttpError> {
        let mut request = self.client.get(self.checked(url)?);
        match wanted {
            Wanted::Metadata => request = request.header(ACCEPT, "application/json"),
            Wanted::KeySet { etag, authorization } => {
                // The media type of RFC 7517 §8.5.2 too: Kubernetes answers 406 without it.
                request = request.header(ACCEPT, "application/jwk-set+json, application/json");
                if let Some(etag) = etag {
                    request = request.header(IF_NONE_MATCH, etag.clone());
                }
                if let Some(authorization) = authorization {
                    request = request.header(AUTHORIZATION, authorization.clone());
                }
            }
        }
        answer(request).await
    }

    fn checked<'a>(&self, url: &'a str) -> Result<&'a str, HttpError> {
        match address::parse_or_named(url, &self.insecure_hosts) {
            Some(_) => Ok(url),
            None => Err(HttpError::Address),
        }
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
            .post(self.checked(url)?)
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .headers(headers)
            .body(form);
        answer(request).await
    }
}

/// Text without a certificate in it is a mistake: it would silently trust no further server. No text means no
/// certificate.
fn certificates(pem: &[u8]) -> Result<Vec<reqwest::Certificate>, HttpError> {
    if pem.is_empty() {
        return Ok(Vec::new());
    }
    let certificates =
        reqwest::Certificate::from_pem_bundle(pem).map_err(|_| HttpError::Certificate)?;
    if certificates.is_empty() { Err(HttpError::Certificate) } else { Ok(certificates) }
}

/// Does some work of a library that panics where the runtime has no I/O; none if it does.
async fn contained<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    poll_fn(|context| match contain(|| work.as_mut().poll(context)) {
        Some(Poll::Pending) => Poll::Pending,
        Some(Poll::Ready(done)) => Poll::Ready(Some(done)),
        None => Poll::Ready(None),
    })
    .await
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

/// The kind of a failure. Its own text may repeat the address with what is in it.
fn reason(error: &reqwest::Error) -> HttpError {
    if error.is_timeout() {
        HttpError::Timeout
    } else if let Some(problem) = CertificateProblem::find(error) {
        HttpError::Untrusted(problem)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_for_want_of_io_is_contained() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let connected = contained(tokio::net::TcpStream::connect("127.0.0.1:1"));
        assert!(runtime.block_on(connected).is_none());
    }
}
