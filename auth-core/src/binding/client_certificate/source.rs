//! Where client certificates come from, and which peers may pass them on.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use http::request::Parts;
use http::{HeaderName, HeaderValue};
use thiserror::Error;

use super::encoding::{self, CertificateEncoding, Thumbprint};
use super::peers::Network;
use crate::wording::Problems;

/// Where the client certificate of a request is found.
///
/// Given to
/// [`AuthenticatorBuilder::client_certificates`](crate::authenticator::AuthenticatorBuilder::client_certificates).
/// Without it, no token that is bound to a certificate is accepted.
///
/// ```
/// use auth_core::binding::{CertificateEncoding, ClientCertificates};
///
/// // A proxy that ends TLS and sets `Client-Cert` (RFC 9440).
/// let behind_a_proxy = ClientCertificates::from_header("client-cert")
///     .trusted_peers(["10.0.0.0/8", "::1"]);
/// // nginx: proxy_set_header X-SSL-Cert $ssl_client_escaped_cert;
/// let behind_nginx = ClientCertificates::from_header("x-ssl-cert")
///     .encoding(CertificateEncoding::UrlEncodedPem)
///     .trusted_peers(["127.0.0.1"]);
/// // TLS that ends in this process.
/// let by_itself = ClientCertificates::from_connection();
/// # let _ = (behind_a_proxy, behind_nginx, by_itself);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ClientCertificates(Setting);

#[derive(Clone, Debug)]
enum Setting {
    Header { name: String, encoding: CertificateEncoding, peers: Vec<String> },
    Connection,
}

/// Why client certificates cannot be taken from there.
#[derive(Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ClientCertificatesError {
    /// The header has no name.
    #[error("`{0}` is not the name of a header\nhelp: for example `client-cert`")]
    InvalidHeader(String),
    /// No one may set the header.
    #[error(
        "no peer is trusted to say which certificate a client has\nhelp: add `.trusted_peers([\"10.0.0.0/8\"])` with the addresses of the proxy"
    )]
    NoTrustedPeer,
    /// A peer is not an IP address or network.
    #[error(
        "`{0}` is not an IP address or network\nhelp: for example `10.1.2.3`, `10.0.0.0/8` or `fd00::/8`; the network of all addresses would trust every peer"
    )]
    InvalidPeer(String),
    /// Several problems, in the order of the settings.
    #[error("{}", crate::wording::lines(.0))]
    Several(Vec<Self>),
}

crate::wording::debug_in_words!(ClientCertificatesError);
crate::wording::several_problems!(ClientCertificatesError);

/// Why the client certificate of a request is invalid: for the log and the audit event.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum ClientCertificateError {
    /// Someone else than the trusted proxy sent the header
    /// ([RFC 9440 §4](https://www.rfc-editor.org/rfc/rfc9440#section-4)).
    #[error("the header with the client certificate comes from a peer that is not trusted")]
    UntrustedPeer,
    /// The header is there more than once.
    #[error("the header with the client certificate is there more than once")]
    Repeated,
    /// The header holds no certificate, or more than one.
    #[error("the header with the client certificate does not hold one certificate")]
    Malformed,
}

crate::wording::debug_in_words!(ClientCertificateError);

impl ClientCertificateError {
    /// A stable name of the reason, for metrics and audit events.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::UntrustedPeer => "certificate_untrusted_peer",
            Self::Repeated => "certificate_repeated",
            Self::Malformed => "certificate_malformed",
        }
    }

    /// What is likely to help.
    pub(crate) const fn hint(self) -> &'static str {
        match self {
            Self::UntrustedPeer => {
                "name the proxy in `.trusted_peers([..])`, and serve with `into_make_service_with_connect_info::<SocketAddr>()`; if it was not the proxy, a client tries to pass a certificate off"
            }
            Self::Repeated => {
                "have the proxy replace the header, and not add to what the client sent"
            }
            Self::Malformed => "`.encoding(..)` says how the proxy writes the certificate",
        }
    }
}

/// The certificate that a client showed when it connected to this process, for applications that
/// accept TLS themselves: their acceptor puts it into the extensions of each request, after the
/// handshake made sure that the client has its key.
///
/// ```
/// # fn accepted(request: &mut http::Request<()>, certificates: &[Vec<u8>]) {
/// use auth_core::binding::PeerCertificate;
///
/// // The first one is that of the client.
/// if let Some(der) = certificates.first() {
///     request.extensions_mut().insert(PeerCertificate::from_der(der));
/// }
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PeerCertificate(Arc<[u8]>);

impl PeerCertificate {
    /// A certificate in DER.
    #[must_use]
    pub fn from_der(der: impl AsRef<[u8]>) -> Self {
        Self(der.as_ref().into())
    }
}

/// Shows nothing of the certificate: it names people.
impl fmt::Debug for PeerCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PeerCertificate").finish_non_exhaustive()
    }
}

impl ClientCertificates {
    /// From a header that a proxy sets, by its name. Only the proxy may set it, so
    /// [`trusted_peers`](Self::trusted_peers) is required, and the proxy must take the header out of
    /// what clients send ([RFC 9440 §4](https://www.rfc-editor.org/rfc/rfc9440#section-4)).
    pub fn from_header(name: impl Into<String>) -> Self {
        let encoding = CertificateEncoding::default();
        Self(Setting::Header { name: name.into(), encoding, peers: Vec::new() })
    }

    /// From the connection: from a [`PeerCertificate`] in the extensions of the request. No header
    /// is looked at.
    pub fn from_connection() -> Self {
        Self(Setting::Connection)
    }

    /// How the header is written. By default [`CertificateEncoding::Rfc9440`].
    pub fn encoding(mut self, written: CertificateEncoding) -> Self {
        if let Setting::Header { encoding, .. } = &mut self.0 {
            *encoding = written;
        }
        self
    }

    /// Who may set the header: addresses (`10.1.2.3`) and networks (`10.0.0.0/8`). May be called
    /// several times.
    ///
    /// They are compared with the address of the connection, `ConnectInfo<SocketAddr>` of axum: serve
    /// `app.into_make_service_with_connect_info::<SocketAddr>()`, and leave the feature
    /// `connect_info` on. A request from an unknown peer counts as one from another peer. If that sends
    /// the header, the request is rejected: it is an attack, or the proxy is not the one that is configured.
    pub fn trusted_peers<P: Into<String>>(mut self, trusted: impl IntoIterator<Item = P>) -> Self {
        if let Setting::Header { peers, .. } = &mut self.0 {
            peers.extend(trusted.into_iter().map(Into::into));
        }
        self
    }

    pub(crate) fn build(self) -> Result<CertificateSource, ClientCertificatesError> {
        let (name, encoding, peers) = match self.0 {
            Setting::Connection => return Ok(CertificateSource(Source::Connection)),
            Setting::Header { name, encoding, peers } => (name, encoding, peers),
        };
        let mut problems = Problems::default();
        let header =
            HeaderName::try_from(&name).map_err(|_| ClientCertificatesError::InvalidHeader(name));
        let header = problems.right(header);
        problems.unless(!peers.is_empty(), || ClientCertificatesError::NoTrustedPeer);
        let network =
            |peer: String| Network::parse(&peer).ok_or(ClientCertificatesError::InvalidPeer(peer));
        let peers = peers.into_iter().filter_map(|peer| problems.right(network(peer))).collect();
        let source = header.map(|header| Source::Header { header, encoding, peers });
        problems.finish(source.map(CertificateSource))
    }
}

/// [`ClientCertificates`] that were checked.
#[derive(Debug)]
pub(crate) struct CertificateSource(Source);

#[derive(Debug)]
enum Source {
    Header { header: HeaderName, encoding: CertificateEncoding, peers: Vec<Network> },
    Connection,
}

/// All that decides over the certificate of a request.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct CertificateInput {
    headers: Vec<HeaderValue>,
    peer: Option<IpAddr>,
    certificate: Option<PeerCertificate>,
}

impl CertificateSource {
    /// What [`thumbprint`](Self::thumbprint) reads of a request.
    pub(crate) fn input(&self, request: &Parts) -> CertificateInput {
        match &self.0 {
            Source::Header { header, .. } => CertificateInput {
                headers: request.headers.get_all(header).iter().cloned().collect(),
                peer: peer(request),
                certificate: None,
            },
            Source::Connection => CertificateInput {
                headers: Vec::new(),
                peer: None,
                certificate: request.extensions.get().cloned(),
            },
        }
    }

    /// The SHA-256 over the certificate of the client, if it showed one.
    pub(crate) fn thumbprint(
        &self,
        request: &Parts,
    ) -> Result<Option<Thumbprint>, ClientCertificateError> {
        let (header, encoding, peers) = match &self.0 {
            Source::Connection => {
                let Some(PeerCertificate(der)) = request.extensions.get() else {
                    return Ok(None);
                };
                return encoding::thumbprint(der)
                    .map(Some)
                    .ok_or(ClientCertificateError::Malformed);
            }
            Source::Header { header, encoding, peers } => (header, encoding, peers),
        };
        let mut values = request.headers.get_all(header).iter();
        let Some(value) = values.next() else {
            return Ok(None);
        };
        let peer = peer(request);
        let is_trusted = |peer: IpAddr| peers.iter().any(|network| network.contains(peer));
        if !peer.is_some_and(is_trusted) {
            tracing::warn!(
                ?peer,
                %header,
                "rejected: the header with the client certificate comes from an untrusted peer"
            );
            return Err(ClientCertificateError::UntrustedPeer);
        }
        if values.next().is_some() {
            return Err(ClientCertificateError::Repeated);
        }
        let text = value.to_str().map_err(|_| ClientCertificateError::Malformed)?.trim();
        // What a proxy sends of a client without a certificate.
        if text.is_empty() {
            return Ok(None);
        }
        encoding.read(text).map(Some).ok_or(ClientCertificateError::Malformed)
    }
}

/// The address that the connection comes from.
#[cfg(feature = "connect_info")]
fn peer(request: &Parts) -> Option<IpAddr> {
    use axum::extract::ConnectInfo;
    use std::net::SocketAddr;

    request.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip())
}

#[cfg(not(feature = "connect_info"))]
fn peer(_: &Parts) -> Option<IpAddr> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impossible_settings_are_reported() {
        let error = |settings: ClientCertificates| settings.build().err();
        let header = || ClientCertificates::from_header("client-cert");
        assert_eq!(error(header()), Some(ClientCertificatesError::NoTrustedPeer));
        for peer in ["0.0.0.0/0", "proxy", "10.0.0.1/8"] {
            assert_eq!(
                error(header().trusted_peers(["::1", peer])),
                Some(ClientCertificatesError::InvalidPeer(peer.to_owned()))
            );
        }
        assert_eq!(
            error(ClientCertificates::from_header("client cert").trusted_peers(["::1"])),
            Some(ClientCertificatesError::InvalidHeader("client cert".to_owned()))
        );
        let several =
            ClientCertificates::from_header("client cert").trusted_peers(["a", "::1", "b"]);
        assert_eq!(
            error(several).unwrap().problems(),
            [
                ClientCertificatesError::InvalidHeader("client cert".to_owned()),
                ClientCertificatesError::InvalidPeer("a".to_owned()),
                ClientCertificatesError::InvalidPeer("b".to_owned()),
            ]
        );
        assert_eq!(error(header().trusted_peers(["::1"])), None);
        assert_eq!(error(ClientCertificates::from_connection().trusted_peers(["x"])), None);
    }
}
