//! The signing keys, and what is signed with them.
//!
//! - `signing_key`: a private key, parsed once; `public_key`: its JWK.
//! - `schedule`: when keys are made, begin to sign and are removed, without clock and store.
//! - `ring`: the keys in use; `keeper`: reads them from the store, rotates them, keeps them alike on all nodes.

mod algorithm;
mod info;
pub(crate) mod jwks;
mod keeper;
mod public_key;
mod ring;
mod schedule;
mod settings;
mod signing_key;

#[cfg(test)]
mod schedule_tests;

pub use algorithm::SigningAlgorithm;
pub use info::{KeyState, SigningKeyInfo};
pub use settings::SigningKeys;

pub(crate) use keeper::{Kept, Keys};
