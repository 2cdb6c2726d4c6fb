//! A small bank behind an OpenID provider of your own. Read [`bank`] first.

#![expect(
    missing_docs,
    clippy::missing_errors_doc,
    reason = "an application, not a library: its modules are public for its main function only"
)]

pub mod access;
pub mod authentication;
pub mod bank;
pub mod settings;
