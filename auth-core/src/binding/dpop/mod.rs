//! DPoP: tokens that only the holder of a key can use ([RFC 9449](https://www.rfc-editor.org/rfc/rfc9449)).
//!
//! The way of a proof, each step rejecting what the next one must not see:
//!
//! 1. `proof`: size, compact form, header rules, the embedded key, the signature, the claims.
//! 2. `target`: whether `htu` is the address of this request, by the configured origin.
//! 3. `nonce`: whether the proof is as fresh as this server wants it.
//! 4. [`ReplayStore`](super::ReplayStore): whether it is used for the first time, once all else is accepted.

mod builder;
mod error;
mod key_proof;
mod nonce;
mod proof;
mod settings;
mod target;

pub use builder::{DpopBuilder, DpopError};
pub use error::DpopProofError;
pub use key_proof::{KeyProofError, ProvedKey};
pub use settings::Dpop;

pub(crate) use key_proof::proof_of;
pub(crate) use settings::{ProofProblem, ProofRequest};
