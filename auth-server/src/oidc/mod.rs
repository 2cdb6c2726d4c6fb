//! Endpoints of OpenID Connect: userinfo and sign-out.

pub(crate) mod end_session;
mod hint;
mod userinfo;

pub(crate) use userinfo::routes;
