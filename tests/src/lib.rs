//! The shared parts of the integration tests.
