//! Where the keys of an issuer come from, and how they are kept fresh.
//!
//! Fixed keys are there from the start. All others are fetched from a [`KeySource`]: a file, a store of
//! the application, or (behind the feature `http_client`) a server. Who uses the keys sees no difference.
//!
//! - `source`: the seam; `file`, `remote` and what the application brings implement it.
//! - `refresh`: when a source is asked, one refresh at a time, beside the requests.
//! - `issuer_keys`: the keys of one issuer as a verifier sees them; `shared`: the same for several.
//! - `local`: the keys of an issuer in the same program.
//! - `configure`: from the settings of a builder to keys.

pub(crate) mod configure;
pub(crate) mod current_keys;
mod error;
mod file;
pub(crate) mod http_settings;
mod issuer_keys;
mod local;
mod ready;
mod refresh;
#[cfg(feature = "http_client")]
pub(crate) mod remote;
mod shared;
mod source;
mod unavailable;

pub use error::KeySourceError;
pub use file::JwksFile;
pub use local::LocalKeys;
pub use ready::NotReady;
pub use refresh::JwksRefresh;
pub use shared::SharedKeys;
pub use source::{JwksDocument, KeySource};

pub(crate) use issuer_keys::IssuerKeys;
pub(crate) use source::OwnSource;
pub(crate) use unavailable::{KeysUnavailable, Retry};
