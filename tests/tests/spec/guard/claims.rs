//! `Claims<T>`: what the token says, as a type of the application.

use auth_core::routing::{get, post};
use auth_core::testing::CollectingSink;
use auth_core::{
    Authenticator, Claims, Identity, Rejection, Router, check, public, requirement, requires,
};
use auth_tests::http::{Permission, Role, Scope, authenticator, issuer, send, send_as, serve};
use axum::Json;
use axum::extract::{DefaultBodyLimit, Path};
use serde::Deserialize;
use serde_json::json;

use crate::logged::Logged;

#[derive(Clone, Debug, Deserialize)]
struct Contact {
    email: String,
    #[serde(default)]
    locale: Option<String>,
    address: Option<Address>,
}

#[derive(Clone, Debug, Deserialize)]
struct Address {
    country: String,
}

#[requires(scope = Read)]
async fn write_to(Claims(contact): Claims<Contact>) -> String {
    let country = contact.address.map(|address| address.country);
    format!("{} {:?} {country:?}", contact.email, contact.locale)
}

#[public]
async fn greet(claims: Option<Claims<Contact>>) -> String {
    claims.map_or_else(|| "stranger".to_owned(), |Claims(contact)| contact.email)
}

#[public]
async fn demand(claims: Result<Claims<Contact>, Rejection>) -> Result<String, Rejection> {
    claims.map(|Claims(contact)| contact.email)
}

#[check("the address is the caller's own")]
async fn own(Claims(contact): Claims<Contact>, Path(email): Path<String>) -> bool {
    contact.email == email
}

#[requires(check = own)]
async fn change(
    Claims(contact): Claims<Contact>,
    caller: Identity,
    Json(body): Json<serde_json::Value>,
) -> String {
    format!("{} {} {body}", caller.subject(), contact.email)
}

fn routes() -> Router {
    Router::new()
        .route("/write", get(write_to))
        .route("/greet", get(greet))
        .route("/demand", get(demand))
        .route("/mail/{email}", post(change))
        .layer(DefaultBodyLimit::max(64))
        .require(requirement!(any(scope = Scope::Read, not(scope = Scope::Write))))
}

#[tokio::test]
async fn claims_come_as_a_type() {
    let (issuer, _) = issuer();
    let address = serve(routes().protect(authenticator(&issuer)).unwrap()).await;
    let token = issuer.token("alice").scopes(["read"]).claim("email", "alice@home.test");
    let short = token.clone().sign().unwrap();
    let long = token.claim("locale", "de").claim("address", json!({"country": "CH"}));
    let long = long.sign().unwrap();
    let get = async |token: &str| send_as(address, "GET", "/write", token).await.body;
    assert_eq!(get(&short).await, "alice@home.test None None");
    assert_eq!(get(&long).await, r#"alice@home.test Some("de") Some("CH")"#);
}

#[tokio::test]
async fn without_a_credential_it_is_401_or_none() {
    let (issuer, _) = issuer();
    // Nothing is required around them, so these are open.
    let open = Router::new().route("/greet", get(greet)).route("/demand", get(demand));
    let address = serve(open.protect(authenticator(&issuer)).unwrap()).await;
    let answer = send(address, "GET", "/demand", &[]).await;
    assert_eq!((answer.status, answer.header("www-authenticate")), (401, "Bearer"));
    assert_eq!(send(address, "GET", "/greet", &[]).await.body, "stranger");
    let token = issuer.token("alice").claim("email", "alice@home.test").sign().unwrap();
    assert_eq!(send_as(address, "GET", "/greet", &token).await.body, "alice@home.test");
    assert_eq!(send_as(address, "GET", "/greet", "no.a.token").await.status, 401);
}

#[tokio::test]
async fn claims_that_do_not_fit_the_type_are_401() {
    Logged::listen();
    let (issuer, _) = issuer();
    let events = CollectingSink::default();
    let authenticator = Authenticator::builder()
        .vocabulary::<(Role, Permission, Scope)>()
        .verifier(issuer.verifier().build().unwrap())
        .audit(events.clone())
        .build()
        .unwrap();
    let address = serve(routes().protect(authenticator).unwrap()).await;
    let token = || issuer.token("alice").scopes(["read"]);
    for wrong in [
        token(),
        token().claim("email", json!(["secret@home.test"])),
        token().claim("email", json!({"secret@home.test": 1})),
        token().claim("email", "secret@home.test").claim("address", json!({"country": 99_123})),
    ] {
        let wrong = wrong.sign().unwrap();
        for path in ["/write", "/greet", "/demand"] {
            drop(events.take());
            let answer = send_as(address, "GET", path, &wrong).await;
            assert_eq!(answer.status, 401, "{path}");
            let challenge = answer.header("www-authenticate");
            assert!(challenge.starts_with(r#"Bearer error="invalid_token""#), "{challenge}");
            assert_eq!(answer.json()["code"], "invalid_token");
            let noted = events.take();
            let refused = noted.last().unwrap();
            assert_eq!(refused.token_error, Some("unexpected_claims"));
            assert_eq!(refused.handler, "the extractor Claims");
            assert_eq!(refused.subject.as_deref(), Some("alice"));
            let lines = Logged::take().join("\n");
            assert!(lines.contains("claims::Contact"), "the log names the type: {lines}");
            for text in [&lines, &answer.body, &format!("{noted:?}")] {
                assert!(!text.contains("secret") && !text.contains("99123"), "{text}");
            }
        }
    }
}

#[tokio::test]
async fn a_check_reads_them_before_the_body_is_touched() {
    let (issuer, _) = issuer();
    let address = serve(routes().protect(authenticator(&issuer)).unwrap()).await;
    let token = issuer.token("alice").scopes(["read"]).claim("email", "alice@home.test");
    let authorization = format!("authorization: Bearer {}", token.sign().unwrap());
    let post = async |path: &str, body: &str| {
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n{authorization}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        auth_tests::http::send_raw(address, request.as_bytes()).await
    };
    let answer = post("/mail/alice@home.test", "{}").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "alice alice@home.test {}"));
    assert_eq!(post("/mail/bob@home.test", "{").await.status, 403);
    let long = format!("\"{}\"", "x".repeat(100));
    assert_eq!(post("/mail/alice@home.test", &long).await.status, 413, "the limit stands");
}

#[tokio::test]
async fn a_load_or_any_function_reads_them_from_an_identity() {
    #[derive(Deserialize)]
    struct Borrowed<'a> {
        email: &'a str,
    }

    let (issuer, _) = issuer();
    let token = issuer.token("alice").claim("email", "alice@home.test").sign().unwrap();
    let caller = authenticator(&issuer).authenticate_bearer(&token).await.unwrap();
    // Borrowed from the token: nothing is copied.
    assert_eq!(caller.claims_as::<Borrowed<'_>>().unwrap().email, "alice@home.test");
    let error = caller.claims_as::<Vec<u8>>().unwrap_err();
    assert_eq!(error.code(), "invalid_token");
    assert!(!error.to_string().contains("alice"), "{error}");
}

/// A handler outside of a protected router has no caller, with any extractor.
#[tokio::test]
async fn outside_of_a_protected_router_it_is_500() {
    let app = axum::Router::new().route("/demand", axum::routing::get(demand));
    let address = serve(app).await;
    assert_eq!(send(address, "GET", "/demand", &[]).await.status, 500);
}
