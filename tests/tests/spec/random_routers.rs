//! Routers that chance makes, the same in each run.

use auth_core::routing::MethodRouter;
use auth_core::{Requirement, Router};
use axum::body::Body;
use axum::http::{Method, Request};
use axum::response::Response;
use axum::routing as plain;
use tower::ServiceExt as _;

const PREFIXES: [&str; 4] = ["/n", "/n/", "/a", "/{y}"];

/// One step of building a router; the last number says which handler or requirement is there.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Route(&'static str, usize, usize),
    Nest(&'static str, Vec<Step>),
    Merge(Vec<Step>),
    MergeAxum(Vec<Step>, usize),
    Fallback(usize),
    OtherMethods(usize),
    Reset,
    RouteService(&'static str, usize),
    NestService(&'static str, usize),
    FallbackService(usize),
    Require(usize),
}

/// What the routers of one test are made of.
pub(crate) struct Parts {
    pub(crate) paths: &'static [&'static str],
    /// How many handlers or requirements there are.
    pub(crate) handlers: usize,
    /// How many steps of sixteen or so are routes.
    pub(crate) routes: usize,
    /// Whether routers require something of all their endpoints.
    pub(crate) require: bool,
    /// The endpoints of a path: a shape, and which handler.
    pub(crate) methods: fn(usize, usize) -> MethodRouter,
    /// A fallback, or one for the other methods of each path.
    pub(crate) fallback: fn(Router, usize, bool) -> Router,
    pub(crate) requirement: fn(usize) -> Requirement,
    pub(crate) service: fn(usize) -> plain::MethodRouter,
    /// The same steps as a router of axum, for [`Step::MergeAxum`].
    pub(crate) plain: fn(&[Step]) -> axum::Router,
}

impl Parts {
    /// The router that the steps make.
    pub(crate) fn build(&self, steps: &[Step]) -> Router {
        let requirement = self.requirement;
        let service = self.service;
        steps.iter().fold(Router::new(), |router, step| match step {
            Step::Route(path, shape, which) => router.route(path, (self.methods)(*shape, *which)),
            Step::Nest(prefix, steps) => router.nest(prefix, self.build(steps)),
            Step::Merge(steps) => router.merge(self.build(steps)),
            Step::MergeAxum(steps, which) => {
                router.merge_axum((self.plain)(steps), requirement(*which))
            }
            Step::Fallback(which) => (self.fallback)(router, *which, false),
            Step::OtherMethods(which) => (self.fallback)(router, *which, true),
            Step::Reset => router.reset_fallback(),
            Step::RouteService(path, which) => {
                router.route_service(path, service(*which), requirement(*which))
            }
            Step::NestService(path, which) => {
                router.nest_service(path, service(*which), requirement(*which))
            }
            Step::FallbackService(which) => {
                router.fallback_service(service(*which), requirement(*which))
            }
            Step::Require(which) => router.require(requirement(*which)),
        })
    }
}

/// The same numbers in each run.
pub(crate) struct Numbers<'p> {
    state: u64,
    parts: &'p Parts,
}

impl<'p> Numbers<'p> {
    pub(crate) fn new(parts: &'p Parts, run: u64, offset: u64) -> Self {
        Self { state: run.wrapping_mul(0x9e37_79b9_7f4a_7c15) + offset, parts }
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.state = self
            .state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.state >> 33).unwrap() % bound
    }

    pub(crate) fn steps(&mut self, depth: usize, axum_only: bool) -> Vec<Step> {
        (0..=self.below(4)).map(|_| self.step(depth, axum_only)).collect()
    }

    pub(crate) fn step(&mut self, depth: usize, axum_only: bool) -> Step {
        let Parts { paths, handlers, routes, require, .. } = *self.parts;
        let which = self.below(handlers);
        let flat = routes + 7 + usize::from(require);
        let drawn = self.below(if depth == 0 { flat } else { flat + 5 });
        let Some(other) = drawn.checked_sub(routes) else {
            return Step::Route(self.one_of(paths), self.below(8), which);
        };
        match other {
            0 | 1 => Step::Fallback(which),
            2 => Step::OtherMethods(which),
            3 => Step::Reset,
            4 => Step::NestService(self.one_of(&PREFIXES), which),
            5 => Step::RouteService(self.one_of(paths), which),
            6 => Step::FallbackService(which),
            7 if require => Step::Require(which),
            _ => match drawn - flat {
                0..=2 => Step::Nest(self.one_of(&PREFIXES), self.steps(depth - 1, axum_only)),
                3 => Step::Merge(self.steps(depth - 1, axum_only)),
                _ if axum_only => Step::Reset,
                _ => Step::MergeAxum(self.steps(depth - 1, true), which),
            },
        }
    }

    fn one_of(&mut self, these: &[&'static str]) -> &'static str {
        these[self.below(these.len())]
    }
}

/// Sends a request, with a token or without.
pub(crate) async fn ask(
    app: &axum::Router,
    method: &str,
    path: &str,
    token: Option<&str>,
) -> Response {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let mut request = Request::builder().method(method).uri(path);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}
