//! A prefix distinguishes opaque bearer tokens of schemes from access tokens.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use auth_core::authenticator::{AuthenticatorBuilder, AuthenticatorError};
use auth_core::routing::{get, post};
use auth_core::scheme::{
    Challenge, CredentialError, Location, Locations, PresentedCredential, SchemeError,
    TokenLocation,
};
use auth_core::testing::TestIssuer;
use auth_core::{
    Authentication, AuthenticationScheme, Authenticator, Identity, Method, Router, public, requires,
};
use auth_tests::http::{Permission, Role, Scope, issuer, serve};
use serde_json::json;

use super::send;

/// Keys of programs in `Authorization: Bearer`, for two environments.
#[derive(Clone, Default)]
struct Keys {
    asked: Arc<AtomicUsize>,
}

impl AuthenticationScheme for Keys {
    fn method(&self) -> Method {
        Method::ApiKey
    }

    fn locations(&self) -> Locations {
        Locations::bearer_with_prefix("acme_live_")
            .or(Location::BearerWithPrefix("acme_test_".into()))
    }

    async fn authenticate(
        &self,
        credential: &PresentedCredential,
    ) -> Result<Authentication, SchemeError> {
        self.asked.fetch_add(1, SeqCst);
        match credential.bearer_token()? {
            key @ ("acme_live_1" | "acme_test_1") => {
                Ok(Authentication::vouched_by_scheme(Method::ApiKey, "keys", key)
                    .scopes(["read"])
                    .build())
            }
            _ => Err(SchemeError::Refused("there is no such key")),
        }
    }

    fn challenge(&self) -> Challenge {
        Challenge::new("Bearer").param("realm", "keys")
    }
}

/// Sessions: in a cookie for browsers, as a bearer token for programs.
struct Sessions;

impl AuthenticationScheme for Sessions {
    fn method(&self) -> Method {
        Method::Session
    }

    fn locations(&self) -> Locations {
        Locations::cookie("sid").or(Location::BearerWithPrefix("acme_session_".into()))
    }

    async fn authenticate(
        &self,
        credential: &PresentedCredential,
    ) -> Result<Authentication, SchemeError> {
        let id = match credential.optional_cookie("sid")? {
            Some(cookie) => cookie,
            None => credential.bearer_token()?.trim_start_matches("acme_session_"),
        };
        Ok(Authentication::vouched_by_scheme(Method::Session, "shop", id).build())
    }

    fn challenge(&self) -> Challenge {
        Challenge::new("Session")
    }
}

#[requires(authenticated)]
async fn tokens(caller: Identity) -> String {
    caller.subject().to_owned()
}

#[requires(method = ApiKey)]
async fn keys(caller: Identity) -> String {
    caller.subject().to_owned()
}

#[requires(method = ApiKey | Bearer)]
async fn both(caller: Identity) -> String {
    format!("{} by {}", caller.subject(), caller.method())
}

#[requires(method = Session)]
async fn session(caller: Identity) -> String {
    caller.subject().to_owned()
}

#[requires(method = ApiKey | Session)]
async fn either(caller: Identity) -> String {
    caller.subject().to_owned()
}

#[public]
async fn greeting(caller: Option<Identity>) -> String {
    caller.map_or("a stranger".to_owned(), |caller| caller.subject().to_owned())
}

fn builder(issuer: &TestIssuer) -> AuthenticatorBuilder {
    Authenticator::builder()
        .vocabulary::<(Role, Permission, Scope)>()
        .verifier(issuer.verifier().build().unwrap())
}

fn routes() -> Router {
    Router::new()
        .route("/tokens", get(tokens))
        .route("/keys", get(keys))
        .route("/both", get(both))
        .route("/session", get(session).post(session))
        .route("/either", post(either))
        .route("/greeting", get(greeting))
}

async fn app(issuer: &TestIssuer, scheme: Keys) -> SocketAddr {
    let authenticator = builder(issuer).scheme(scheme).scheme(Sessions).build().unwrap();
    serve(routes().protect(authenticator).unwrap()).await
}

const LIVE: (&str, &str) = ("authorization", "Bearer acme_live_1");

#[tokio::test]
async fn a_token_with_the_prefix_belongs_to_the_scheme() {
    let (issuer, _) = issuer();
    let app = app(&issuer, Keys::default()).await;
    for (path, line, caller) in [
        ("/keys", "Bearer acme_live_1", "acme_live_1"),
        ("/keys", "bearer  acme_test_1 ", "acme_test_1"),
        ("/both", "Bearer acme_live_1", "acme_live_1 by api-key"),
        ("/session", "Bearer acme_session_alice", "alice"),
    ] {
        let answer = send(app, "GET", path, &[("authorization", line)]).await;
        assert_eq!(answer.body, caller, "{path} {line}");
    }
    let token = format!("Bearer {}", issuer.token("bob").sign().unwrap());
    let answer = send(app, "GET", "/both", &[("authorization", &token)]).await;
    assert_eq!(answer.body, "bob by bearer");
    let wrong = send(app, "GET", "/both", &[("authorization", "Bearer acme_live_2")]).await;
    assert_eq!(wrong.json()["code"], "invalid_credential");
}

/// Holds P-26.
#[tokio::test]
async fn an_endpoint_that_accepts_access_tokens_alone_does_not_look_at_it() {
    let (issuer, _) = issuer();
    let scheme = Keys::default();
    let app = app(&issuer, scheme.clone()).await;
    for line in [LIVE.1, "Bearer acme_live_", "Bearer acme_live_a b", "Bearer acme_session_alice"] {
        let refused = send(app, "GET", "/tokens", &[("authorization", line)]).await;
        assert_eq!(
            (refused.status, refused.json()["code"].as_str()),
            (401, Some("unauthenticated"))
        );
        assert_eq!(refused.all("www-authenticate"), ["Bearer"], "{line}");
        let greeting = send(app, "GET", "/greeting", &[("authorization", line)]).await;
        assert_eq!(greeting.body, "a stranger", "{line}");
    }
    assert_eq!(scheme.asked.load(SeqCst), 0);
}

#[tokio::test]
async fn an_endpoint_that_accepts_keys_alone_does_not_look_at_other_tokens() {
    let (issuer, _) = issuer();
    let app = app(&issuer, Keys::default()).await;
    let token = format!("Bearer {}", issuer.token("bob").sign().unwrap());
    for line in [&token, "Bearer acme_session_alice", "Bearer ACME_LIVE_1", "DPoP acme_live_1"] {
        let refused = send(app, "GET", "/keys", &[("authorization", line)]).await;
        assert_eq!(
            (refused.status, refused.json()["code"].as_str()),
            (401, Some("unauthenticated"))
        );
        assert_eq!(refused.all("www-authenticate"), ["Bearer realm=\"keys\""], "{line}");
    }
}

#[tokio::test]
async fn bearer_is_offered_once() {
    let (issuer, _) = issuer();
    let app = app(&issuer, Keys::default()).await;
    assert_eq!(send(app, "GET", "/both", &[]).await.all("www-authenticate"), ["Bearer"]);
    let offered = send(app, "POST", "/either", &[]).await;
    assert_eq!(offered.all("www-authenticate"), ["Bearer realm=\"keys\"", "Session"]);
}

#[tokio::test]
async fn a_token_with_the_prefix_and_other_characters_is_malformed() {
    let (issuer, _) = issuer();
    let app = app(&issuer, Keys::default()).await;
    for line in ["Bearer acme_live_a b", "Bearer acme_live_,x", "Bearer acme_live_\"1\""] {
        for path in ["/keys", "/both"] {
            let answer = send(app, "GET", path, &[("authorization", line)]).await;
            let found = (answer.status, answer.json()["code"].as_str().map(str::to_owned));
            assert_eq!(found, (400, Some("invalid_request".to_owned())), "{path} {line}");
        }
    }
}

#[tokio::test]
async fn two_credentials_that_are_accepted_are_refused() {
    let (issuer, _) = issuer();
    let app = app(&issuer, Keys::default()).await;
    let own = ("sec-fetch-site", "same-origin");
    let cookie = ("cookie", "sid=alice");
    let session = ("authorization", "Bearer acme_session_alice");
    assert_eq!(send(app, "POST", "/either", &[LIVE, cookie, own]).await.status, 400);
    assert_eq!(send(app, "POST", "/session", &[session, cookie, own]).await.status, 400);
    assert_eq!(send(app, "GET", "/keys", &[LIVE, LIVE]).await.status, 400);
    // The cookie is none that is accepted here.
    assert_eq!(send(app, "GET", "/keys", &[LIVE, cookie]).await.body, "acme_live_1");
}

#[tokio::test]
async fn no_browser_sends_a_bearer_token_on_its_own() {
    let (issuer, _) = issuer();
    let app = app(&issuer, Keys::default()).await;
    let session = ("authorization", "Bearer acme_session_alice");
    assert_eq!(send(app, "POST", "/session", &[session]).await.body, "alice");
    let cookie = send(app, "POST", "/session", &[("cookie", "sid=alice")]).await;
    assert_eq!(cookie.json()["code"], "cross_site_request");
}

#[tokio::test]
async fn a_token_of_a_scheme_is_passed_over_where_another_place_has_an_access_token() {
    let (issuer, _) = issuer();
    let authenticator = builder(&issuer)
        .scheme(Keys::default())
        .token_locations([TokenLocation::AUTHORIZATION, TokenLocation::cookie("token")])
        .build()
        .unwrap();
    let app =
        serve(Router::new().route("/tokens", get(tokens)).protect(authenticator).unwrap()).await;
    let cookie = format!("token={}", issuer.token("bob").sign().unwrap());
    assert_eq!(send(app, "GET", "/tokens", &[LIVE, ("cookie", &cookie)]).await.body, "bob");
}

#[tokio::test]
async fn a_token_of_a_scheme_is_no_access_token_without_a_request_either() {
    let (issuer, _) = issuer();
    let authenticator = builder(&issuer).scheme(Keys::default()).build().unwrap();
    let refused = authenticator.authenticate_bearer("acme_live_1").await.unwrap_err();
    assert_eq!(refused.code(), "unauthenticated");
    assert_eq!(CredentialError::UnsupportedToken.code(), "foreign_token");
}

/// A scheme with these prefixes.
struct With(&'static [&'static str]);

impl AuthenticationScheme for With {
    fn method(&self) -> Method {
        Method::custom("with")
    }

    fn locations(&self) -> Locations {
        let (first, others) = self.0.split_first().unwrap();
        let start = Locations::bearer_with_prefix(*first);
        others
            .iter()
            .fold(start, |all, prefix| all.or(Location::BearerWithPrefix((*prefix).into())))
    }

    async fn authenticate(&self, _: &PresentedCredential) -> Result<Authentication, SchemeError> {
        Err(SchemeError::Refused("never asked"))
    }

    fn challenge(&self) -> Challenge {
        Challenge::new("With")
    }
}

#[test]
fn a_prefix_that_tells_nothing_apart_is_a_mistake() {
    let (issuer, _) = issuer();
    for prefix in ["", "e", "eyJ", "eyJhbGciOi", "a b", "a=", "a,"] {
        let scheme = With(Vec::from([prefix]).leak());
        let refused = builder(&issuer).scheme(scheme).build().unwrap_err();
        let expected =
            AuthenticatorError::InvalidBearerPrefix(Method::custom("with"), prefix.to_owned());
        assert_eq!(refused, expected);
        assert!(refused.to_string().contains("help:"), "{refused}");
    }
}

#[test]
fn prefixes_do_not_overlap() {
    let (issuer, _) = issuer();
    let overlap = |one: &str, two: &str| {
        AuthenticatorError::BearerPrefixesOverlap(one.to_owned(), two.to_owned())
    };
    let in_two = builder(&issuer).scheme(With(&["acme_"])).scheme(With(&["acme_live_"]));
    assert_eq!(in_two.build().unwrap_err(), overlap("acme_", "acme_live_"));
    let in_one = builder(&issuer).scheme(With(&["acme_", "acme_"]));
    assert_eq!(in_one.build().unwrap_err(), overlap("acme_", "acme_"));
    assert!(builder(&issuer).scheme(With(&["a_"])).scheme(With(&["b_", "c_"])).build().is_ok());
}

#[test]
fn an_openapi_document_describes_each_way_to_present_a_credential() {
    let (issuer, _) = issuer();
    let authenticator = builder(&issuer).scheme(Keys::default()).scheme(Sessions).build().unwrap();
    let mut document = json!({
        "openapi": "3.1.0",
        "info": { "title": "Shop", "version": "1" },
        "paths": {
            "/session": { "get": { "responses": {} }, "post": { "responses": {} } },
            "/both": { "get": { "responses": {} } },
        },
    });
    let map = routes().access_map().with_security_schemes(authenticator.security_schemes());
    let report = map.apply_to_json(&mut document).unwrap();
    assert_eq!(report.operations_without_endpoint, [""; 0], "{report}");
    let schemes = &document["components"]["securitySchemes"];
    assert_eq!(schemes["session"], json!({"type": "apiKey", "in": "cookie", "name": "sid"}));
    let bearer = |prefixes: &str| {
        let description = format!("A token that begins with {prefixes}.");
        json!({"type": "http", "scheme": "bearer", "description": description})
    };
    assert_eq!(schemes["session-bearer"], bearer("`acme_session_`"));
    assert_eq!(schemes["api-key"], bearer("`acme_live_` or `acme_test_`"));
    assert_eq!(
        document["paths"]["/session"]["get"]["security"],
        json!([{"session": []}, {"session-bearer": []}])
    );
    let both = &document["paths"]["/both"]["get"]["security"];
    assert_eq!(both, &json!([{"bearer": []}, {"api-key": []}]));
}
