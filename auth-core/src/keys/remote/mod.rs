//! Keys that are fetched over HTTP. Behind the feature `http_client`.
//!
//! `http`: a careful client; `discovery`: where an issuer serves what; `key_set`: the source of keys that
//! asks a server; `origin`: how it is configured.

mod address;
mod discovery;
mod freshness;
mod http;
mod key_set;
mod origin;
#[cfg(test)]
mod refresher_tests;
mod settings;
mod shared;
mod token_file;

pub(crate) use self::{
    address::parse_or_named,
    discovery::{DiscoveryError, Endpoint, endpoint, endpoint_at, is_discoverable},
    http::{HttpAnswer, HttpClient, HttpError},
    origin::Published,
    settings::http_setters,
};
