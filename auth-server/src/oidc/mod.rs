//! What OpenID Connect adds beside ID tokens.

pub(crate) mod end_session;
mod hint;
mod userinfo;

pub(crate) use hint::IdTokenHint;
pub(crate) use userinfo::routes;
