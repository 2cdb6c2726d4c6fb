//! A small orders service whose every endpoint is guarded by one attribute.
//!
//! Read [`access`] first, then [`orders`]: together they say who may do what. The rest is what any
//! service has.

#![expect(
    missing_docs,
    clippy::missing_errors_doc,
    clippy::must_use_candidate,
    reason = "an application, not a library: its modules are public for its tests only"
)]

pub mod access;
pub mod accounts;
pub mod admin;
#[cfg(feature = "documents")]
pub mod documents;
pub mod error;
pub mod explain;
pub mod greeting;
pub mod issuer;
pub mod listing;
pub mod orders;
pub mod service;
pub mod settings;
pub mod store;
