// Of two definitions of a link Markdown takes the first: here the pages of the manual, in the repository its
// files.
//! [docs/access-map.md]: manual::access_map
//! [docs/answers.md]: manual::answers
//! [docs/audit.md]: manual::audit
//! [docs/benchmarks.md]: manual::benchmarks
//! [docs/callers.md]: manual::callers
//! [docs/design.md]: manual::design
//! [docs/providers.md]: manual::providers
//! [docs/troubleshooting.md]: manual::troubleshooting
//! [SECURITY.md]: manual::security
//!
#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![expect(clippy::test_attr_in_doctest, reason = "the README shows a test as its reader writes it")]

pub mod access_map;
mod address;
pub mod audit;
pub mod authenticator;
pub mod binding;
mod error;
pub mod identity;
// Only to be read; its examples are run by the tests of the repository.
pub mod jose;
pub mod keys;
#[cfg(all(doc, not(doctest)))]
pub mod manual;
mod panics;
pub mod policy;
pub mod response;
pub mod revocation;
pub mod scheme;
mod sync;
#[cfg(feature = "testing")]
pub mod testing;
pub mod time;
pub mod token;
pub mod vocabulary;
pub mod web;
mod wording;

#[doc(hidden)]
pub mod __private;

pub use access_map::AccessMap;
#[cfg(feature = "openapi")]
pub use auth_macros::routes;
pub use auth_macros::{Groups, Permissions, Roles, Scopes, check, public, requirement, requires};
pub use authenticator::{
    AssignmentCache, AssignmentQuery, AssignmentSource, Assignments, Authenticator, IssuerResolver,
};
pub use binding::client_certificate::ClientCertificates;
pub use binding::dpop::Dpop;
pub use error::{AuthError, BadRequest, Forbidden, Misconfigured, Unauthenticated, Unavailable};
pub use identity::{Authentication, Identity};
pub use jose::jwks::Jwks;
pub use policy::{Decision, Method, Policy, Requirement};
pub use response::{ErrorDetail, Rejection};
pub use revocation::list::RevocationList;
pub use scheme::AuthenticationScheme;
pub use token::claim_map::ClaimMap;
#[cfg(feature = "http_client")]
pub use token::introspection::IntrospectionVerifier;
pub use token::profile::TokenProfile;
pub use token::verifier::JwtVerifier;
pub use vocabulary::{
    Authority, AuthorityKind, AuthoritySet, Groups, Permissions, Roles, Scopes, Vocabulary,
};
pub use web::{
    Check, Claims, CurrentUser, FromIdentity, Guard, MethodRouter, ProtectError, Public, Router,
    routing,
};
