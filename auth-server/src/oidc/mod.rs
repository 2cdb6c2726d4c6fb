//! What OpenID Connect adds beside ID tokens.

mod hint;

pub(crate) use hint::IdTokenHint;
