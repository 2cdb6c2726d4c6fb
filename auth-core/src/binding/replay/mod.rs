//! Which proofs were used before ([RFC 9449 §11.1](https://www.rfc-editor.org/rfc/rfc9449#section-11.1)).

mod memory;
#[cfg(test)]
mod memory_tests;
mod store;
/// What the store synchronises with, so that a model can replace it.
mod sync {
    pub(crate) use std::sync::{Mutex, PoisonError};
}

pub use memory::MemoryReplayStore;
pub use store::{ReplayCheck, ReplayStore, ReplayStoreError, UsedProof};

pub(crate) use store::AnyReplayStore;
