//! A client.

use std::collections::BTreeSet;
use std::fmt;

use auth_accounts::secret::Digest;
use serde::{Deserialize, Serialize};

use super::redirect_uri::{is_redirect_uri, matches};
use super::{ClientAuthentication, ClientKeys, ClientSecret};
use crate::wire::for_log;

/// How a client obtains tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum GrantType {
    /// By an authorization code ([RFC 6749 §4.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1)).
    #[serde(rename = "authorization_code")]
    AuthorizationCode,
    /// By a refresh token ([RFC 6749 §6](https://www.rfc-editor.org/rfc/rfc6749#section-6)).
    #[serde(rename = "refresh_token")]
    RefreshToken,
    /// By its own credentials ([RFC 6749 §4.4](https://www.rfc-editor.org/rfc/rfc6749#section-4.4)).
    #[serde(rename = "client_credentials")]
    ClientCredentials,
    /// For a device without a browser ([RFC 8628](https://www.rfc-editor.org/rfc/rfc8628)).
    #[serde(rename = "urn:ietf:params:oauth:grant-type:device_code")]
    DeviceCode,
}

impl GrantType {
    /// All of them.
    pub(crate) const ALL: [Self; 4] =
        [Self::AuthorizationCode, Self::RefreshToken, Self::ClientCredentials, Self::DeviceCode];

    /// Its name in `grant_type`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
            Self::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
        }
    }

    /// The grant type with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == name)
    }
}

/// Whether users are asked for consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ConsentPolicy {
    /// They are asked, unless they have consented to all of it before.
    #[default]
    Ask,
    /// They are not asked: the client belongs to the operator of the server.
    FirstParty,
}

/// How the server knows a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ClientOrigin {
    /// From the settings: the operator has vetted it.
    Configured,
    /// It registered itself ([RFC 7591](https://www.rfc-editor.org/rfc/rfc7591)).
    Registered,
    /// Its id is the address of a document that describes it (Client ID Metadata Documents).
    MetadataDocument,
}

/// A client.
///
/// ```
/// use auth_server::{Client, ClientSecret, GrantType};
///
/// let spa = Client::public("spa").redirect_uri("https://app.example.com/callback").scopes(["read"]);
/// let worker = Client::confidential("worker", ClientSecret::new("0123456789abcdef0123456789abcdef"))
///     .grant_types([GrantType::ClientCredentials])
///     .scopes(["read"]);
/// # let _ = (spa, worker);
/// ```
#[derive(Clone)]
#[must_use]
pub struct Client {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) origin: ClientOrigin,
    pub(crate) authentication: ClientAuthentication,
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) post_logout_redirect_uris: Vec<String>,
    pub(crate) grant_types: BTreeSet<GrantType>,
    pub(crate) scopes: Vec<String>,
    pub(crate) resources: Vec<String>,
    pub(crate) consent: ConsentPolicy,
    pub(crate) roles: Vec<String>,
    pub(crate) introspect: Vec<String>,
    pub(crate) dpop_bound_access_tokens: bool,
    pub(crate) require_pushed_authorization_requests: bool,
    pub(crate) id_token_algorithm: Option<String>,
    /// Its home page (`client_uri`).
    pub(crate) uri: Option<String>,
    /// What a consent depends on, for a client that the operator has not vetted.
    pub(crate) metadata_digest: Digest,
    /// When a registered client was last used, in seconds since 1970.
    pub(crate) last_used_at: Option<u64>,
}

impl Client {
    pub(super) fn new(id: impl Into<String>, authentication: ClientAuthentication) -> Self {
        Self {
            id: id.into(),
            name: None,
            origin: ClientOrigin::Configured,
            authentication,
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            grant_types: BTreeSet::from([GrantType::AuthorizationCode, GrantType::RefreshToken]),
            scopes: Vec::new(),
            resources: Vec::new(),
            consent: ConsentPolicy::Ask,
            roles: Vec::new(),
            introspect: Vec::new(),
            dpop_bound_access_tokens: false,
            require_pushed_authorization_requests: false,
            id_token_algorithm: None,
            uri: None,
            metadata_digest: Digest::ZERO,
            last_used_at: None,
        }
    }

    /// A client without a secret: a program in a browser or on a device
    /// ([RFC 6749 §2.1](https://www.rfc-editor.org/rfc/rfc6749#section-2.1)).
    pub fn public(id: impl Into<String>) -> Self {
        Self::new(id, ClientAuthentication::None)
    }

    /// A client with a secret, which it sends by HTTP Basic (`client_secret_basic`).
    pub fn confidential(id: impl Into<String>, secret: ClientSecret) -> Self {
        Self::new(id, ClientAuthentication::ClientSecretBasic(secret))
    }

    /// A client with a secret, which it sends in the form (`client_secret_post`).
    pub fn confidential_post(id: impl Into<String>, secret: ClientSecret) -> Self {
        Self::new(id, ClientAuthentication::ClientSecretPost(secret))
    }

    /// A client with a key of its own, which signs assertions (`private_key_jwt`,
    /// [RFC 7523](https://www.rfc-editor.org/rfc/rfc7523)).
    pub fn with_keys(id: impl Into<String>, keys: ClientKeys) -> Self {
        Self::new(id, ClientAuthentication::PrivateKeyJwt(keys))
    }

    /// Its name on consent pages; its id by default.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// A redirect URI. It is compared byte for byte; only for `http` on a loopback address any port is accepted
    /// ([RFC 8252 §7.3](https://www.rfc-editor.org/rfc/rfc8252#section-7.3)).
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uris.push(uri.into());
        self
    }

    /// Where users may be sent after they have signed out, compared like redirect URIs.
    pub fn post_logout_redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.post_logout_redirect_uris.push(uri.into());
        self
    }

    /// How it may obtain tokens; by default with codes and refresh tokens.
    pub fn grant_types(mut self, types: impl IntoIterator<Item = GrantType>) -> Self {
        self.grant_types = types.into_iter().collect();
        self
    }

    /// The scopes that it may have.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes.extend(scopes.into_iter().map(Into::into));
        self
    }

    /// The resources that it may have access tokens for. The first is the default of its requests.
    pub fn resources<U: Into<String>>(mut self, uris: impl IntoIterator<Item = U>) -> Self {
        self.resources.extend(uris.into_iter().map(Into::into));
        self
    }

    /// It belongs to the operator of the server: users are not asked for consent.
    pub fn first_party(mut self) -> Self {
        self.consent = ConsentPolicy::FirstParty;
        self
    }

    /// The roles in its tokens of the client credentials grant.
    pub fn roles<R: Into<String>>(mut self, roles: impl IntoIterator<Item = R>) -> Self {
        self.roles.extend(roles.into_iter().map(Into::into));
        self
    }

    /// The resources whose tokens it may introspect.
    pub fn introspects<U: Into<String>>(mut self, uris: impl IntoIterator<Item = U>) -> Self {
        self.introspect.extend(uris.into_iter().map(Into::into));
        self
    }

    /// Its access tokens are always bound to a DPoP key
    /// ([RFC 9449 §5.2](https://www.rfc-editor.org/rfc/rfc9449#section-5.2)).
    pub fn dpop_bound_access_tokens(mut self) -> Self {
        self.dpop_bound_access_tokens = true;
        self
    }

    /// Its authorization requests must be pushed
    /// ([RFC 9126 §6](https://www.rfc-editor.org/rfc/rfc9126#section-6)).
    pub fn require_pushed_authorization_requests(mut self) -> Self {
        self.require_pushed_authorization_requests = true;
        self
    }

    /// Its ID tokens are signed with this algorithm: `ES256` or `RS256`.
    pub fn id_token_signed_response_alg(mut self, algorithm: impl Into<String>) -> Self {
        self.id_token_algorithm = Some(algorithm.into());
        self
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Its name on pages.
    pub(crate) fn display_name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }

    pub(crate) const fn is_public(&self) -> bool {
        matches!(self.authentication, ClientAuthentication::None)
    }

    /// Whether the operator of the server has vetted it.
    pub(crate) fn is_vetted(&self) -> bool {
        self.origin == ClientOrigin::Configured
    }

    /// What a consent depends on: with another digest the user is asked again. It never changes for a client of
    /// the settings.
    pub(crate) const fn metadata_digest(&self) -> Digest {
        self.metadata_digest
    }

    /// The host of the document of a client, for consent pages.
    pub(crate) fn id_host(&self) -> Option<String> {
        if self.origin != ClientOrigin::MetadataDocument {
            return None;
        }
        url::Url::parse(&self.id).ok()?.host_str().map(str::to_owned)
    }

    /// Whether all its redirect URIs are loopback addresses, so that any program on the device can claim to be it.
    pub(crate) fn redirects_to_loopback_only(&self) -> bool {
        !self.redirect_uris.is_empty()
            && self.redirect_uris.iter().all(|it| super::is_loopback_uri(it))
    }

    pub(crate) fn may(&self, grant: GrantType) -> bool {
        self.grant_types.contains(&grant)
    }

    pub(crate) fn may_have_scope(&self, name: &str) -> bool {
        self.scopes.iter().any(|it| it == name)
    }

    /// The registered redirect URI that this one of a request equals.
    pub(crate) fn matching_redirect_uri(&self, requested: &str) -> Option<&str> {
        self.redirect_uris.iter().map(String::as_str).find(|it| matches(it, requested))
    }

    pub(crate) fn has_post_logout_redirect_uri(&self, requested: &str) -> bool {
        self.post_logout_redirect_uris.iter().any(|it| matches(it, requested))
    }

    /// Which URI was not found among which: for the log. They are compared letter by letter.
    pub(crate) fn not_registered(&self, asked: &str, registered: &[String]) -> String {
        let registered: Vec<_> = registered.iter().take(10).map(|it| format!("`{it}`")).collect();
        let registered =
            if registered.is_empty() { "none".to_owned() } else { registered.join(", ") };
        format!(
            "`{}`, where the client `{}` has registered {registered}",
            for_log(asked),
            for_log(&self.id)
        )
    }

    pub(crate) fn check(&self, problems: &mut Vec<String>) {
        let id = &self.id;
        let is_id = |byte: u8| (0x20..=0x7e).contains(&byte);
        if id.is_empty() || id.len() > 255 || !id.bytes().all(is_id) {
            problems.push(format!(
                "`{id}` is not a client id: expected 1 to 255 printable ASCII characters"
            ));
        }
        for uri in self.redirect_uris.iter().chain(&self.post_logout_redirect_uris) {
            if !is_redirect_uri(uri) {
                problems.push(format!(
                    "`{uri}` of the client `{id}` is not a redirect URI: expected `https`, `http` on a loopback address, or a scheme of an application such as `com.example.app`, without a fragment and a user name"
                ));
            }
        }
        if self.may(GrantType::AuthorizationCode) && self.redirect_uris.is_empty() {
            problems.push(format!(
                "the client `{id}` has no redirect URI: add one, or use other grants than `authorization_code`"
            ));
        }
        if self.may(GrantType::ClientCredentials) && self.is_public() {
            problems.push(format!(
                "the client `{id}` is public: the grant `client_credentials` is for those that authenticate"
            ));
        }
        if !self.introspect.is_empty() && self.is_public() {
            problems.push(format!(
                "the client `{id}` is public: introspection is for those that authenticate"
            ));
        }
        self.authentication.check(id, problems);
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("id", &self.id)
            .field("authentication", &self.authentication.name())
            .finish_non_exhaustive()
    }
}
