//! The corrected code beside each mistake under `ui/` compiles, and does what it says.
//!
//! All of it is one program: a program for each would be linked 72 times.

#![allow(
    rust_2018_idioms,
    unreachable_pub,
    warnings,
    clippy::all,
    clippy::pedantic,
    clippy::restriction,
    reason = "this is code as applications write it, and most of it is there to be compiled alone"
)]

include!(concat!(env!("OUT_DIR"), "/corrected.rs"));
