//! What OpenID Connect adds beside ID tokens.

pub(crate) mod end_session;
mod hint;

pub(crate) use hint::IdTokenHint;
