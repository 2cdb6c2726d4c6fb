//! What OpenID Connect adds beside ID tokens.

pub(crate) mod end_session;
mod hint;
mod userinfo;

pub(crate) use userinfo::routes;
