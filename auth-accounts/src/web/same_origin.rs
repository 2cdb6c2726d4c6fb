//! Requests that a page of another site has caused are rejected, also where no credential is asked for: the page
//! could sign its visitor in to an account of an attacker.

use auth_core::Rejection;
use auth_core::web::NotCrossSite;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::header::{ORIGIN, VARY};
use http::request::Parts;
use http::{HeaderName, HeaderValue, StatusCode};

use super::Problem;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The browser says that the request comes from a page of the application, or nothing says where it
/// comes from: then no browser sent it. Anything else is rejected with 403 `cross_site_request`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SameOrigin {
    /// The browser says so.
    Shown,
    /// Nothing says where it comes from.
    NotShown,
}

impl SameOrigin {
    /// Rejects a request that does not show where it comes from: for answers that set a cookie.
    pub(crate) fn demand(self) -> Result<(), CrossSite> {
        match self {
            Self::Shown => Ok(()),
            Self::NotShown => Err(CrossSite),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for SameOrigin {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        let headers = &parts.headers;
        if !headers.contains_key(SEC_FETCH_SITE) && !headers.contains_key(ORIGIN) {
            return Ok(Self::NotShown);
        }
        NotCrossSite::from_request_parts(parts, state).await.map(|_| Self::Shown)
    }
}

/// A request that does not show where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CrossSite;

impl IntoResponse for CrossSite {
    fn into_response(self) -> Response {
        let detail = "neither `Sec-Fetch-Site` nor `Origin` says that the request comes from a page of this \
                      application: send `Origin`, or be no browser and ask for a token by `\"token\": true`";
        let problem = Problem::new(StatusCode::FORBIDDEN, "cross_site_request", detail);
        let mut response = problem.into_response();
        let vary = HeaderValue::from_static("Sec-Fetch-Site, Origin");
        response.headers_mut().insert(VARY, vary);
        response
    }
}
