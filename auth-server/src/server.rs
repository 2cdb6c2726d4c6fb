//! The server.

use std::fmt;
use std::sync::{Arc, OnceLock};

use auth_accounts::secret::KeyRing;
use auth_accounts::sign_in::TrustedProxies;
use auth_accounts::store::{AttemptStore, OneTimeStore};
use auth_core::binding::Dpop;
use auth_core::revocation::SharedRevocations;
use auth_core::time::Clock;
use auth_core::{JwtVerifier, Router};

use crate::accounts::Accounts;
use crate::client::{Client, Clients};
#[cfg(feature = "http_client")]
use crate::client::{Documents, RemoteKeys};
use crate::consent::Consent;
use crate::error::ServerError;
use crate::issuer::Issuer;
use crate::keys::Keys;
use crate::lifetimes::Lifetimes;
use crate::limits::Limits;
use crate::login::{AcrValues, Login};
use crate::metadata;
use crate::pages::Pages;
use crate::registration::Registration;
use crate::resource::Resource;
use crate::store::AuthorizationStore;
use crate::token::{GoodTokens, Owners};

/// An authorization server: clones share everything.
///
/// [`builder`](Self::builder) makes it, [`router`](Self::router) has its routes.
#[derive(Clone)]
pub struct AuthorizationServer(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) issuer: Issuer,
    pub(crate) clock: Arc<dyn Clock>,
    /// All other keys are derived from these.
    pub(crate) secrets: KeyRing,
    pub(crate) store: Arc<dyn AuthorizationStore>,
    /// What may be lost: pushed requests, replay marks.
    pub(crate) one_time: Arc<dyn OneTimeStore>,
    pub(crate) attempts: Arc<dyn AttemptStore>,
    pub(crate) accounts: Arc<dyn Accounts>,
    pub(crate) clients: Clients,
    pub(crate) resources: Vec<Resource>,
    pub(crate) lifetimes: Lifetimes,
    pub(crate) limits: Limits,
    pub(crate) trusted_proxies: TrustedProxies,
    pub(crate) dpop: Dpop,
    /// The server itself, for tokens that are only for userinfo.
    pub(crate) own_resource: Resource,
    pub(crate) acr_values: AcrValues,
    pub(crate) login: Arc<dyn Login>,
    pub(crate) consent: Arc<dyn Consent>,
    pub(crate) pages: Arc<dyn Pages>,
    pub(crate) keys: Keys,
    pub(crate) revocations: SharedRevocations,
    /// Verifies the access tokens of this server, made on the first request.
    pub(crate) own_tokens: OnceLock<Result<JwtVerifier, ()>>,
    pub(crate) good_tokens: GoodTokens,
    pub(crate) owners: Owners,
    /// The userinfo endpoint, made on the first request.
    pub(crate) userinfo: OnceLock<Result<axum::Router, ServerError>>,
    /// The metadata, made on the first request.
    pub(crate) documents_of_metadata: OnceLock<metadata::Documents>,
    pub(crate) registration: Option<Registration>,
    /// Whether the device grant is on.
    pub(crate) device_authorization: bool,
    #[cfg(feature = "http_client")]
    pub(crate) documents: Option<Documents>,
    #[cfg(feature = "http_client")]
    pub(crate) remote_keys: RemoteKeys,
}

impl AuthorizationServer {
    /// The issuer: the `iss` of tokens, byte for byte.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.0.issuer.as_str()
    }

    /// The endpoints and pages, below the path of the issuer, and the metadata at its well-known places.
    /// Merge it at the root of the application: all of it is in the access map.
    pub fn router(&self) -> Router {
        let endpoints = Router::<Self>::new()
            .merge(crate::authorize::routes())
            .merge(crate::oidc::end_session::routes())
            .merge(crate::keys::jwks::routes())
            .merge(crate::oidc::routes())
            .merge(crate::device::routes(&self.0))
            .merge(crate::registration::routes(&self.0))
            .merge(crate::pages::script::routes())
            .merge(crate::token::routes());
        let endpoints = match self.0.issuer.path() {
            "" => endpoints,
            path => Router::<Self>::new().nest(path, endpoints),
        };
        endpoints.merge(metadata::routes(&self.0)).with_state(self.clone())
    }

    pub(crate) fn now(&self) -> u64 {
        self.0.clock.now()
    }

    /// The resource with this URI. Clients may write it in several ways
    /// ([RFC 8707 §2](https://www.rfc-editor.org/rfc/rfc8707#section-2)): scheme and host in any case, an
    /// empty path or `/`.
    pub(crate) fn resource(&self, uri: &str) -> Option<&Resource> {
        let wanted = normalized(uri);
        self.0.resources.iter().find(|it| normalized(&it.uri) == wanted)
    }
}

/// A URI with its scheme and host in lower case, and without the slash of an empty path.
pub(crate) fn normalized(uri: &str) -> String {
    let Some((scheme, rest)) = uri.split_once("://") else { return uri.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let path = if path == "/" { "" } else { path };
    format!("{}://{}{path}", scheme.to_ascii_lowercase(), host.to_ascii_lowercase())
}

impl fmt::Debug for AuthorizationServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationServer")
            .field("issuer", &self.0.issuer.as_str())
            .finish_non_exhaustive()
    }
}

impl Inner {
    /// The client with this id among those of the settings.
    pub(crate) fn configured_client(&self, id: &str) -> Option<Arc<Client>> {
        self.clients.configured(id)
    }
}
