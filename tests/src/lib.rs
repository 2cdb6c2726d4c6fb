//! The shared parts of the integration tests.

pub mod challenge;
pub mod http;
pub mod identity_provider;
pub mod introspection;
pub mod key_server;
pub mod policies;
pub mod shop;

/// The examples of the documents, which are tests too.
#[cfg(doctest)]
mod documents {
    #[doc = include_str!("../../docs/providers.md")]
    struct Providers;
    #[doc = include_str!("../../docs/callers.md")]
    struct Callers;
}
