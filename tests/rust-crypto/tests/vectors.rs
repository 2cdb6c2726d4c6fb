//! The vectors of `auth-tests`, verified by the backend that this package is built with.

#![cfg(test)]

#[path = "../../tests/spec/tokens/attacks.rs"]
mod attacks;
#[path = "../../tests/spec/tokens/wycheproof.rs"]
mod wycheproof;
