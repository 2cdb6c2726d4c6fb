//! What reaches out over HTTP. Behind the feature `http_client`.
#![expect(dead_code, unused_imports, reason = "key sets and introspection are built on it")]

mod http;

pub(crate) use http::{HttpAnswer, HttpClient, HttpError};
