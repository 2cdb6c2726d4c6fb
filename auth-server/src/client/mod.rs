//! Clients: who asks for tokens ([RFC 6749 §2](https://www.rfc-editor.org/rfc/rfc6749#section-2)).

mod assertion;
mod authenticate;
mod authentication;
mod basic;
mod redirect_uri;
mod registry;
mod secret;
mod settings;

pub use authentication::{ClientAuthentication, ClientKeys};
pub use secret::ClientSecret;
pub use settings::{Client, ClientOrigin, ConsentPolicy, GrantType};

pub(crate) use redirect_uri::is_loopback_uri;
#[cfg(feature = "cli")]
pub(crate) use redirect_uri::is_redirect_uri;
pub(crate) use registry::Clients;
