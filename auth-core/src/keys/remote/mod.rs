//! What reaches out over HTTP: discovery and key sets. Behind the feature `http_client`.
//!
//! - `http`: a careful client; `discovery`: where an issuer serves what; `source`: what an application
//!   brings itself; `fetch`: one key set from any of these.
//! - `schedule`: when a key set is fetched again, as a pure machine; `refresh`: the same, shared, one
//!   refresh at a time; `refresher`: does it, on timers and for requests, and publishes.

mod configure;
mod discovery;
mod fetch;
mod freshness;
mod http;
mod jitter;
mod log;
mod ready;
mod refresh;
mod refresher;
#[cfg(test)]
mod refresher_tests;
mod schedule;
#[cfg(test)]
mod schedule_tests;
mod settings;
mod shared;
mod source;
mod token_file;
mod wait;

pub(crate) use configure::{Origin, RemoteKeysBuilder};
pub use ready::NotReady;
pub(crate) use refresher::RemoteKeys;
pub use settings::JwksRefresh;
pub use shared::SharedKeys;
pub use source::{JwksDocument, JwksFile, KeySource};

pub(crate) use self::{
    discovery::{DiscoveryError, Endpoint, endpoint, endpoint_at, is_discoverable},
    http::{HttpAnswer, HttpClient, HttpError, HttpSettings},
};
