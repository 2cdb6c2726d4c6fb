//! How a request comes into a protected router, and how its answer leaves.
//!
//! A request enters where it first meets something of the framework: at the endpoint, or before
//! the middleware of the application where there is any, since that may ask who calls. So a router
//! without middleware costs no service more than a plain one.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::extract::Request;
use axum::response::Response;
use axum::routing::Route;
use http::header::WWW_AUTHENTICATE;
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::gate::Gate;
use super::problem;
use super::rejection::Unconfigured;
use super::session::Session;
use crate::authenticator::{Accepted, Authenticator, NonceWatch};
use crate::scheme::TokenScheme;

/// Where requests get their session.
#[derive(Clone)]
pub(super) struct Entrance {
    authenticator: Authenticator,
    begin: BeginSession,
    /// Not the entrance of an access matrix.
    is_served: bool,
}

/// What makes the session of a request: [`without_probe`], or that of the access matrix.
type BeginSession = fn(&mut Request, &Authenticator) -> Session;

fn without_probe(_request: &mut Request, authenticator: &Authenticator) -> Session {
    Session::new(authenticator.clone())
}

impl Entrance {
    /// The entrance of a router that is served.
    pub(super) const fn new(authenticator: Authenticator) -> Self {
        Self { authenticator, begin: without_probe, is_served: true }
    }

    /// The entrance of a router whose requests are those of an access matrix.
    #[cfg(feature = "testing")]
    pub(super) const fn probed(authenticator: Authenticator) -> Self {
        Self { authenticator, begin: super::probe::begin, is_served: false }
    }

    pub(super) const fn authenticator(&self) -> &Authenticator {
        &self.authenticator
    }

    /// Whether the request carries nothing that could tell who calls. Never said of those of an
    /// access matrix, whose probes are in sessions.
    pub(super) fn is_strange(&self, request: &Request, accepted: &Accepted) -> bool {
        self.is_served && self.authenticator.has_no_credential(request.headers(), accepted)
    }

    /// Gives the request a session. Any that is there already belongs to a router around this one:
    /// what it found out stands, if it asked the same authenticator.
    pub(super) fn enter(
        &self,
        request: &mut Request,
        accepted: &Accepted,
        gate: Option<Arc<Gate>>,
    ) -> Exit {
        let session = (self.begin)(request, &self.authenticator).at(gate);
        let used = self.authenticator.scheme_used(request.headers());
        let nonce = self.authenticator.watch_nonce(used, request);
        if let Some(before) = request.extensions_mut().insert(session)
            && let Some(session) = request.extensions_mut().get_mut::<Session>()
        {
            session.continue_from(before);
        }
        Exit { authenticator: self.authenticator.clone(), accepted: accepted.clone(), used, nonce }
    }
}

impl fmt::Debug for Entrance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Entrance").field(&self.authenticator).finish()
    }
}

/// What an answer still needs on its way out.
pub(super) struct Exit {
    authenticator: Authenticator,
    accepted: Accepted,
    used: Option<TokenScheme>,
    nonce: Option<NonceWatch>,
}

impl Exit {
    /// Completes the challenge of a rejection that was made far from the authenticator, and gives the
    /// client another nonce where it needs one.
    pub(super) fn leave(self, mut response: Response) -> Response {
        self.complete_challenge(&mut response);
        if self.nonce.is_some_and(|nonce| nonce.is_old()) {
            self.authenticator.answers().renew_nonce(response.headers_mut());
        }
        response
    }

    /// Only where there is a challenge, under the status it belongs to: an application may have
    /// made another answer of the rejection, such as a 404 that keeps quiet about it.
    fn complete_challenge(&self, response: &mut Response) {
        if let Some(Unconfigured(error)) = response.extensions_mut().remove()
            && response.status() == problem::status(&error)
            && response.headers().contains_key(WWW_AUTHENTICATE)
        {
            let offer = self.accepted.offer();
            let answers = self.authenticator.answers();
            answers.set_challenges(&error, offer, self.used, response.headers_mut());
        }
    }
}

pin_project! {
    /// An answer that leaves through an exit, if its request came in by an entrance.
    pub(crate) struct Leaving<F> {
        #[pin]
        answer: F,
        exit: Option<Exit>,
    }
}

impl<F> Leaving<F> {
    pub(super) const fn new(answer: F, exit: Option<Exit>) -> Self {
        Self { answer, exit }
    }
}

impl<F: Future<Output: Answer>> Future for Leaving<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let answer = ready!(this.answer.poll(context));
        Poll::Ready(match this.exit.take() {
            Some(exit) => answer.through(exit),
            None => answer,
        })
    }
}

/// What a handler or a service answers with.
pub(super) trait Answer {
    /// The same answer after it left.
    fn through(self, exit: Exit) -> Self;
}

impl Answer for Response {
    fn through(self, exit: Exit) -> Self {
        exit.leave(self)
    }
}

impl<E> Answer for Result<Response, E> {
    fn through(self, exit: Exit) -> Self {
        self.map(|response| exit.leave(response))
    }
}

/// The entrance before the middleware of an application.
impl Layer<Route> for Entrance {
    type Service = Entered;

    fn layer(&self, inner: Route) -> Entered {
        Entered { inner, entrance: self.clone() }
    }
}

/// A route behind the entrance.
#[derive(Clone, Debug)]
pub(super) struct Entered {
    inner: Route,
    entrance: Entrance,
}

impl Service<Request> for Entered {
    type Response = Response;
    type Error = Infallible;
    type Future = Leaving<<Route as Service<Request>>::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        <Route as Service<Request>>::poll_ready(&mut self.inner, context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        let accepted = self.entrance.authenticator.default_accepted().clone();
        let exit = self.entrance.enter(&mut request, &accepted, None);
        Leaving::new(self.inner.call(request), Some(exit))
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;
    use crate::testing::TestIssuer;
    use crate::vocabulary::VocabularySet;
    use crate::web::Probe;

    /// What the access matrix does to a guard cannot be done to a router that is served: even a
    /// request that came with a probe, which no one outside of this crate can make, has none.
    #[test]
    fn a_protected_router_takes_no_probe_from_a_request() {
        let issuer = TestIssuer::new("https://issuer.test", "orders-api").unwrap();
        let verifier = issuer.verifier().build().unwrap();
        let builder = Authenticator::builder().tables(VocabularySet::default());
        let authenticator = builder.verifier(verifier).build().unwrap();
        let request = || {
            let mut request = Request::new(axum::body::Body::empty());
            request.extensions_mut().insert(Probe::new(Vec::new()));
            request
        };
        let served = Entrance::new(authenticator.clone());
        assert!((served.begin)(&mut request(), &authenticator).probe().is_none());
        let tested = Entrance::probed(authenticator.clone());
        assert!((tested.begin)(&mut request(), &authenticator).probe().is_some());
    }
}
