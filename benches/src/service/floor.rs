//! The least that a request with a known token can cost: the header is found, the token looked up in
//! a map that no one else uses, and what is there is handed to the handler.

use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use futures_util::future::Either;
use hashbrown::HashMap;
use http::StatusCode;
use http::header::AUTHORIZATION;
use tower::{Service, ServiceBuilder};

use super::exchange::{ANSWER, PATH};
use super::{CACHED, Candidate};
use crate::material::{Algorithm, Material};

/// Who sent a token.
#[derive(Clone)]
struct Caller(#[expect(dead_code, reason = "a handler could read it")] Arc<str>);

type Callers = HashMap<Vec<u8>, Caller>;

/// Before a handler: it is called for a token that is known.
#[derive(Clone)]
struct Known<S> {
    inner: S,
    callers: Arc<Callers>,
}

impl<S: Service<Request, Response = Response>> Service<Request> for Known<S> {
    type Response = Response;
    type Error = S::Error;
    type Future = Either<S::Future, Ready<Result<Response, S::Error>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let line = request.headers().get(AUTHORIZATION);
        let token = line.and_then(|line| line.as_bytes().strip_prefix(b"Bearer "));
        let Some(caller) = token.and_then(|token| self.callers.get(token)) else {
            return Either::Right(ready(Ok(StatusCode::UNAUTHORIZED.into_response())));
        };
        request.extensions_mut().insert(caller.clone());
        Either::Left(self.inner.call(request))
    }
}

/// The service behind such a map.
pub fn candidate() -> Candidate {
    let tokens = Material::read(Algorithm::Rs256).tokens;
    let caller = |token: String| (token.clone().into_bytes(), Caller(token.into()));
    let callers: Arc<Callers> = Arc::new(tokens.into_iter().map(caller).collect());
    let known =
        ServiceBuilder::new().layer_fn(move |inner| Known { inner, callers: Arc::clone(&callers) });
    Candidate {
        who: "limit",
        router: Router::new().route(PATH, get(async || ANSWER).layer(known)),
        rows: &[CACHED],
        refuses: [StatusCode::UNAUTHORIZED; 2],
    }
}
