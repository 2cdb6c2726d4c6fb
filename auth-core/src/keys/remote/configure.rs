//! How a verifier is told to fetch its keys.

use super::discovery;
use super::fetch::{Fetcher, HttpKeys, Place, Published};
use super::http::{HttpClient, HttpError};
use super::refresher::RemoteKeys;
use super::settings::JwksRefresh;
use super::shared::SharedKeys;
use super::source::{AnyKeySource, JwksFile, KeySource};
use super::token_file::TokenFile;
use crate::address;
use crate::jose::algorithm::AlgorithmSet;
use crate::jose::backend::CryptoBackend;
use crate::keys::current_keys::LiveKeys;
use crate::sync::Arc;
use crate::token::builder::{JwtVerifierBuilder, JwtVerifierError};

/// Where keys are to be fetched, and how often.
#[derive(Debug, Default)]
pub(crate) struct RemoteKeysBuilder {
    /// More than one is a mistake that is told later.
    origins: Vec<Origin>,
    refresh: Option<JwksRefresh>,
}

/// Where keys come from, as it is configured.
#[derive(Debug)]
pub(crate) enum Origin {
    /// From where the metadata of the issuer says.
    Metadata,
    /// The same, with the metadata at this address.
    MetadataAt(String),
    /// From this address.
    Address(String),
    /// From this file, as often as suits a file.
    File(JwksFile),
    /// From a source of the application.
    Own(Arc<dyn AnyKeySource>),
    /// From this address, but for keys that are for one issuer alone.
    OfEntra(String),
    /// From where other verifiers have them too.
    Shared(SharedKeys),
}

/// The keys in force, and what keeps them fresh.
type Fetching = (Arc<LiveKeys>, Arc<RemoteKeys>);

impl RemoteKeysBuilder {
    pub(super) fn of(origin: Origin, refresh: JwksRefresh) -> Self {
        Self { origins: vec![origin], refresh: Some(refresh) }
    }

    pub(crate) fn is_wanted(&self) -> bool {
        !self.origins.is_empty()
    }

    /// Starts to fetch, if a runtime is there.
    pub(crate) fn build(
        mut self,
        issuer: &str,
        allowed: AlgorithmSet,
        backend: Option<CryptoBackend>,
    ) -> Result<Fetching, JwtVerifierError> {
        let (Some(origin), true) = (self.origins.pop(), self.origins.is_empty()) else {
            return Err(JwtVerifierError::SeveralKeySources);
        };
        let refresh = match (&origin, self.refresh) {
            (_, Some(refresh)) => refresh,
            (Origin::File(_), None) => JwksRefresh::of_file(),
            (_, None) => JwksRefresh::default(),
        };
        refresh.check()?;
        let for_every_issuer = matches!(origin, Origin::OfEntra(_));
        let from = match origin {
            Origin::Shared(_) if backend.is_some() => {
                return Err(JwtVerifierError::ProviderOfSharedKeys);
            }
            Origin::Shared(keys) => return Ok((keys.live, keys.remote)),
            Origin::Own(source) => Place::Own(source),
            Origin::File(file) => Place::Own(Arc::new(file)),
            Origin::Metadata => over_http(Published::InMetadata, issuer, &refresh)?,
            Origin::MetadataAt(url) => over_http(Published::InMetadataAt(url), issuer, &refresh)?,
            Origin::Address(url) | Origin::OfEntra(url) => {
                over_http(Published::At(url), issuer, &refresh)?
            }
        };
        let live = Arc::new(LiveKeys::awaited());
        let fetcher = Fetcher { issuer: issuer.into(), allowed, backend, for_every_issuer, from };
        let remote = RemoteKeys::new(fetcher, Arc::clone(&live), &refresh);
        Ok((live, Arc::new(remote)))
    }
}

fn over_http(
    published: Published,
    issuer: &str,
    refresh: &JwksRefresh,
) -> Result<Place, JwtVerifierError> {
    let hosts = &refresh.http().insecure_hosts;
    let parse = |url: &str| address::parse_or_named(url, hosts);
    let (first_address, parsed) = match &published {
        Published::InMetadata => {
            let parsed = parse(issuer).filter(|_| discovery::is_discoverable(issuer, hosts));
            (issuer, parsed.ok_or_else(|| JwtVerifierError::IssuerAddress(issuer.to_owned()))?)
        }
        Published::InMetadataAt(url) => {
            (url.as_str(), parse(url).ok_or_else(|| JwtVerifierError::MetadataUrl(url.clone()))?)
        }
        Published::At(url) => {
            (url.as_str(), parse(url).ok_or_else(|| JwtVerifierError::JwksUri(url.clone()))?)
        }
    };
    let client = HttpClient::for_address(first_address, refresh.http());
    let client = client.map_err(|error| match error {
        HttpError::Certificate => JwtVerifierError::RootCertificates,
        HttpError::UserAgent => JwtVerifierError::UserAgent(refresh.http().user_agent.clone()),
        _ => JwtVerifierError::HttpClient,
    })?;
    let token_file = refresh.token_file().map(|path| TokenFile::new(path.to_owned(), parsed));
    let metadata_age = refresh.pace().max_age;
    Ok(Place::Http(HttpKeys { client, published, metadata_age, token_file }))
}

impl JwtVerifierBuilder {
    /// Fetches the keys from where the metadata of the issuer says: authorization server metadata
    /// ([RFC 8414](https://www.rfc-editor.org/rfc/rfc8414)), else OpenID Connect Discovery. Behind
    /// the feature `http_client`.
    ///
    /// The issuer must be an `https` URL (`http` for loopback hosts), and the metadata must name
    /// exactly that issuer. Redirects are not followed. The keys are kept fresh as
    /// [`refresh`](Self::refresh) says, for as long as a clone of the verifier is there. Nothing else
    /// may be a source of keys then.
    ///
    /// [`build`](Self::build) does not wait for the provider: within a tokio runtime it starts to
    /// fetch, outside of one the first request does. Until there are keys, every token is answered
    /// with 503; [`JwtVerifier::ready`](crate::JwtVerifier::ready) waits for them. The runtime must
    /// have its timer and its I/O enabled, as `#[tokio::main]` has.
    ///
    /// ```
    /// use auth_core::JwtVerifier;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let verifier = JwtVerifier::builder()
    ///     .issuer("https://id.example.com/realms/shop")
    ///     .audience("orders-api")
    ///     .discover()
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn discover(mut self) -> Self {
        self.remote.origins.push(Origin::Metadata);
        self
    }

    /// [`discover`](Self::discover), with the metadata at this address: for an issuer that does not
    /// serve it where its own address says, such as Azure AD B2C, AD FS, or a Kubernetes cluster seen
    /// from outside. Behind the feature `http_client`.
    ///
    /// The document must still name the configured issuer, in `issuer` or (as AD FS does) in
    /// `access_token_issuer`.
    ///
    /// ```
    /// use auth_core::JwtVerifier;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let verifier = JwtVerifier::builder()
    ///     .issuer("https://kubernetes.default.svc.cluster.local")
    ///     .audience("orders-api")
    ///     .discover_at("https://cluster.example.com:6443/.well-known/openid-configuration")
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn discover_at(mut self, url: impl Into<String>) -> Self {
        self.remote.origins.push(Origin::MetadataAt(url.into()));
        self
    }

    /// Fetches the keys from this address, an absolute `https` URL (`http` for loopback hosts), as
    /// [`discover`](Self::discover) does, but without asking for metadata: for an issuer that
    /// publishes none. Behind the feature `http_client`.
    ///
    /// ```
    /// use auth_core::JwtVerifier;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let verifier = JwtVerifier::builder()
    ///     .issuer("accounts.example.com")
    ///     .audience("orders-api")
    ///     .jwks_uri("https://accounts.example.com/keys.json")
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn jwks_uri(mut self, url: impl Into<String>) -> Self {
        self.remote.origins.push(Origin::Address(url.into()));
        self
    }

    /// Has the keys from a source of the application, asked as [`refresh`](Self::refresh) says. Behind
    /// the feature `http_client`.
    pub fn key_source(mut self, source: impl KeySource) -> Self {
        self.remote.origins.push(Origin::Own(Arc::new(source)));
        self
    }

    /// Reads the keys from a file that may change while the service runs, such as one that is mounted:
    /// it is read anew every five seconds, and once a second when tokens come whose key is not there.
    /// [`refresh`](Self::refresh) can say otherwise. Behind the feature `http_client`.
    ///
    /// A file that is read once is [`Jwks::from_file`](crate::Jwks::from_file).
    ///
    /// ```
    /// use auth_core::JwtVerifier;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let verifier = JwtVerifier::builder()
    ///     .issuer("https://id.example.com")
    ///     .audience("orders-api")
    ///     .jwks_file("/etc/orders/jwks.json")
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn jwks_file(mut self, path: impl Into<std::path::PathBuf>) -> Self {
        self.remote.origins.push(Origin::File(JwksFile::new(path)));
        self
    }

    /// Has keys that other verifiers have too. [`refresh`](Self::refresh) says nothing then: they are
    /// kept fresh as they were made. Behind the feature `http_client`.
    pub fn shared_keys(mut self, keys: SharedKeys) -> Self {
        self.remote.origins.push(Origin::Shared(keys));
        self
    }

    /// How keys that are fetched are kept fresh. By default [`JwksRefresh::default`]. Behind the
    /// feature `http_client`.
    pub fn refresh(mut self, refresh: JwksRefresh) -> Self {
        self.remote.refresh = Some(refresh);
        self
    }
}
