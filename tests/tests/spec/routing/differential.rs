//! Random routers against the same router of axum: the same answers for those who may call, and
//! no handler for those who may not.

use std::panic::{AssertUnwindSafe, catch_unwind};

use auth_core::routing::MethodRouter;
use auth_core::{Requirement, Router, public, requirement, routing as guarded};
use auth_tests::http::{Role, authenticator, issuer};
use axum::body::to_bytes;
use axum::routing as plain;

use crate::random_routers::{self, Numbers, Parts, Step};

const ROUTERS: u64 = 150;
const PATHS: [&str; 5] = ["/", "/a", "/b", "/{x}", "/a/b"];
const REQUESTED: [&str; 16] = [
    "/", "/a", "/b", "/zz", "/a/b", "/n", "/n/", "/n/a", "/n/zz", "/n/n/a", "/n/n/zz", "/a/a",
    "/a/zz", "/n/a/b", "/q/r", "/a/n/zz",
];
const METHODS: [&str; 6] = ["GET", "POST", "HEAD", "OPTIONS", "CUSTOM", "CONNECT"];
const ANYBODY: Requirement = requirement!(authenticated);

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

const PARTS: Parts = Parts {
    paths: &PATHS,
    handlers: ANSWERS.len(),
    routes: 4,
    require: false,
    methods: guarded_methods,
    fallback: guarded_fallback,
    requirement: |_| ANYBODY,
    service: |which| plain_methods(2, which),
    plain: build_plain,
};

fn build_plain(steps: &[Step]) -> axum::Router {
    steps.iter().fold(axum::Router::new(), |router, step| match step {
        Step::Route(path, shape, which) => router.route(path, plain_methods(*shape, *which)),
        Step::Nest(prefix, steps) => router.nest(prefix, build_plain(steps)),
        Step::Merge(steps) => router.merge(build_plain(steps)),
        // The fallback of a foreign router stays outside.
        Step::MergeAxum(steps, _) => router.merge(build_plain(steps).reset_fallback()),
        Step::Fallback(which) => plain_fallback(router, *which, false),
        Step::OtherMethods(which) => plain_fallback(router, *which, true),
        Step::Reset => router.reset_fallback(),
        Step::RouteService(path, which) => router.route_service(path, plain_methods(2, *which)),
        Step::NestService(path, which) => router.nest_service(path, plain_methods(2, *which)),
        Step::FallbackService(which) => router.fallback_service(plain_methods(2, *which)),
        Step::Require(_) => panic!("axum has no word for it"),
    })
}

async fn ask(app: &axum::Router, method: &str, path: &str, token: Option<&str>) -> (u16, String) {
    let answer = random_routers::ask(app, method, path, token).await;
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
        let steps = Numbers::new(&PARTS, seed, 77).steps(2, false);
        let theirs = catch_unwind(AssertUnwindSafe(|| build_plain(&steps)));
        let ours = catch_unwind(AssertUnwindSafe(|| (PARTS.build(&steps), PARTS.build(&steps))));
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
