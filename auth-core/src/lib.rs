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
pub mod credential;
mod error;
pub mod identity;
// Only to be read; its examples are run by the tests of the repository.
#[cfg(all(doc, not(doctest)))]
pub mod manual;
pub mod policy;
mod sync;
#[cfg(feature = "testing")]
pub mod testing;
pub mod verify;
pub mod vocabulary;
pub mod web;

#[doc(hidden)]
pub mod __private;

pub use access_map::AccessMap;
#[cfg(feature = "openapi")]
pub use auth_macros::routes;
pub use auth_macros::{Groups, Permissions, Roles, Scopes, check, public, requirement, requires};
pub use authenticator::{
    AssignmentCache, AssignmentQuery, AssignmentSource, Assignments, Authenticator, ErrorDetail,
    IssuerResolver,
};
pub use credential::ClientCertificates;
pub use error::{AuthError, BadRequest, Forbidden, Misconfigured, Unauthenticated, Unavailable};
pub use identity::Identity;
pub use policy::{Decision, Method, Policy, Requirement};
#[cfg(feature = "http_client")]
pub use verify::IntrospectionVerifier;
pub use verify::{ClaimMap, Dpop, Jwks, JwtVerifier, RevocationCheck, RevocationList};
pub use vocabulary::{Authority, AuthorityKind, Groups, Permissions, Roles, Scopes, Vocabulary};
pub use web::{
    Check, Claims, CurrentUser, FromIdentity, Guard, MethodRouter, ProtectError, Public, Rejection,
    Router, routing,
};
