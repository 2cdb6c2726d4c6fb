//! Keys: their formats, where they come from, and how they are kept fresh.

mod discovery;
mod faults;
mod flood;
mod formats;
mod jsonwebtoken_types;
mod network;
mod providers;
mod refresh;
mod runtime;
mod vectors;
