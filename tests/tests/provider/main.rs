//! A certified OpenID provider, run as a process of its own, and a service that accepts its tokens.
//!
//! Apart from `spec`, because each test starts that process and most of its time is spent waiting.

#![cfg(test)]

mod algorithms;
mod dpop;
mod introspection;
mod outage;
mod revocation;
mod rotation;
mod step_up;
