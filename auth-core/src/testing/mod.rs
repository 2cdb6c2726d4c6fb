//! For tests and development servers: an issuer that signs real tokens. It forges nothing; a
//! server accepts it only where it is configured with its keys.

mod collecting_sink;
mod development;
mod dpop_key;
mod identity;
mod issuer;
mod matrix;
mod signer;
mod token_builder;

pub use collecting_sink::CollectingSink;
pub use development::{DevelopmentUser, as_user};
pub use dpop_key::{DpopKey, ProofBuilder};
pub use identity::{IdentityBuilder, identity};
pub use issuer::{TestIssuer, TestIssuerError};
pub use matrix::{AccessMatrix, MatrixError, MatrixReport, MatrixRow, Violation};
pub use token_builder::TokenBuilder;
