//! Where the keys of an issuer come from, and how they are kept fresh.

pub(crate) mod current_keys;
mod error;
#[cfg(feature = "http_client")]
pub(crate) mod remote;
mod unavailable;

pub use error::KeySourceError;

pub(crate) use unavailable::{KeysUnavailable, Retry};

#[cfg(feature = "http_client")]
pub use remote::{JwksDocument, JwksFile, JwksRefresh, KeySource, NotReady, SharedKeys};
