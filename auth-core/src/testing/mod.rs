//! For tests and development servers: an issuer that signs real tokens. It forges nothing; a
//! server believes it only where it is configured with its keys.

mod collecting_sink;
mod dpop_key;
mod issuer;
mod matrix;
mod signer;
mod token_builder;

pub use collecting_sink::CollectingSink;
pub use dpop_key::{DpopKey, ProofBuilder};
pub use issuer::{TestIssuer, TestIssuerError};
pub use matrix::{AccessMatrix, MatrixError, MatrixReport, MatrixRow, Violation};
pub use token_builder::TokenBuilder;
