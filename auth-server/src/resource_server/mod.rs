//! What a resource in the same program needs: its tokens are verified without HTTP, with keys that are there
//! from the start, and a revocation is felt at once.

mod clients;
mod opaque;
mod revocations;
mod verifier;

pub(crate) use opaque::IssuedTokens;
pub(crate) use revocations::followed;
