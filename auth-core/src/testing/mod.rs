//! For tests and development servers: an issuer that signs real tokens. It forges nothing; a
//! server believes it only where it is configured with its keys.

mod issuer;
mod signer;
mod token_builder;

pub use issuer::{TestIssuer, TestIssuerError};
pub use token_builder::TokenBuilder;
