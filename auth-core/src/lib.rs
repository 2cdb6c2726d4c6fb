#![doc = include_str!("../README.md")]

pub mod access_map;
mod address;
pub mod audit;
pub mod authenticator;
pub mod credential;
mod error;
pub mod identity;
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
pub use auth_macros::{Groups, Permissions, Roles, Scopes, check, public, requirement, requires};
pub use authenticator::{Authenticator, Disclosure};
pub use error::{AuthError, Forbidden, Unauthenticated, Unavailable};
pub use identity::Identity;
pub use policy::{Decision, Policy, Requirement};
pub use verify::{ClaimMap, Jwks, JwtVerifier, RevocationList, Revocations};
pub use vocabulary::{Groups, Name, NameKind, Permissions, Roles, Scopes, Vocabulary};
pub use web::{Check, Guard, MethodRouter, ProtectError, Public, Rejection, Router, routing};
