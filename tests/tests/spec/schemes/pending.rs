//! A sign-in that is half finished reaches the handlers under `#[pending]`, and nothing else.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use auth_core::access_map::AccessModel;
use auth_core::authenticator::{AssignmentQuery, AuthenticatorBuilder, AuthenticatorError};
use auth_core::policy::{Access, Declaration, HandlerInfo, Policy};
use auth_core::routing::{get, post};
use auth_core::scheme::{
    Challenge, Location, Locations, PresentedCredential, SchemeError, SecurityScheme,
};
use auth_core::testing::{AccessMatrix, CollectingSink, TestIssuer};
use auth_core::web::EndpointError;
use auth_core::{
    AssignmentSource, Assignments, Authentication, AuthenticationScheme, Guard, Identity, Method,
    PendingSignIn, Rejection, Requirement, Router, pending, public, requirement, requires,
};
use auth_tests::http::{Answer, NOW, issuer, serve};
use serde_json::json;

use super::{builder, send};

/// Sign-ins that lack their second factor: the cookie `half` names the user.
struct HalfFinished {
    method: Method,
}

impl AuthenticationScheme for HalfFinished {
    fn method(&self) -> Method {
        self.method
    }

    fn locations(&self) -> Locations {
        Locations::cookie("half").or(Location::BearerWithPrefix("half_".into()))
    }

    async fn authenticate(
        &self,
        credential: &PresentedCredential,
    ) -> Result<Authentication, SchemeError> {
        let user = match credential.optional_cookie("half")? {
            Some(user) => user,
            None => credential.bearer_token()?.trim_start_matches("half_"),
        };
        if user == "nobody" {
            return Err(SchemeError::Refused("there is no such sign-in"));
        }
        let mut claims = serde_json::Map::new();
        claims.insert("epoch".to_owned(), 7.into());
        Ok(Authentication::vouched_by_scheme(self.method, "https://shop.test", user)
            .roles(["admin", "clerk"])
            .token_id(format!("sign-in of {user}"))
            .amr(["pwd"])
            .issued_at(NOW - 30)
            .expires_at(NOW + 300)
            .claims(claims)
            .build())
    }

    fn challenge(&self) -> Challenge {
        Challenge::new("HalfFinished")
    }
}

const HALF: HalfFinished = HalfFinished { method: Method::Pending };

/// Finishes a sign-in.
#[pending(second_factor)]
async fn enter_code(sign_in: PendingSignIn) -> String {
    let epoch = &sign_in.claims()["epoch"];
    let (by, ends) = (sign_in.amr().join("+"), sign_in.expires_at() - NOW);
    format!("{} by {by}, epoch {epoch}, ends in {ends}: {sign_in:?}", sign_in.subject())
}

#[pending(second_factor)]
async fn takes_a_caller(caller: Result<Identity, Rejection>) -> String {
    caller.map_or_else(|error| format!("{:?}", error.error()), |it| it.subject().to_owned())
}

#[requires(authenticated)]
async fn by_default(caller: Identity) -> String {
    caller.subject().to_owned()
}

#[requires(method = Session | ApiKey | Bearer)]
async fn by_any(caller: Identity) -> String {
    caller.subject().to_owned()
}

#[requires(authenticated)]
async fn takes_a_sign_in(_: PendingSignIn) {}

#[public]
async fn greeting(caller: Option<Identity>) -> String {
    caller.map_or("a stranger".to_owned(), |caller| caller.subject().to_owned())
}

#[public]
async fn tries(sign_in: Result<PendingSignIn, Rejection>) -> String {
    sign_in.map_or_else(|error| format!("{:?}", error.error()), |it| it.subject().to_owned())
}

fn routes() -> Router {
    Router::new()
        .route("/code", post(enter_code).get(enter_code))
        .route("/takes-a-caller", get(takes_a_caller))
        .route("/default", get(by_default))
        .route("/any", get(by_any))
        .route("/takes-a-sign-in", get(takes_a_sign_in))
        .route("/greeting", get(greeting))
        .route("/tries", get(tries))
}

async fn app(issuer: &TestIssuer) -> SocketAddr {
    let authenticator = builder(issuer).pending(HALF).build().unwrap();
    serve(routes().protect(authenticator).unwrap()).await
}

const COOKIE: (&str, &str) = ("cookie", "half=alice");
const TOKEN: (&str, &str) = ("authorization", "Bearer half_alice");
const OWN: (&str, &str) = ("sec-fetch-site", "same-origin");

fn code(answer: &Answer) -> (u16, String) {
    (answer.status, answer.json()["code"].as_str().unwrap_or_default().to_owned())
}

/// Holds P-27.
#[tokio::test]
async fn a_half_finished_sign_in_reaches_the_handler_that_finishes_it() {
    let (issuer, _) = issuer();
    let app = app(&issuer).await;
    for headers in [&[COOKIE, OWN][..], &[TOKEN]] {
        let answer = send(app, "POST", "/code", headers).await;
        assert!(answer.body.starts_with("alice by pwd, epoch 7, ends in 300: "), "{}", answer.body);
        assert!(!answer.body.contains("Object"), "{}", answer.body);
    }
    let wrong = send(app, "POST", "/code", &[("cookie", "half=nobody"), OWN]).await;
    assert_eq!(code(&wrong), (401, "invalid_credential".to_owned()));
}

/// Holds P-27.
#[tokio::test]
async fn a_half_finished_sign_in_reaches_nothing_else() {
    let (issuer, _) = issuer();
    let app = app(&issuer).await;
    for headers in [COOKIE, TOKEN] {
        for path in ["/default", "/any", "/takes-a-sign-in"] {
            let answer = send(app, "GET", path, &[headers]).await;
            assert_eq!(code(&answer), (401, "unauthenticated".to_owned()), "{path} {headers:?}");
        }
        assert_eq!(send(app, "GET", "/greeting", &[headers]).await.body, "a stranger");
    }
}

/// Holds P-27.
#[tokio::test]
async fn a_handler_that_finishes_a_sign_in_accepts_no_other_credential() {
    let (issuer, _) = issuer();
    let app = app(&issuer).await;
    let token = format!("Bearer {}", issuer.token("bob").roles(["admin"]).sign().unwrap());
    for headers in [
        ("cookie", "sid=alice.admin"),
        ("x-api-key", "key-of-reports"),
        ("authorization", token.as_str()),
    ] {
        let answer = send(app, "POST", "/code", &[headers, OWN]).await;
        assert_eq!(code(&answer), (401, "unauthenticated".to_owned()), "{headers:?}");
        assert_eq!(answer.all("www-authenticate"), ["HalfFinished"]);
    }
    let beside = [("cookie", "sid=bob.admin; half=alice"), OWN];
    assert!(send(app, "POST", "/code", &beside).await.body.starts_with("alice by pwd"));
}

/// Holds P-27.
#[tokio::test]
async fn a_half_finished_sign_in_is_no_caller() {
    let (issuer, _) = issuer();
    let app = app(&issuer).await;
    let found = send(app, "GET", "/takes-a-caller", &[COOKIE]).await.body;
    assert!(found.contains("a half-finished sign-in is no caller"), "{found}");
    let session = [("cookie", "sid=alice.clerk")];
    let token = format!("Bearer {}", issuer.token("bob").sign().unwrap());
    let bearer = [("authorization", token.as_str())];
    let misplaced = send(app, "GET", "/takes-a-sign-in", &bearer).await;
    assert_eq!(code(&misplaced), (500, "misplaced_sign_in".to_owned()));
    for headers in [&[COOKIE][..], &session, &bearer, &[]] {
        let found = send(app, "GET", "/tries", headers).await.body;
        assert!(found.contains("a half-finished sign-in is no caller"), "{found}");
    }
}

#[tokio::test]
async fn a_cross_site_request_finishes_no_sign_in() {
    let (issuer, _) = issuer();
    let app = app(&issuer).await;
    for headers in [&[COOKIE][..], &[COOKIE, ("origin", "https://evil.test")]] {
        let answer = send(app, "POST", "/code", headers).await;
        assert_eq!(code(&answer), (403, "cross_site_request".to_owned()));
    }
}

/// A guard by hand behind the one of `#[pending]`.
struct Anyone;

impl Policy for Anyone {
    type Checks = ();
    const DECLARATION: Declaration = Declaration {
        access: Access::Requires(Requirement::Authenticated),
        handler: HandlerInfo { name: "anyone", module: "", doc: "", file: "", line: 0 },
        cross_site: None,
    };
}

type Hidden = Result<Guard<Anyone>, Rejection>;

#[pending(second_factor)]
async fn second_guard(guard: Hidden) -> &'static str {
    if guard.is_ok() { "let in" } else { "refused" }
}

/// Holds P-27.
#[tokio::test]
async fn no_second_guard_takes_a_half_finished_sign_in_for_a_caller() {
    let (issuer, _) = issuer();
    let authenticator = builder(&issuer).pending(HALF).build().unwrap();
    let app = Router::new().route("/code", get(second_guard));
    let app = serve(app.protect(authenticator).unwrap()).await;
    assert_eq!(send(app, "GET", "/code", &[COOKIE]).await.body, "refused");
}

/// Counts how often it is asked.
#[derive(Clone, Default)]
struct Counted(Arc<AtomicUsize>);

impl AssignmentSource for Counted {
    type Error = std::convert::Infallible;

    async fn assignments(&self, _: AssignmentQuery<'_>) -> Result<Assignments, Self::Error> {
        self.0.fetch_add(1, SeqCst);
        Ok(Assignments::none())
    }
}

#[tokio::test]
async fn no_one_is_asked_what_a_half_finished_sign_in_may_do() {
    let (issuer, _) = issuer();
    let (source, sink) = (Counted::default(), CollectingSink::default());
    let authenticator = builder(&issuer)
        .pending(HALF)
        .assignment_source(source.clone())
        .audit(sink.clone())
        .build()
        .unwrap();
    let app = serve(routes().protect(authenticator).unwrap()).await;
    assert_eq!(send(app, "POST", "/code", &[TOKEN]).await.status, 200);
    assert_eq!(source.0.load(SeqCst), 0);
    let events = sink.take();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].subject.as_deref(), Some("alice"));
    assert_eq!(events[0].token_id.as_deref(), Some("sign-in of alice"));
}

#[requires(REQUIRED)]
async fn by_a_constant() {}

/// A requirement by hand; the macro rejects the word.
const REQUIRED: Requirement = Requirement::Method(&[Method::Session, Method::Pending]);

/// Holds P-27.
#[test]
fn protect_refuses_what_would_mix_half_finished_sign_ins_with_callers() {
    let (issuer, _) = issuer();
    let authenticator = || builder(&issuer).pending(HALF).build().unwrap();
    let app: Router = Router::new().route("/code", post(enter_code));
    let without = app.protect(builder(&issuer).build().unwrap()).unwrap_err();
    assert!(
        matches!(
            without.problems(),
            [EndpointError::MethodWithoutScheme { method: Method::Pending, .. }]
        ),
        "{without}"
    );
    assert!(without.to_string().contains("`.pending(..)`"), "{without}");
    let app: Router = Router::new().route("/a", get(by_a_constant));
    let named = app.protect(authenticator()).unwrap_err();
    assert!(matches!(named.problems(), [EndpointError::ReservedMethod { .. }]), "{named}");
    for around in [requirement!(authenticated), requirement!(method = Session)] {
        let app: Router = Router::new().route("/code", post(enter_code)).require(around);
        let required = app.protect(authenticator()).unwrap_err();
        assert!(
            matches!(required.problems(), [EndpointError::RequiredOfPending { .. }]),
            "{required}"
        );
    }
}

#[test]
fn a_builder_takes_half_finished_sign_ins_in_their_place_alone() {
    let (issuer, _) = issuer();
    let build = |builder: AuthenticatorBuilder| builder.build().unwrap_err();
    assert_eq!(build(builder(&issuer).scheme(HALF)), AuthenticatorError::ReservedMethod);
    for method in [Method::Pending, Method::Custom("pending")] {
        let listed = builder(&issuer).pending(HALF).methods([Method::Bearer, method]);
        assert_eq!(build(listed), AuthenticatorError::ReservedMethod);
        let custom = HalfFinished { method };
        assert_eq!(build(builder(&issuer).scheme(custom)), AuthenticatorError::ReservedMethod);
    }
    let other = HalfFinished { method: Method::custom("half") };
    let expected = AuthenticatorError::NotPending(Method::custom("half"));
    assert_eq!(build(builder(&issuer).pending(other)), expected);
}

#[test]
fn the_map_lists_them_as_a_kind_of_their_own() {
    let app: Router = Router::new().route("/code", post(enter_code));
    let map = app.access_map();
    let endpoint = &map.endpoints()[0];
    assert_eq!((endpoint.pending_step(), endpoint.is_public()), (Some("second_factor"), false));
    assert!(map.to_string().contains("pending sign-in: second_factor"), "{map}");
    assert!(map.to_csv().contains("\"pending sign-in: second_factor\""), "{}", map.to_csv());
    let markdown = map.to_markdown();
    assert!(markdown.contains("**pending sign-in**: `second_factor`"), "{markdown}");
    assert!(markdown.contains("- Takes half-finished sign-ins that lack the `second_factor`"));
    let json: serde_json::Value = serde_json::from_str(&map.to_json()).unwrap();
    let listed = &json["endpoints"][0];
    assert_eq!(
        (&listed["pending"], &listed["methods"]),
        (&json!("second_factor"), &json!(["pending"]))
    );
    let schema: serde_json::Value = serde_json::from_str(auth_core::access_map::SCHEMA).unwrap();
    assert!(jsonschema::draft202012::new(&schema).unwrap().is_valid(&json));
    assert_eq!(&AccessModel::from_json(&map.to_json()).unwrap(), map.model());
    assert!(map.to_html().contains("\"pending\":\"second_factor\""));
}

#[test]
fn the_lock_has_a_line_for_them() {
    let app: Router = Router::new().route("/code", post(enter_code));
    let map = app.access_map();
    let text = map.lock_text();
    assert!(text.contains("pending = \"second_factor\"") && !text.contains("requires"), "{text}");
    let locked = AccessModel::from_lock(&text).unwrap();
    assert!(locked.compare(map.model()).changes().is_empty());
    let other: Router = Router::new().route("/code", post(by_any));
    let opened = locked.compare(other.access_map().model());
    assert!(opened.is_widening() && opened.to_markdown().contains("pending"), "{opened}");
    let both = text.replace("pending = ", "public = \"\"\npending = ");
    assert!(AccessModel::from_lock(&both).is_err());
}

#[test]
fn an_openapi_document_describes_the_credential() {
    let (issuer, _) = issuer();
    let authenticator = builder(&issuer).pending(HALF).build().unwrap();
    let mut document = json!({
        "openapi": "3.1.0",
        "info": { "title": "Shop", "version": "1" },
        "paths": { "/code": { "post": { "responses": {} } } },
    });
    let app: Router = Router::new().route("/code", post(enter_code));
    let map = app.access_map().with_security_schemes(authenticator.security_schemes());
    assert!(map.apply_to_json(&mut document).unwrap().is_complete());
    let operation = &document["paths"]["/code"]["post"];
    assert_eq!(operation["security"], json!([{"pending": []}, {"pending-bearer": []}]));
    assert_eq!(operation["x-required"]["pending"], "second_factor");
    let cookie = &document["components"]["securitySchemes"]["pending"];
    assert_eq!(*cookie, SecurityScheme::cookie("half").to_json());
}

#[tokio::test]
async fn the_matrix_asks_the_handler_that_finishes_a_sign_in_without_a_credential() {
    let app: Router = Router::new().route("/code", post(enter_code)).route("/any", get(by_any));
    let report = AccessMatrix::of(app).run().await;
    let text = report.to_string();
    assert!(text.contains("the matrix sends bearer tokens"), "{text}");
}
