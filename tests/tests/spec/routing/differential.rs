//! Random routers against the same router of axum: the same answers for those who may call, and
//! no handler for those who may not.

use std::panic::{AssertUnwindSafe, catch_unwind};

use auth_core::routing::MethodRouter;
use auth_core::{Requirement, Router, public, requirement, routing as guarded};
use auth_tests::http::{Role, authenticator, issuer};
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request};
use axum::routing as plain;
use tower::ServiceExt as _;

const ROUTERS: u64 = 150;
const PATHS: [&str; 5] = ["/", "/a", "/b", "/{x}", "/a/b"];
const PREFIXES: [&str; 4] = ["/n", "/n/", "/a", "/{y}"];
const REQUESTED: [&str; 16] = [
    "/", "/a", "/b", "/zz", "/a/b", "/n", "/n/", "/n/a", "/n/zz", "/n/n/a", "/n/n/zz", "/a/a",
    "/a/zz", "/n/a/b", "/q/r", "/a/n/zz",
];
const METHODS: [&str; 6] = ["GET", "POST", "HEAD", "OPTIONS", "CUSTOM", "CONNECT"];
const ANYBODY: Requirement = requirement!(authenticated);

/// One step of building a router; the last number says which handler is there.
#[derive(Clone, Debug)]
enum Step {
    Route(&'static str, usize, usize),
    Nest(&'static str, Vec<Step>),
    Merge(Vec<Step>),
    MergeAxum(Vec<Step>),
    Fallback(usize),
    OtherMethods(usize),
    Reset,
    RouteService(&'static str, usize),
    NestService(&'static str, usize),
    FallbackService(usize),
}

/// Six handlers, each once for either side.
macro_rules! handlers {
    ($($guarded:ident $plain:ident $answer:literal;)+) => {
        $(
            #[public]
            async fn $guarded() -> &'static str {
                std::future::ready($answer).await
            }
            async fn $plain() -> &'static str {
                std::future::ready($answer).await
            }
        )+

        const ANSWERS: &[&str] = &[$($answer),+];

        fn guarded_methods(shape: usize, which: usize) -> MethodRouter {
            let shapes: &[fn(usize) -> MethodRouter] = &[$(|shape| methods!(guarded, $guarded, shape)),+];
            shapes[which](shape)
        }

        fn plain_methods(shape: usize, which: usize) -> plain::MethodRouter {
            let shapes: &[fn(usize) -> plain::MethodRouter] = &[$(|shape| methods!(plain, $plain, shape)),+];
            shapes[which](shape)
        }

        fn guarded_fallback(router: Router, which: usize, other_methods: bool) -> Router {
            let steps: &[fn(Router, bool) -> Router] = &[$(|router, other_methods| {
                if other_methods { router.method_not_allowed_fallback($guarded) } else { router.fallback($guarded) }
            }),+];
            steps[which](router, other_methods)
        }

        fn plain_fallback(router: axum::Router, which: usize, other_methods: bool) -> axum::Router {
            let steps: &[fn(axum::Router, bool) -> axum::Router] = &[$(|router, other_methods| {
                if other_methods { router.method_not_allowed_fallback($plain) } else { router.fallback($plain) }
            }),+];
            steps[which](router, other_methods)
        }
    };
}

/// The shapes of a method router, in the words of either side.
macro_rules! methods {
    ($side:ident, $handler:ident, $shape:ident) => {
        match $shape {
            0 => $side::get($handler),
            1 => $side::post($handler),
            2 => $side::any($handler),
            3 => $side::get($handler).fallback($handler),
            4 => $side::any($handler).post($handler),
            5 => $side::any($handler).fallback($handler),
            6 => $side::get($handler).merge($side::post($handler).fallback($handler)),
            _ => $side::on($side::MethodFilter::HEAD.or($side::MethodFilter::CONNECT), $handler),
        }
    };
}

handlers! {
    h0 p0 "h0"; h1 p1 "h1"; h2 p2 "h2"; h3 p3 "h3"; h4 p4 "h4"; h5 p5 "h5";
}

/// The same numbers in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn steps(&mut self, depth: usize, axum_only: bool) -> Vec<Step> {
        (0..=self.below(4)).map(|_| self.step(depth, axum_only)).collect()
    }

    fn step(&mut self, depth: usize, axum_only: bool) -> Step {
        let which = self.below(ANSWERS.len());
        match self.below(if depth == 0 { 11 } else { 16 }) {
            0..=3 => Step::Route(PATHS[self.below(PATHS.len())], self.below(8), which),
            4 | 5 => Step::Fallback(which),
            6 => Step::OtherMethods(which),
            7 => Step::Reset,
            8 => Step::NestService(PREFIXES[self.below(PREFIXES.len())], which),
            9 => Step::RouteService(PATHS[self.below(PATHS.len())], which),
            10 => Step::FallbackService(which),
            11..=13 => {
                Step::Nest(PREFIXES[self.below(PREFIXES.len())], self.steps(depth - 1, axum_only))
            }
            14 => Step::Merge(self.steps(depth - 1, axum_only)),
            _ if axum_only => Step::Reset,
            _ => Step::MergeAxum(self.steps(depth - 1, true)),
        }
    }
}

fn build_guarded(steps: &[Step]) -> Router {
    steps.iter().fold(Router::new(), |router, step| match step {
        Step::Route(path, shape, which) => router.route(path, guarded_methods(*shape, *which)),
        Step::Nest(prefix, steps) => router.nest(prefix, build_guarded(steps)),
        Step::Merge(steps) => router.merge(build_guarded(steps)),
        Step::MergeAxum(steps) => router.merge_axum(build_plain(steps), ANYBODY),
        Step::Fallback(which) => guarded_fallback(router, *which, false),
        Step::OtherMethods(which) => guarded_fallback(router, *which, true),
        Step::Reset => router.reset_fallback(),
        Step::RouteService(path, which) => {
            router.route_service(path, plain_methods(2, *which), ANYBODY)
        }
        Step::NestService(path, which) => {
            router.nest_service(path, plain_methods(2, *which), ANYBODY)
        }
        Step::FallbackService(which) => router.fallback_service(plain_methods(2, *which), ANYBODY),
    })
}

fn build_plain(steps: &[Step]) -> axum::Router {
    steps.iter().fold(axum::Router::new(), |router, step| match step {
        Step::Route(path, shape, which) => router.route(path, plain_methods(*shape, *which)),
        Step::Nest(prefix, steps) => router.nest(prefix, build_plain(steps)),
        Step::Merge(steps) => router.merge(build_plain(steps)),
        // The fallback of a foreign router stays outside.
        Step::MergeAxum(steps) => router.merge(build_plain(steps).reset_fallback()),
        Step::Fallback(which) => plain_fallback(router, *which, false),
        Step::OtherMethods(which) => plain_fallback(router, *which, true),
        Step::Reset => router.reset_fallback(),
        Step::RouteService(path, which) => router.route_service(path, plain_methods(2, *which)),
        Step::NestService(path, which) => router.nest_service(path, plain_methods(2, *which)),
        Step::FallbackService(which) => router.fallback_service(plain_methods(2, *which)),
    })
}

async fn ask(app: &axum::Router, method: &str, path: &str, token: Option<&str>) -> (u16, String) {
    let mut request =
        Request::builder().method(Method::from_bytes(method.as_bytes()).unwrap()).uri(path);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let answer = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let status = answer.status().as_u16();
    let body = to_bytes(answer.into_body(), 65_536).await.unwrap();
    (status, String::from_utf8_lossy(&body).into_owned())
}

#[tokio::test]
async fn every_router_answers_as_axum_s_and_lets_in_only_who_may() {
    // What axum rejects to build panics on both sides; these panics are expected, so be quiet.
    std::panic::set_hook(Box::new(|_| {}));
    let (issuer, _) = issuer();
    let low = issuer.token("low").sign().unwrap();
    let admin = issuer.token("admin").roles(["admin"]).sign().unwrap();
    let mut wrong = Vec::new();
    let mut built = 0;
    for seed in 0..ROUTERS {
        let steps = Numbers(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) + 77).steps(2, false);
        let theirs = catch_unwind(AssertUnwindSafe(|| build_plain(&steps)));
        let ours =
            catch_unwind(AssertUnwindSafe(|| (build_guarded(&steps), build_guarded(&steps))));
        let (theirs, (open, closed)) = match (theirs, ours) {
            (Ok(theirs), Ok(ours)) => (theirs, ours),
            (Err(_), Err(_)) => continue,
            (theirs, ours) => {
                wrong.push(format!(
                    "axum built {}, we {}: {steps:?}",
                    theirs.is_ok(),
                    ours.is_ok()
                ));
                continue;
            }
        };
        built += 1;
        let listed = !open.access_map().endpoints().is_empty();
        let open = open.protect(authenticator(&issuer)).unwrap();
        let closed = closed.require(requirement!(role = Role::Admin));
        let closed = closed.protect(authenticator(&issuer)).unwrap();
        for path in REQUESTED {
            for method in METHODS {
                let expected = ask(&theirs, method, path, None).await;
                let ours = ask(&open, method, path, Some(&low)).await;
                if ours != expected {
                    wrong.push(format!(
                        "{method} {path}: axum {expected:?}, we {ours:?}: {steps:?}"
                    ));
                }
                if ask(&closed, method, path, Some(&admin)).await != expected {
                    wrong.push(format!("{method} {path} as admin is not {expected:?}: {steps:?}"));
                }
                for token in [None, Some(low.as_str())] {
                    let (status, body) = ask(&closed, method, path, token).await;
                    if status == 200 || status == 500 || ANSWERS.contains(&body.as_str()) {
                        wrong.push(format!("{method} {path} let in: {status} {body}: {steps:?}"));
                    }
                }
                if expected.0 == 200 && !listed {
                    wrong.push(format!("{method} {path} is answered and not listed: {steps:?}"));
                }
            }
        }
    }
    let _ = std::panic::take_hook();
    assert!(
        wrong.is_empty(),
        "{} wrong, the first: {:#?}",
        wrong.len(),
        &wrong[..wrong.len().min(5)]
    );
    assert!(built > ROUTERS / 2, "only {built} of {ROUTERS} could be built");
}
