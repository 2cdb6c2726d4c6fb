//! The shared parts of the integration tests.

pub mod challenge;
pub mod http;
pub mod introspection;
pub mod key_server;
