//! How keys that are fetched are kept fresh.
//!
//! `schedule`: when a source is asked, as a pure machine; `permit`: the same, shared, one refresh at a
//! time; `wait`: what becomes of a token whose key is not there; `fetch`: one key set, read;
//! `refresher`: does it, on timers and for requests, and publishes.

mod fetch;
mod jitter;
mod log;
mod permit;
mod refresher;
mod schedule;
#[cfg(test)]
mod schedule_tests;
mod settings;
mod wait;

pub use settings::JwksRefresh;

pub(super) use fetch::Fetcher;
pub(super) use refresher::RefreshedKeys;
