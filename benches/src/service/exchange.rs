//! One request and its answer.

use axum::Router;
use axum::body::Body;
use futures_util::FutureExt as _;
use http::header::{ACCEPT, AUTHORIZATION, HOST};
use http::{HeaderName, HeaderValue, Request, StatusCode};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

/// Where the handler is.
pub const PATH: &str = "/orders";
/// What the handler answers.
pub const ANSWER: &str = "every order";

/// A request that can be sent again and again.
#[derive(Clone, Debug)]
pub struct Exchange {
    credential: Option<(HeaderName, HeaderValue)>,
}

/// Requests with these tokens.
///
/// # Panics
/// Never: a token is a valid header.
#[must_use]
pub fn bearer(tokens: &[String]) -> Vec<Exchange> {
    tokens.iter().map(|token| Exchange::with(AUTHORIZATION, &format!("Bearer {token}"))).collect()
}

/// Requests without any.
#[must_use]
pub fn without_credential() -> Vec<Exchange> {
    vec![Exchange { credential: None }; 4]
}

impl Exchange {
    /// A request with this credential.
    ///
    /// # Panics
    /// If it is no value of a header.
    #[must_use]
    pub fn with(name: HeaderName, value: &str) -> Self {
        let value = HeaderValue::try_from(value).expect("a header");
        Self { credential: Some((name, value)) }
    }

    /// The request.
    ///
    /// # Panics
    /// Never: everything in it was checked.
    #[must_use]
    pub fn request(&self) -> Request<Body> {
        let mut request = Request::get(PATH)
            .header(HOST, HeaderValue::from_static("api.example.com"))
            .header(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some((name, value)) = &self.credential {
            request = request.header(name, value);
        }
        request.body(Body::empty()).expect("a request")
    }

    /// Sends the request and reads the answer to its end: its status.
    ///
    /// # Panics
    /// If the service has to wait for anything.
    #[must_use]
    pub fn answer(&self, router: &Router) -> StatusCode {
        let response = router.clone().oneshot(self.request()).now_or_never();
        let Ok(response) = response.expect("nothing to wait for");
        let status = response.status();
        let body = response.into_body().collect().now_or_never();
        drop(body.expect("nothing to wait for"));
        status
    }

    /// Sends the request and holds the answer against what is expected.
    ///
    /// # Panics
    /// If the status is another one.
    pub fn send(&self, router: &Router, expected: StatusCode) {
        assert_eq!(self.answer(router), expected);
    }
}
