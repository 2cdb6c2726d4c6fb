//! The whole program over HTTP, on real databases: two nodes, processes that are killed, stores that
//! fail, and hostile clients.
#![cfg(test)]
#![expect(
    clippy::string_slice,
    clippy::too_many_lines,
    reason = "a test may panic, and tells one story from its beginning to its end"
)]

mod attacks;
mod client;
mod crash;
mod failing;
mod nodes;
mod program;
mod secrets;
mod servers;
