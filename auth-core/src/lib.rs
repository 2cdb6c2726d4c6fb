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
pub mod error;
pub mod identity;
pub mod jose;
pub mod keys;
// Only to be read; its examples are run by the tests of the repository.
#[cfg(all(doc, not(doctest)))]
pub mod manual;
mod panics;
pub mod policy;
pub mod response;
pub mod revocation;
pub mod routing;
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

// What an application starts with, each name under this path only. Everything else is in its room.
pub use access_map::map::AccessMap;
#[cfg(feature = "openapi")]
pub use auth_macros::routes;
pub use auth_macros::{
    AuthLevels, Groups, Permissions, Roles, Scopes, check, pending, public, requirement, requires,
};
pub use authenticator::grants::source::{AssignmentSource, Assignments};
pub use authenticator::handle::Authenticator;
pub use error::auth_error::AuthError;
pub use identity::authentication::Authentication;
pub use identity::caller::Identity;
pub use jose::jwks::Jwks;
pub use policy::factor::Factor;
pub use policy::method::Method;
pub use policy::requirement::Requirement;
pub use response::rejection::Rejection;
pub use scheme::authentication_scheme::AuthenticationScheme;
pub use token::claim_map::ClaimMap;
pub use token::profile::TokenProfile;
pub use token::verifier::JwtVerifier;
pub use vocabulary::authority::{AuthLevels, Groups, Permissions, Roles, Scopes};
pub use vocabulary::authority_set::AuthoritySet;
pub use vocabulary::kind::AuthorityKind;
pub use web::caller::{CurrentUser, FromIdentity};
pub use web::claims::Claims;
pub use web::guard::{Guard, Public};
pub use web::pending::PendingSignIn;
pub use web::router::Router;
