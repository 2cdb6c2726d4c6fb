//! How an access matrix looks into requests: what the guards decide, and the answers of checks.
//!
//! An observer changes what a guard does in two ways, so it must not exist outside of a matrix. It
//! answers checks without running them, and it ends the request where the handler would begin.
//! Cargo unifies features, so one may well be compiled into a server; what keeps it from opening a
//! door there:
//!
//! - Only [`Router::observed`](super::Router) gives a router an observer, and no request can bring
//!   one: `Router::protect` has none to give.
//! - The router that `observed` makes never leaves [`AccessMatrix`](crate::testing::AccessMatrix),
//!   and trusts only the key that the matrix made for itself.
//! - An observed request never reaches a handler: [`RequestAuth::allow`] ends it. So an answer given
//!   in place of a check cannot let anything happen, even if a layer keeps the extensions of a
//!   request and uses them for another.
//!
//! [`RequestAuth::allow`]: super::request_auth::RequestAuth::allow

use std::fmt;

use axum::body::Body;
use axum::response::Response;
use http::StatusCode;

use crate::error::AuthError;
use crate::policy::CheckInfo;

/// Sees the decisions of a router.
pub(crate) trait Observer: Send + Sync {
    /// What a check says, in place of running it.
    fn assumed(&self, check: &CheckInfo) -> Option<bool>;

    /// Notes what the guard of a handler, or an extractor, decided about a request to this route; no
    /// refusal if the request was let through.
    fn decided(&self, by: &dyn fmt::Display, route: Option<&str>, refusal: Option<&AuthError>);
}

pub(super) fn in_place_of_handler() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}
