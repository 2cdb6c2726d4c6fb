//! The shared parts of the integration tests.

pub mod http;
