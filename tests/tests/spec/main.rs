//! The specification: a chapter for each part, a module for each promise, a sentence for each test.
//!
//! All chapters are one program, because linking takes longer than compiling them. What is shared by
//! its tests under `cargo test` (`cargo nextest` gives each of them a process) is the listener of
//! [`logged`], which keeps a log for each thread; what must not be shared runs [`alone`].

#![cfg(test)]
#![expect(
    clippy::redundant_pub_crate,
    reason = "it contradicts `unreachable_pub`, which the workspace denies"
)]

mod alone;
mod answers;
mod assignments;
mod audit;
mod binding;
mod counted;
mod declare;
mod guard;
mod house;
mod keys;
mod lock;
mod logged;
mod map;
mod random_routers;
mod revocation;
mod routing;
mod schemes;
mod tenants;
mod tokens;
