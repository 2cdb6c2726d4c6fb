//! What reaches out over HTTP: discovery and key sets. Behind the feature `http_client`.
//!
//! - `http`: a careful client; `discovery`: where an issuer serves what.
//! - `schedule`: when a key set is fetched again, as a pure machine; `refresh`: the same, shared, one
//!   refresh at a time; `keeper`: does it, on timers and for requests, and publishes.

mod configure;
mod discovery;
mod freshness;
mod http;
mod jitter;
mod keeper;
#[cfg(test)]
mod keeper_tests;
mod key_source;
mod log;
mod ready;
mod refresh;
mod schedule;
#[cfg(test)]
mod schedule_tests;
mod settings;
mod wait;

pub(crate) use configure::RemoteKeysBuilder;
pub(crate) use keeper::RemoteKeys;
pub use ready::NotReady;
pub use settings::KeyRefresh;

pub(crate) use self::{
    discovery::{DiscoveryError, Endpoint, endpoint, is_discoverable},
    http::{DEFAULT_TIMEOUT, HttpAnswer, HttpClient, HttpError},
};
