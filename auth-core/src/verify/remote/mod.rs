//! What reaches out over HTTP. Behind the feature `http_client`.
#![expect(dead_code, unused_imports, reason = "key sets and introspection are built on it")]

mod discovery;
mod http;

pub(crate) use discovery::{DiscoveryError, Endpoint, endpoint, is_discoverable};
pub(crate) use http::{DEFAULT_TIMEOUT, HttpAnswer, HttpClient, HttpError};
