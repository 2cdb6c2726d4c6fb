//! The keys of the configuration file.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::value::{Database, Failures, Listen, Rate, RedisAddress, Secret, Time};

/// The whole file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    pub(crate) listen: Option<Listen>,
    pub(crate) issuer: Option<String>,
    pub(crate) database: Option<Database>,
    pub(crate) redis: Option<RedisAddress>,
    pub(crate) secret: Option<Secret>,
    pub(crate) trusted_proxies: Vec<String>,
    pub(crate) lifetimes: LifetimesSection,
    pub(crate) signing: SigningSection,
    pub(crate) resource: Vec<ResourceSection>,
    /// The texts of scopes on consent pages.
    pub(crate) scopes: BTreeMap<String, String>,
    pub(crate) client: Vec<ClientSection>,
    pub(crate) user: Vec<UserSection>,
    pub(crate) client_id_metadata_documents: DocumentsSection,
    pub(crate) dynamic_registration: RegistrationSection,
    pub(crate) limits: LimitsSection,
    pub(crate) device_authorization: Switch,
    pub(crate) passkeys: Switch,
    pub(crate) token_exchange: Switch,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LifetimesSection {
    pub(crate) authorization_code: Option<Time>,
    pub(crate) access_token: Option<Time>,
    pub(crate) refresh_token_idle: Option<Time>,
    pub(crate) refresh_token: Option<Time>,
    pub(crate) refresh_retry_window: Option<Time>,
    pub(crate) session_idle: Option<Time>,
    pub(crate) session: Option<Time>,
    pub(crate) pushed_request: Option<Time>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SigningSection {
    pub(crate) algorithms: Option<Vec<SigningAlgorithm>>,
    pub(crate) rotate_every: Option<Time>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum SigningAlgorithm {
    #[serde(rename = "ES256")]
    Es256,
    #[serde(rename = "RS256")]
    Rs256,
}

impl SigningAlgorithm {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResourceSection {
    pub(crate) uri: String,
    #[serde(default)]
    pub(crate) scopes: Vec<String>,
    #[serde(default)]
    pub(crate) access_tokens: AccessTokens,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AccessTokens {
    #[default]
    Jwt,
    Opaque,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientSection {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) secret: Option<Secret>,
    pub(crate) authentication: Option<Authentication>,
    pub(crate) jwks: Option<toml::Table>,
    pub(crate) jwks_uri: Option<String>,
    #[serde(default)]
    pub(crate) redirect_uris: Vec<String>,
    #[serde(default)]
    pub(crate) post_logout_redirect_uris: Vec<String>,
    pub(crate) grants: Option<Vec<Grant>>,
    #[serde(default)]
    pub(crate) scopes: Vec<String>,
    #[serde(default)]
    pub(crate) resources: Vec<String>,
    #[serde(default)]
    pub(crate) consent: ConsentChoice,
    #[serde(default)]
    pub(crate) roles: Vec<String>,
    #[serde(default)]
    pub(crate) introspect: Vec<String>,
    #[serde(default)]
    pub(crate) dpop_bound_access_tokens: bool,
    #[serde(default)]
    pub(crate) require_pushed_authorization_requests: bool,
    pub(crate) id_token_signed_response_alg: Option<SigningAlgorithm>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Authentication {
    None,
    ClientSecretBasic,
    ClientSecretPost,
    PrivateKeyJwt,
    TlsClientAuth,
}

impl Authentication {
    /// Its name in metadata.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::TlsClientAuth => "tls_client_auth",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum Grant {
    #[serde(rename = "authorization_code")]
    AuthorizationCode,
    #[serde(rename = "refresh_token")]
    RefreshToken,
    #[serde(rename = "client_credentials")]
    ClientCredentials,
    #[serde(rename = "urn:ietf:params:oauth:grant-type:device_code")]
    DeviceCode,
    #[serde(rename = "urn:ietf:params:oauth:grant-type:token-exchange")]
    TokenExchange,
}

impl Grant {
    /// Its name in `grant_type`.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
            Self::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
            Self::TokenExchange => "urn:ietf:params:oauth:grant-type:token-exchange",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ConsentChoice {
    #[default]
    Ask,
    FirstParty,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserSection {
    pub(crate) username: String,
    pub(crate) password: Secret,
    pub(crate) email: Option<String>,
    #[serde(default)]
    pub(crate) roles: Vec<String>,
    #[serde(default)]
    pub(crate) groups: Vec<String>,
    pub(crate) totp: Option<Secret>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct DocumentsSection {
    pub(crate) enabled: bool,
    pub(crate) allow_http_on_loopback: bool,
    pub(crate) scopes: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RegistrationSection {
    pub(crate) enabled: bool,
    pub(crate) initial_access_token: Option<Secret>,
    pub(crate) open: bool,
    pub(crate) scopes: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct LimitsSection {
    pub(crate) sign_in_failures: Option<Failures>,
    pub(crate) client_failures: Option<Rate>,
    pub(crate) registrations: Option<Rate>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Switch {
    pub(crate) enabled: bool,
}
