//! For an API in the same program: it verifies tokens without HTTP, with the current keys, and learns of
//! revocations within a fraction of a second.

mod clients;
mod opaque;
mod revocations;
mod verifier;

pub(crate) use opaque::IssuedTokens;
pub(crate) use revocations::followed;
