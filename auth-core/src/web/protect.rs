//! The last step of building a router: every gate is closed, and every request gets a session.

use std::convert::Infallible;
use std::fmt;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::response::Response;
use axum::routing::Route;
use futures_util::FutureExt;
use futures_util::future::Map;
use http::header::WWW_AUTHENTICATE;
use tower_layer::Layer;
use tower_service::Service;

use super::problem;
use super::rejection::Unconfigured;
use super::session::Session;
use crate::access_map::Endpoint;
use crate::authenticator::Authenticator;
use crate::credential::Scheme;
use crate::policy::{Analysis, Flaw, analyse};
use crate::vocabulary::{NameRef, NameTable};

/// Why a router cannot be protected: every reason at once.
#[derive(Clone, thiserror::Error)]
#[error("{}", Lines(.problems))]
pub struct ProtectError {
    problems: Vec<ProtectProblem>,
}

crate::error::debug_in_words!(ProtectError);

impl ProtectError {
    /// The reasons, in the order of the access map.
    #[must_use]
    pub fn problems(&self) -> &[ProtectProblem] {
        &self.problems
    }
}

/// One reason why a router cannot be protected.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProtectProblem {
    /// A requirement names an enum that is not in the authenticator's vocabulary: nobody could
    /// ever meet it.
    ForeignName {
        /// The endpoint, as `GET /orders`.
        endpoint: String,
        /// The handler with its module, if it is a function.
        handler: Option<String>,
        /// The name that is required.
        name: NameRef,
        /// The enum of the same kind that the vocabulary does hold.
        known: Option<&'static str>,
    },
}

impl fmt::Display for ProtectProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::ForeignName { endpoint, handler, name, known } = self;
        let table: &NameTable = name.table();
        write!(f, "`{endpoint}`")?;
        if let Some(handler) = handler {
            write!(f, " (`{handler}`)")?;
        }
        write!(
            f,
            " requires the {name:?} of `{}`, which is not in the authenticator's vocabulary\nhelp: ",
            table.enum_name
        )?;
        match known {
            None => write!(f, "add `{}` to `.vocabulary::<(..)>()`", table.enum_name),
            Some(known) => write!(
                f,
                "the vocabulary's {} are `{known}`: use its names, or give `.vocabulary::<(..)>()` `{}` instead",
                table.kind.plural(),
                table.enum_name
            ),
        }
    }
}

impl std::error::Error for ProtectProblem {}

struct Lines<'a>(&'a [ProtectProblem]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, problem) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

/// Whether the authenticator can ever let somebody through to each endpoint.
pub(super) fn inspect(
    endpoints: &[Endpoint],
    authenticator: &Authenticator,
) -> Result<(), ProtectError> {
    let tables = authenticator.tables();
    let mut problems = Vec::new();
    for endpoint in endpoints {
        warn_if_unreachable(endpoint);
        for name in endpoint.requirement().iter().flat_map(|requirement| requirement.names()) {
            if tables.contains(name.table()) {
                continue;
            }
            let problem = ProtectProblem::ForeignName {
                endpoint: endpoint.to_string(),
                handler: endpoint.handler().map(|it| format!("{}::{}", it.module, it.name)),
                name,
                known: tables.get(name.kind()).map(|table| table.enum_name),
            };
            if !problems.contains(&problem) {
                problems.push(problem);
            }
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(ProtectError { problems }) }
}

/// Notes an endpoint that nobody can call. That is no error: a router may be closed on purpose.
fn warn_if_unreachable(endpoint: &Endpoint) {
    let finding = endpoint.requirement().map(analyse);
    if let Some(Analysis::Flawed(finding)) = finding
        && finding.flaw() == Flaw::Never
    {
        let (location, reason) = (endpoint.location(), finding.to_string());
        tracing::warn!(%endpoint, %location, reason, "nobody can call this endpoint");
    }
}

/// Gives every request a session of this authenticator.
#[derive(Clone, Debug)]
pub(super) struct ProtectLayer {
    authenticator: Authenticator,
    session: BeginSession,
}

/// What makes the session of a request: [`without_probe`], or that of the access matrix.
pub(super) type BeginSession = fn(&mut Request, &Authenticator) -> Session;

impl ProtectLayer {
    pub(super) const fn new(authenticator: Authenticator) -> Self {
        Self::with_session(authenticator, without_probe)
    }

    pub(super) const fn authenticator(&self) -> &Authenticator {
        &self.authenticator
    }

    pub(super) const fn with_session(authenticator: Authenticator, session: BeginSession) -> Self {
        Self { authenticator, session }
    }
}

fn without_probe(_request: &mut Request, authenticator: &Authenticator) -> Session {
    Session::new(authenticator.clone())
}

impl Layer<Route> for ProtectLayer {
    type Service = Protected;

    fn layer(&self, inner: Route) -> Protected {
        Protected { inner, authenticator: self.authenticator.clone(), session: self.session }
    }
}

/// A route whose requests have a session.
#[derive(Clone, Debug)]
pub(super) struct Protected {
    inner: Route,
    authenticator: Authenticator,
    session: BeginSession,
}

type Outcome = Result<Response, Infallible>;
type Complete = Box<dyn FnOnce(Outcome) -> Outcome + Send>;

impl Service<Request> for Protected {
    type Response = Response;
    type Error = Infallible;
    type Future = Map<<Route as Service<Request>>::Future, Complete>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        <Route as Service<Request>>::poll_ready(&mut self.inner, context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        // Any session that is there already belongs to a router around this one.
        let session = (self.session)(&mut request, &self.authenticator);
        request.extensions_mut().insert(session);
        let authenticator = self.authenticator.clone();
        let used = Scheme::of(request.headers());
        let nonce = authenticator.watch_nonce(used, &mut request);
        self.inner.call(request).map(Box::new(move |outcome: Outcome| {
            let mut response = complete(outcome?, &authenticator, used);
            if nonce.is_some_and(|nonce| nonce.is_old()) {
                authenticator.answers().renew_nonce(response.headers_mut());
            }
            Ok(response)
        }))
    }
}

/// Completes the challenge of a refusal that was made far from the authenticator, in answer to a
/// request of this scheme.
///
/// Only where there is one, under the status it belongs to: an application may have made another
/// answer of the refusal, such as a 404 that keeps quiet about it.
fn complete(
    mut response: Response,
    authenticator: &Authenticator,
    used: Option<Scheme>,
) -> Response {
    if let Some(Unconfigured(error)) = response.extensions_mut().remove()
        && response.status() == problem::status(&error)
        && response.headers().contains_key(WWW_AUTHENTICATE)
    {
        authenticator.answers().set_challenges(&error, used, response.headers_mut());
    }
    response
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;
    use crate::testing::TestIssuer;
    use crate::vocabulary::VocabularyTables;
    use crate::web::Probe;
    use crate::web::probe;

    /// What the access matrix does to a guard cannot be done to a router that is served: even a
    /// request that came with a probe, which nobody outside of this crate can make, has none.
    #[test]
    fn a_protected_router_takes_no_probe_from_a_request() {
        let issuer = TestIssuer::new("https://issuer.test", "orders-api").unwrap();
        let verifier = issuer.verifier().build().unwrap();
        let builder = Authenticator::builder().tables(VocabularyTables::default());
        let authenticator = builder.verifier(verifier).build().unwrap();
        let request = || {
            let mut request = Request::new(axum::body::Body::empty());
            request.extensions_mut().insert(Probe::new(Vec::new()));
            request
        };
        let served = ProtectLayer::new(authenticator.clone());
        assert!((served.session)(&mut request(), &authenticator).probe().is_none());
        let tested = ProtectLayer::with_session(authenticator.clone(), probe::begin);
        assert!((tested.session)(&mut request(), &authenticator).probe().is_some());
    }
}
