//! Opaque tokens: the issuer is asked about each
//! ([RFC 7662](https://www.rfc-editor.org/rfc/rfc7662)). Behind the feature `http_client`.
//!
//! The way of a token: its form and size, a look-up among the answers that are known, one question
//! over HTTP for all who wait for the same answer, and then, on every use, the rules for what the
//! answer says. What cannot be determined is [`VerifyError::Unavailable`](super::VerifyError).

mod answer;
mod builder;
mod client_authentication;
mod endpoint;
mod known_answers;
mod location;
mod text_date;
mod token_digest;
mod verifier;

#[cfg(test)]
mod revocation_tests;

pub use builder::{IntrospectionVerifierBuilder, IntrospectionVerifierError};
pub use verifier::IntrospectionVerifier;
