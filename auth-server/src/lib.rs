//! An authorization server in an axum program: OAuth 2.0 and OpenID Connect on [`auth_accounts`].
//!
//! [`AuthorizationServer`] is where an application begins: it brings the endpoints, the sign-in and consent
//! pages, and the verifier for the resources in the same program.
//!
//! - `wire`: forms in, errors out; what every endpoint does with HTTP.
//! - `client`: who asks for tokens, and how it authenticates.
//! - `fetch`: documents that others name, fetched from the public internet alone.
//! - `device`: devices without a browser.
//! - `registration`: clients that register themselves.
//! - `authorize`: the authorization endpoint, up to the code; `login`, `consent` and `pages` are asked by it.
//! - `token`: the token endpoint, from a code or another grant to tokens; introspection and revocation.
//! - `keys`: the signing keys, and what is signed with them.
//! - `metadata`: what the server says about itself.

#[doc(hidden)]
pub mod __private;
mod accounts;
mod authorize;
mod builder;
#[cfg(feature = "cli")]
pub mod cli;
mod client;
mod consent;
#[cfg(feature = "development")]
mod development;
mod device;
mod dpop;
mod error;
#[cfg(feature = "http_client")]
mod fetch;
mod issuer;
mod keys;
mod lifetimes;
mod limits;
pub mod login;
mod measure;
mod metadata;
mod oidc;
pub mod pages;
mod registration;
mod resource;
mod resource_server;
mod server;
mod sweeper;
mod throttle;
mod token;
mod wire;

pub use accounts::{AccountClaims, Accounts};
pub use auth_store::authorization as store;
pub use builder::AuthorizationServerBuilder;
#[cfg(feature = "http_client")]
pub use client::Cimd;
pub use client::{
    Client, ClientAuthentication, ClientKeys, ClientOrigin, ClientSecret, ConsentPolicy, GrantType,
};
pub use consent::{Consent, ConsentDecision, ConsentRequest, StandardConsent};
#[cfg(feature = "development")]
pub use development::{Development, DevelopmentServer, DevelopmentTokens};
pub use error::ServerError;
#[cfg(feature = "http_client")]
pub use fetch::Lookup;
pub use keys::{KeyState, SigningAlgorithm, SigningKeyInfo, SigningKeys};
pub use lifetimes::Lifetimes;
pub use limits::Limits;
pub use registration::DynamicRegistration;
pub use resource::{AccessTokenFormat, Resource, ScopeText};
pub use server::AuthorizationServer;

/// The examples of the manual, which are tests too.
#[cfg(all(doctest, feature = "development", feature = "sqlite"))]
mod documents {
    #[doc = include_str!("../../docs/authorization-server.md")]
    struct Manual;
}
