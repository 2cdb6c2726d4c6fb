//! Tokens that only their owner can use.

mod certificates;
mod dpop;
