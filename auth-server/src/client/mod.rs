//! Clients and their authentication ([RFC 6749 §2](https://www.rfc-editor.org/rfc/rfc6749#section-2)).

mod assertion;
mod authenticate;
mod authentication;
mod basic;
#[cfg(feature = "http_client")]
mod document;
#[cfg(feature = "http_client")]
mod keys;
mod metadata;
mod redirect_uri;
mod registry;
mod secret;
mod settings;

pub use authentication::{ClientAuthentication, ClientKeys};
#[cfg(feature = "http_client")]
pub use document::Cimd;
pub use secret::ClientSecret;
pub use settings::{Client, ClientOrigin, ConsentPolicy, GrantType};

pub(crate) use assertion::ALGORITHMS as ASSERTION_ALGORITHMS;
#[cfg(feature = "http_client")]
pub(crate) use document::{Documents, client_of_document};
#[cfg(feature = "http_client")]
pub(crate) use keys::RemoteKeys;
pub(crate) use metadata::{AuthMethod, ClientMetadata, UnvettedPolicy};
pub(crate) use redirect_uri::{is_loopback_uri, is_redirect_uri, matches as is_same_redirect_uri};
pub(crate) use registry::Clients;
pub(crate) use secret::digest as secret_digest;
