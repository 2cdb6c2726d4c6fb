//! Tokens that are revoked before they expire, on one node and on several.

mod one_node;
mod shared;
