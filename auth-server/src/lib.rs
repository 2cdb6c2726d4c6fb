//! An authorization server in an axum program: OAuth 2.0 and OpenID Connect on [`auth_accounts`].
//!
//! An application begins with [`AuthorizationServer::builder`]: the store, the users, the [`Client`]s and the
//! [`Resource`]s. [`AuthorizationServer::router`] has the endpoints and the pages for the router of the application,
//! [`AuthorizationServer::verifier`] and [`AuthorizationServer::revocations`] are for an API in the same program. With
//! the feature `development`, `AuthorizationServer::development(..)` is a server for tests in one line, and with the
//! feature `cli` there is the program `auth-server`. The manual is `docs/authorization-server.md` in the repository.
//!
//! # Inside
//! - `wire`: reads forms, writes errors, CORS.
//! - `throttle`: counts requests, and rejects those beyond a limit.
//! - `client`: clients and their authentication.
//! - `fetch`: downloads the documents and key sets of clients, from the public internet only.
//! - `registration`: clients that register themselves.
//! - `authorize`: the authorization endpoint, up to the code. It uses `login`, `consent` and `pages`.
//! - `device`: the grant for devices without a browser.
//! - `token`: the token endpoint, introspection and revocation.
//! - `oidc`: userinfo and sign-out.
//! - `keys`: the signing keys.
//! - `metadata`: the documents at well-known addresses.
//! - `resource_server`: the verifier and the revocations for an API in the same program.

#[doc(hidden)]
pub mod __private;
mod accounts;
mod authorize;
mod builder;
#[cfg(feature = "cli")]
pub mod cli;
mod client;
mod consent;
mod consistency;
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
