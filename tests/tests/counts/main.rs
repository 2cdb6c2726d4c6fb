//! What is asked of the allocator.
//!
//! Apart from `spec`, because counting takes a global allocator of its own.

#![cfg(test)]

mod request;
mod token_cache;

#[path = "../../../auth-core/src/sync.rs"]
#[expect(unused_imports, reason = "the table needs a part of it")]
mod sync;
