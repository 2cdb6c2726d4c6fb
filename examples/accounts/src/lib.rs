//! Notes: a small web application with accounts, and its API.
//!
//! Read [`access`] first, then [`notes`]: together they say who may do what. [`service`] puts the
//! accounts in front of them.

#![expect(
    missing_docs,
    clippy::missing_errors_doc,
    reason = "an application, not a library: its modules are public for its tests only"
)]

pub mod access;
pub mod documents;
pub mod error;
pub mod greeting;
pub mod keys;
pub mod messages;
pub mod notes;
pub mod page;
pub mod seed;
pub mod service;
pub mod settings;
pub mod store;
