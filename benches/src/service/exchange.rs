//! One request and its answer.

use axum::Router;
use axum::body::Body;
use futures_util::FutureExt as _;
use http::header::{ACCEPT, AUTHORIZATION, HOST};
use http::{HeaderValue, Request, StatusCode};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

/// Where the handler is.
pub const PATH: &str = "/orders";
/// What the handler answers.
pub const ANSWER: &str = "every order";

/// A request that can be sent again and again.
#[derive(Clone, Debug)]
pub struct Exchange {
    credential: Option<HeaderValue>,
}

/// Requests with these tokens.
///
/// # Panics
/// Never: a token is a valid header.
#[must_use]
pub fn bearer(tokens: &[String]) -> Vec<Exchange> {
    let exchange = |token: &String| {
        let credential = HeaderValue::try_from(format!("Bearer {token}")).expect("a header");
        Exchange { credential: Some(credential) }
    };
    tokens.iter().map(exchange).collect()
}

/// Requests without any.
#[must_use]
pub fn without_credential() -> Vec<Exchange> {
    vec![Exchange { credential: None }; 4]
}

impl Exchange {
    /// Sends the request and reads the answer to its end: its status.
    ///
    /// # Panics
    /// If the service has to wait for anything.
    #[must_use]
    pub fn answer(&self, router: &Router) -> StatusCode {
        let mut request = Request::get(PATH)
            .header(HOST, HeaderValue::from_static("api.example.com"))
            .header(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(credential) = &self.credential {
            request = request.header(AUTHORIZATION, credential);
        }
        let request = request.body(Body::empty()).expect("a request");
        let response = router.clone().oneshot(request).now_or_never();
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
