//! From the name of an issuer to its keys, over HTTP.

use std::time::{Duration, Instant};

use auth_core::JwtVerifier;
use auth_core::keys::{JwksRefresh, KeySourceError};
use auth_core::testing::TestIssuer;
use auth_core::token::{JwtVerifierBuilder, JwtVerifierError, VerifyError};
use auth_tests::key_server::{KeyServer, Reply};

const OAUTH: &str = "/.well-known/oauth-authorization-server";
const OPENID: &str = "/.well-known/openid-configuration";
const LIMIT: Duration = Duration::from_secs(2);

fn discovering(issuer: &str) -> JwtVerifierBuilder {
    JwtVerifier::builder()
        .issuer(issuer)
        .audience("api")
        .refresh(JwksRefresh::default().timeout(LIMIT))
        .discover()
}

fn metadata(issuer: &str, jwks_uri: &str) -> Reply {
    Reply::ok(&format!(r#"{{"issuer":"{issuer}","jwks_uri":"{jwks_uri}","x":[]}}"#))
}

/// A server whose keys are at `/keys`, and the issuer whose keys they are.
async fn server(path: &str) -> (KeyServer, TestIssuer) {
    let server = KeyServer::start().await;
    let issuer = TestIssuer::new(server.url(path), "api").unwrap();
    server.set("/keys", Reply::ok(&issuer.jwks_json()));
    (server, issuer)
}

/// How the first attempt ended: why it failed, or nothing if there are keys.
async fn first_attempt(verifier: &JwtVerifier) -> Option<String> {
    loop {
        match verifier.ready(Duration::from_millis(50)).await.map_err(|error| error.to_string()) {
            Ok(()) => return None,
            Err(told) if told.contains("no attempt has ended") => {}
            Err(told) => return Some(told),
        }
    }
}

/// Why the issuer is not ready, or nothing if it is.
async fn problem(issuer: &TestIssuer) -> Option<String> {
    let verifier = discovering(issuer.issuer()).build().unwrap();
    let told = first_attempt(&verifier).await;
    let outcome = verifier.verify(&issuer.token("alice").sign().unwrap());
    match &told {
        None => assert!(outcome.is_ok()),
        Some(_) => assert!(matches!(outcome, Err(VerifyError::Unavailable { .. }))),
    }
    told
}

#[tokio::test]
async fn metadata_of_rfc_8414_comes_first_and_openid_connect_second() {
    for (path, oauth, openid) in [
        ("", OAUTH, OPENID),
        ("/", OAUTH, OPENID),
        (
            "/realms/shop",
            "/.well-known/oauth-authorization-server/realms/shop",
            "/realms/shop/.well-known/openid-configuration",
        ),
    ] {
        let (at, issuer) = server(path).await;
        at.set(oauth, metadata(issuer.issuer(), &at.url("/keys")));
        assert_eq!(problem(&issuer).await, None);
        assert_eq!(at.requests(), [oauth, "/keys"]);

        let (at, issuer) = server(path).await;
        at.set(openid, metadata(issuer.issuer(), &at.url("/keys")));
        assert_eq!(problem(&issuer).await, None);
        assert_eq!(at.requests(), [oauth, openid, "/keys"]);
    }
}

#[tokio::test]
async fn an_invalid_first_document_does_not_hide_the_second() {
    let (at, issuer) = server("").await;
    at.set(OPENID, metadata(issuer.issuer(), &at.url("/keys")));
    for first in [
        Reply::ok("<!doctype html><title>Welcome</title>"),
        Reply::with("302 Found", &["location: /welcome"], ""),
        Reply::with("500 Oops", &[], ""),
        metadata("https://another.test", &at.url("/keys")),
        Reply::ok(&format!(r#"{{"issuer":"{}"}}"#, issuer.issuer())),
    ] {
        at.set(OAUTH, first);
        assert_eq!(problem(&issuer).await, None);
    }
}

#[tokio::test]
async fn the_metadata_of_another_issuer_is_rejected() {
    let (at, issuer) = server("").await;
    for other in [format!("{}/", issuer.issuer()), "https://another.test".to_owned()] {
        at.set(OAUTH, metadata(&other, &at.url("/keys")));
        let problem = problem(&issuer).await.unwrap();
        assert!(problem.contains("of another issuer"), "{problem}");
    }
    assert_eq!(at.hits("/keys"), 0);
}

/// Holds P-13.
#[tokio::test]
async fn no_redirect_is_followed() {
    let (at, issuer) = server("").await;
    let elsewhere = KeyServer::start().await;
    elsewhere.set("/keys", Reply::ok(&issuer.jwks_json()));
    let location = format!("location: {}", elsewhere.url("/keys"));
    for status in ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"] {
        at.set(OAUTH, metadata(issuer.issuer(), &at.url("/keys")));
        at.set("/keys", Reply::with(status, &[&location], ""));
        let told = problem(&issuer).await.unwrap();
        assert!(told.contains("answered with status 30"), "{told}");
        at.set(OAUTH, Reply::with(status, &[&location], ""));
        assert!(problem(&issuer).await.is_some());
    }
    assert_eq!(elsewhere.requests(), [""; 0]);
}

/// Holds P-13.
#[tokio::test]
async fn metadata_has_bounds_of_size_and_time() {
    let (at, issuer) = server("").await;
    at.set(OPENID, Reply::Endless);
    at.set(OAUTH, Reply::Endless);
    assert!(problem(&issuer).await.unwrap().contains("longer than the limit"));
    at.set(OAUTH, Reply::Hang);
    let verifier = discovering(issuer.issuer())
        .refresh(JwksRefresh::default().timeout(Duration::from_millis(100)))
        .build()
        .unwrap();
    let told = first_attempt(&verifier).await.unwrap();
    assert!(told.contains("time limit"), "{told}");
    assert!(told.contains("help:"), "{told}");
}

/// The set moves; its old address is gone, hangs, or answers with something else: the metadata is asked
/// again.
#[tokio::test]
async fn keys_that_have_moved_are_found_again() {
    let no_key_sets = [r#"{"keys":[]}"#, "<html>Welcome</html>"].map(Reply::ok);
    let gone = [Reply::with("404 Not Found", &[], ""), Reply::Hang].into_iter().chain(no_key_sets);
    for gone in gone {
        let (at, old) = server("").await;
        let new = TestIssuer::new(at.origin(), "api").unwrap().with_key_id("new").unwrap();
        at.set_metadata(&at.url("/keys"));
        let refresh =
            JwksRefresh::default().min_refetch_interval(Duration::ZERO).timeout(LIMIT / 2);
        let verifier = discovering(&at.origin()).refresh(refresh).build().unwrap();
        verifier.ready(LIMIT).await.unwrap();
        assert!(verifier.verify(&old.token("a").sign().unwrap()).is_ok());

        at.set("/keys", gone);
        at.set("/moved", Reply::ok(&new.jwks_json()));
        at.set_metadata(&at.url("/moved"));
        let token = new.token("b").sign().unwrap();
        // Where the old address hangs, the time is up before the metadata can be asked.
        let found = match verifier.verify_or_refresh(&token).await {
            Err(VerifyError::Unavailable { .. }) => verifier.verify_or_refresh(&token).await,
            found => found,
        };
        assert!(found.is_ok(), "{found:?}");
        assert!(verifier.verify(&old.token("a").sign().unwrap()).is_err());
        assert_eq!((at.hits(OAUTH), at.hits("/moved")), (2, 1));
    }
}

/// The set moves and its old address goes on answering: the metadata has a greatest age.
#[tokio::test]
async fn metadata_is_asked_again_when_it_is_old() {
    let (at, old) = server("").await;
    let new = TestIssuer::new(at.origin(), "api").unwrap().with_key_id("new").unwrap();
    at.set_metadata(&at.url("/keys"));
    let age = Duration::from_millis(200);
    let refresh = JwksRefresh::default().min_age(age).max_age(age);
    let verifier = discovering(&at.origin()).refresh(refresh).build().unwrap();
    verifier.ready(LIMIT).await.unwrap();
    at.set("/moved", Reply::ok(&new.jwks_json()));
    at.set_metadata(&at.url("/moved"));
    at.wait_for_hits("/moved", 2).await;
    assert!(verifier.verify(&new.token("b").sign().unwrap()).is_ok());
    assert!(verifier.verify(&old.token("b").sign().unwrap()).is_err());
}

#[tokio::test]
async fn building_does_not_wait_for_the_provider() {
    let (at, issuer) = server("").await;
    at.set(OAUTH, Reply::Hang);
    let begin = Instant::now();
    let verifier = discovering(issuer.issuer()).build().unwrap();
    let told = verifier.verify(&issuer.token("alice").sign().unwrap());
    assert!(matches!(told, Err(VerifyError::Unavailable { retry_after: 1.. })));
    assert!(begin.elapsed() < LIMIT);
}

#[test]
fn a_verifier_that_is_built_outside_of_a_runtime_fetches_with_the_first_request() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (at, issuer) = runtime.block_on(server(""));
    at.set_metadata(&at.url("/keys"));
    let verifier = discovering(issuer.issuer()).build().unwrap();
    let token = issuer.token("alice").sign().unwrap();
    assert!(matches!(verifier.verify(&token), Err(VerifyError::Unavailable { .. })));
    assert!(runtime.block_on(verifier.verify_or_refresh(&token)).is_ok());
    assert!(verifier.verify(&token).is_ok());
    // And outlives the runtime it first ran on.
    drop(runtime);
    assert!(verifier.verify(&token).is_ok());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let other = TestIssuer::new(issuer.issuer(), "api").unwrap().with_key_id("x").unwrap();
    let refused = runtime.block_on(verifier.verify_or_refresh(&other.token("a").sign().unwrap()));
    assert!(matches!(refused, Err(VerifyError::Unavailable { .. })), "{refused:?}");
    assert!(runtime.block_on(verifier.verify_or_refresh(&token)).is_ok());
}

#[test]
fn a_builder_says_what_does_not_go_together() {
    let base = || JwtVerifier::builder().issuer("https://id.test").audience("api");
    let error = |builder: JwtVerifierBuilder| builder.build().unwrap_err();
    let issuer = TestIssuer::new("https://id.test", "api").unwrap();
    let several = JwtVerifierError::from(KeySourceError::SeveralKeySources);
    assert_eq!(error(base().discover().keys(issuer.jwks())), several);
    assert_eq!(error(base().discover().jwks_uri("https://id.test/keys")), several);
    assert_eq!(
        error(base().issuer("accounts").discover()),
        KeySourceError::IssuerAddress("accounts".to_owned()).into()
    );
    for url in ["", "http://id.test/keys", "https://id.test/keys#a", "file:///keys"] {
        assert_eq!(error(base().jwks_uri(url)), KeySourceError::JwksUri(url.to_owned()).into());
    }
    let of = |refresh| error(base().discover().refresh(refresh)).to_string();
    let day = Duration::from_secs(24 * 60 * 60);
    let (zero, refresh) = (Duration::ZERO, JwksRefresh::default);
    assert_eq!(
        of(refresh().timeout(zero)),
        "`JwksRefresh::timeout` is `0ns`, expected between 10ms and 60s"
    );
    assert!(of(refresh().min_refetch_interval(day)).contains("min_refetch_interval"));
    assert!(of(refresh().min_age(zero)).contains("min_age"));
    assert!(of(refresh().min_age(day)).contains("between 100ms and 3600s"));
    assert!(of(refresh().max_age(day * 2)).contains("max_age"));
    assert!(of(refresh().max_stale(zero)).contains("max_stale"));
    assert!(of(refresh().root_certificates("no PEM")).contains("CERTIFICATE"));
    assert!(base().discover().refresh(refresh().min_refetch_interval(zero)).build().is_ok());
}
