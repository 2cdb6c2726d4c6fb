//! Two routers, asked by real requests: the comparison never promises more than these show.

use std::panic::{AssertUnwindSafe, catch_unwind};

use auth_core::access_map::{AccessModel, Change};
use auth_core::routing::MethodRouter;
use auth_core::{Requirement, Router, public, requirement, requires, routing as guarded};
use auth_tests::http::{Role, authenticator, issuer};
use axum::routing as plain;

use crate::random_routers::{Numbers, Parts, Step, ask};

const PAIRS: u64 = 400;
const PATHS: [&str; 9] = ["/", "/a", "/b", "/{x}", "/a/b", "/a/{*rest}", "/{x}/b", "/x{y}", "/a/"];
const REQUESTED: [&str; 24] = [
    "/", "/a", "/a/", "/b", "/zz", "/xz", "/x", "/a/b", "/a/b/", "/a/zz", "/a/zz/y", "/zz/b",
    "/xz/b", "//b", "/n", "/n/", "/n/a", "/n/zz", "/n/n/a", "/n/a/b", "/q/r", "/a/n/zz", "/n//",
    "/a//b",
];
const METHODS: [&str; 7] = ["GET", "POST", "HEAD", "PUT", "OPTIONS", "CUSTOM", "CONNECT"];
const REQUIREMENTS: [Requirement; 4] = [
    requirement!(authenticated),
    requirement!(role = Role::Clerk),
    requirement!(role = Role::Admin),
    requirement!(role = Role::Manager),
];

#[public]
async fn open() {}
#[requires(authenticated)]
async fn known() {}
#[requires(role = Role::Clerk)]
async fn clerk() {}
#[requires(role = Role::Admin)]
async fn admin() {}

async fn plain_handler() {}

/// The shapes of a method router.
macro_rules! methods {
    ($handler:ident, $shape:expr) => {
        match $shape {
            0 => guarded::get($handler),
            1 => guarded::post($handler),
            2 => guarded::any($handler),
            3 => guarded::get($handler).fallback($handler),
            4 => guarded::any($handler).post(admin),
            5 => guarded::get($handler).head(known),
            6 => guarded::get(admin).merge(guarded::post($handler)),
            _ => guarded::on(
                guarded::MethodFilter::HEAD.or(guarded::MethodFilter::CONNECT),
                $handler,
            ),
        }
    };
}

fn methods(shape: usize, which: usize) -> MethodRouter {
    match which {
        0 => methods!(open, shape),
        1 => methods!(known, shape),
        2 => methods!(clerk, shape),
        _ => methods!(admin, shape),
    }
}

fn plain_methods(shape: usize) -> plain::MethodRouter {
    match shape {
        0 => plain::get(plain_handler),
        1 => plain::post(plain_handler),
        2 => plain::any(plain_handler),
        _ => plain::get(plain_handler).put(plain_handler),
    }
}

fn fallback(router: Router, which: usize, other_methods: bool) -> Router {
    match (which, other_methods) {
        (0, false) => router.fallback(open),
        (1, false) => router.fallback(known),
        (2, false) => router.fallback(clerk),
        (_, false) => router.fallback(admin),
        (0, true) => router.method_not_allowed_fallback(open),
        (1, true) => router.method_not_allowed_fallback(known),
        (2, true) => router.method_not_allowed_fallback(clerk),
        (_, true) => router.method_not_allowed_fallback(admin),
    }
}

const PARTS: Parts = Parts {
    paths: &PATHS,
    handlers: REQUIREMENTS.len(),
    routes: 5,
    require: true,
    methods,
    fallback,
    requirement: |which| REQUIREMENTS[which],
    service: |_| plain_methods(2),
    plain: build_plain,
};

/// Other steps, or the same with one that is gone, new, in another place or another one.
fn changed(numbers: &mut Numbers<'_>, steps: &[Step]) -> Vec<Step> {
    let mut steps = steps.to_vec();
    let place = numbers.below(steps.len().max(1));
    match numbers.below(7) {
        0 => return numbers.steps(2, false),
        1 if steps.len() > 1 => {
            steps.remove(place);
        }
        2 => {
            let last = steps.len() - 1;
            steps.swap(place, last);
        }
        3 if !steps.is_empty() => {
            let other = match steps[place].clone() {
                Step::Nest(prefix, inner) => Step::Nest(prefix, changed(numbers, &inner)),
                Step::Merge(inner) => Step::Merge(changed(numbers, &inner)),
                Step::MergeAxum(inner, _) => Step::MergeAxum(inner, numbers.below(4)),
                Step::Route(path, _, which) => Step::Route(path, numbers.below(8), which),
                Step::Fallback(_) => Step::Fallback(numbers.below(4)),
                _ => numbers.step(2, false),
            };
            steps[place] = other;
        }
        4 => steps[place] = numbers.step(2, false),
        _ => steps.insert(place, numbers.step(2, false)),
    }
    steps
}

fn build_plain(steps: &[Step]) -> axum::Router {
    steps.iter().fold(axum::Router::new(), |router, step| match step {
        Step::Route(path, shape, _) => router.route(path, plain_methods(*shape % 4)),
        Step::Nest(prefix, steps) => router.nest(prefix, build_plain(steps)),
        Step::Merge(steps) => router.merge(build_plain(steps)),
        Step::Fallback(_) => router.fallback(plain_handler),
        Step::RouteService(path, _) => router.route_service(path, plain_methods(2)),
        Step::NestService(path, _) => router.nest_service(path, plain_methods(2)),
        _ => router,
    })
}

async fn status(app: &axum::Router, method: &str, path: &str, token: Option<&String>) -> u16 {
    ask(app, method, path, token.map(String::as_str)).await.status().as_u16()
}

#[tokio::test]
async fn a_comparison_promises_no_more_than_requests_to_both_routers_show() {
    // What axum rejects to build panics; these panics are expected, so be quiet.
    std::panic::set_hook(Box::new(|_| {}));
    let (issuer, _) = issuer();
    let callers = [
        None,
        Some(issuer.token("low").sign().unwrap()),
        Some(issuer.token("clerk").roles(["clerk"]).sign().unwrap()),
        Some(issuer.token("admin").roles(["admin"]).sign().unwrap()),
    ];
    let (mut wrong, mut compared, mut promised, mut opened) = (Vec::new(), 0, 0, 0);
    for seed in 0..PAIRS {
        let mut numbers = Numbers::new(&PARTS, seed, 5);
        let steps = numbers.steps(2, false);
        let changed = changed(&mut numbers, &steps);
        let built = catch_unwind(AssertUnwindSafe(|| (PARTS.build(&steps), PARTS.build(&changed))));
        let Ok((old, new)) = built else { continue };
        compared += 1;
        let (before, after) = (old.access_map(), new.access_map());
        let lock = AccessModel::from_lock(&before.lock_text()).unwrap();
        let comparison = before.model().compare(after.model());
        if lock.compare(after.model()).is_widening() != comparison.is_widening() {
            wrong.push(format!("the lock says something else: {steps:?} -> {changed:?}"));
        }
        let (old, new) = (
            old.protect(authenticator(&issuer)).unwrap(),
            new.protect(authenticator(&issuer)).unwrap(),
        );
        let mut seen = Vec::new();
        for path in REQUESTED {
            for method in METHODS {
                for caller in &callers {
                    let was = status(&old, method, path, caller.as_ref()).await;
                    let is = status(&new, method, path, caller.as_ref()).await;
                    // Who was rejected is let in; or no one answered, and everyone is let in now.
                    let opens = matches!(was, 401 | 403) || (was != 200 && caller.is_none());
                    if is == 200 && opens {
                        seen.push(format!("{method} {path} {was} -> {is} for {caller:?}"));
                    }
                }
            }
        }
        opened += usize::from(!seen.is_empty());
        promised += usize::from(!comparison.is_widening());
        if let (Some(first), false) = (seen.first(), comparison.is_widening()) {
            wrong.push(format!("{first}: {comparison}{steps:?}\n-> {changed:?}"));
        }
    }
    let _ = std::panic::take_hook();
    assert!(
        wrong.is_empty(),
        "{} of {compared} wrong, the first: {}",
        wrong.len(),
        wrong[..wrong.len().min(3)].join("\n\n")
    );
    // Neither does it cry wolf: most of what shows nothing is promised.
    assert!(compared > 120 && opened > 40, "{compared} compared, {opened} opened");
    assert!(
        promised * 10 >= (compared - opened) * 8,
        "{compared} compared, {opened} opened, {promised} promised"
    );
}

/// What changed between two routers, as `change: endpoint (note)`.
fn between(old: &Router, new: &Router) -> Vec<String> {
    let comparison = old.access_map().model().compare(new.access_map().model());
    let changes = comparison.changes();
    let text = |it: &&auth_core::access_map::EndpointChange| {
        let note = it.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
        format!("{}: {}{note}", it.change.words(), it.endpoint())
    };
    changes.iter().map(text).collect()
}

#[test]
fn a_new_endpoint_is_compared_with_what_answered_before() {
    use guarded::{any, get, post};
    let route = |path, methods| Router::<()>::new().route(path, methods);
    let service = || plain_methods(2);
    let below =
        |router: Router, which: usize| router.nest_service("/o", service(), REQUIREMENTS[which]);
    let cases: [(Router, Router, &str); 10] = [
        (
            route("/o", get(admin)),
            route("/o", any(known)),
            "widened: ANY /o (answered by `GET /o` before)",
        ),
        (
            route("/o", get(admin)),
            route("/o", get(admin).head(known)),
            "widened: HEAD /o (answered by `GET /o` before)",
        ),
        (
            route("/o", any(admin)),
            route("/o", any(admin).post(known)),
            "widened: POST /o (answered by `ANY /o` before)",
        ),
        (
            route("/o/{*rest}", any(admin)),
            route("/o/{*rest}", any(admin)).route("/o/x", get(known)),
            "widened: GET /o/x (answered by `ANY /o/{*rest}` before)",
        ),
        (
            below(Router::new(), 2),
            route("/o/{*rest}", any(known)),
            "widened: ANY /o/{*rest} (answered by `ANY /o/…` before)",
        ),
        (
            Router::new().fallback(admin),
            route("/x", get(known)).fallback(admin),
            "widened: GET /x (answered by `ANY /… (fallback)` before)",
        ),
        (
            route("/{a}", get(known)).route("/me", get(admin)),
            route("/{a}", get(known)),
            "widened: GET /me (answered by `GET /{a}` now)",
        ),
        (
            route("/x", get(admin).fallback(admin)),
            route("/x", get(admin).fallback(admin).post(known)),
            "widened: POST /x (answered by `ANY /x (other methods)` before)",
        ),
        (
            Router::new().merge_axum(build_plain(&[Step::Route("/x", 0, 0)]), REQUIREMENTS[2]),
            route("/x", post(known))
                .merge_axum(build_plain(&[Step::Route("/x", 0, 0)]), REQUIREMENTS[2]),
            "incomparable: POST /x (may be answered by `ANY /… (axum router)` before)",
        ),
        (
            route("/x", get(admin)).fallback(open),
            Router::new().fallback(open),
            "became public: GET /x (answered by `ANY /… (fallback)` now)",
        ),
    ];
    for (old, new, expected) in cases {
        assert_eq!(between(&old, &new).first().map(String::as_str), Some(expected));
    }
    // What is new beside other things, or takes nothing away, is just new.
    let quiet: [(Router, Router, &str); 4] = [
        (route("/o", get(admin)), route("/o", get(admin)).route("/p", get(known)), "new: GET /p"),
        (route("/o", get(known)), route("/o", get(known).post(known)), "new: POST /o"),
        (
            route("/o/{*rest}", any(known)),
            route("/o/{*rest}", any(known)).route("/o/x", get(admin)),
            "new: GET /o/x (answered by `ANY /o/{*rest}` before)",
        ),
        (route("/o", get(admin)), Router::new(), "removed: GET /o"),
    ];
    for (old, new, expected) in quiet {
        let comparison = old.access_map().model().compare(new.access_map().model());
        assert!(!comparison.is_widening(), "{comparison}");
        assert_eq!(between(&old, &new), [expected]);
    }
}

fn merged(parts: &[(&'static str, usize)]) -> Router {
    parts.iter().fold(Router::new(), |router, (path, which)| {
        let part = build_plain(&[Step::Route(path, 0, 0)]);
        router.merge_axum(part, REQUIREMENTS[*which])
    })
}

#[test]
fn merged_routers_that_change_places_or_swap_requirements_show() {
    let old = || merged(&[("/a", 2), ("/b", 0)]);
    // Swapped requirements.
    let swapped = merged(&[("/a", 0), ("/b", 2)]);
    let comparison = old().access_map().model().compare(swapped.access_map().model());
    assert!(comparison.endpoints.iter().any(|it| it.change == Change::Widened), "{comparison}");
    assert_ne!(old().access_map().lock_text(), swapped.access_map().lock_text());
    // Another order is the same thing, and says so.
    let turned = merged(&[("/b", 0), ("/a", 2)]);
    let comparison = old().access_map().model().compare(turned.access_map().model());
    assert!(!comparison.is_widening(), "{comparison}");
    // The routers have changed places under the requirements that are there.
    let moved = merged(&[("/b", 2), ("/a", 0)]);
    let comparison = old().access_map().model().compare(moved.access_map().model());
    assert!(comparison.is_widening(), "{comparison}");
}

#[test]
fn what_nothing_tells_apart_is_incomparable_even_if_the_text_is_the_same() {
    let same_path = |get_needs: usize, post_needs: usize| -> Router {
        let get = axum::Router::new().route("/a", plain::get(plain_handler));
        let post = axum::Router::new().route("/a", plain::post(plain_handler));
        Router::new()
            .merge_axum(get, REQUIREMENTS[get_needs])
            .merge_axum(post, REQUIREMENTS[post_needs])
    };
    let old = same_path(0, 2).access_map();
    let changed = same_path(2, 0).access_map();
    let comparison = old.model().compare(changed.model());
    assert!(
        comparison.endpoints.iter().all(|it| it.change == Change::Incomparable),
        "{comparison}"
    );
    let comparison = old.model().compare(old.model());
    assert!(comparison.is_widening(), "{comparison}");
    // One requirement for both needs no one to tell them apart.
    let alike = same_path(2, 2).access_map();
    assert!(!alike.model().compare(alike.model()).is_widening());
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("indistinguishable.lock");
    old.write_lock(&path).unwrap();
    let error = old.check_lock(&path).unwrap_err().to_string();
    assert!(error.contains("it cannot be distinguished from the others there"), "{error}");
    alike.write_lock(&path).unwrap();
    alike.check_lock(&path).unwrap();
}
