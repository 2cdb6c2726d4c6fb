//! Keys that change while tokens are verified, over HTTP.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use auth_core::JwtVerifier;
use auth_core::keys::JwksRefresh;
use auth_core::testing::TestIssuer;
use auth_core::token::VerifyError;
use auth_tests::key_server::{KeyServer, Reply};
use serde_json::{Value, json};

const ISSUER: &str = "https://issuer.test";
const LIMIT: Duration = Duration::from_secs(10);
const KEYS: &str = "/keys";

fn issuer(kid: &str) -> TestIssuer {
    TestIssuer::new(ISSUER, "api").unwrap().with_key_id(kid).unwrap()
}

fn token(issuer: &TestIssuer) -> String {
    issuer.token("alice").sign().unwrap()
}

/// The key set of several issuers.
fn set(issuers: &[&TestIssuer]) -> String {
    let key = |issuer: &&TestIssuer| {
        let mut jwks: Value = serde_json::from_str(&issuer.jwks_json()).unwrap();
        jwks["keys"][0].take()
    };
    json!({ "keys": issuers.iter().map(key).collect::<Vec<_>>() }).to_string()
}

fn verifier(server: &KeyServer, refresh: JwksRefresh) -> JwtVerifier {
    JwtVerifier::builder()
        .issuer(ISSUER)
        .audience("api")
        .jwks_uri(server.url(KEYS))
        .refresh(refresh)
        .build()
        .unwrap()
}

/// A server with the keys of one issuer, and a verifier that has fetched them.
async fn warm(issuer: &TestIssuer, refresh: JwksRefresh) -> (KeyServer, JwtVerifier) {
    let server = KeyServer::start().await;
    server.set(KEYS, Reply::ok(&issuer.jwks_json()));
    let verifier = verifier(&server, refresh);
    verifier.ready(LIMIT).await.unwrap();
    (server, verifier)
}

/// Settings under which a set is asked for again all the time.
fn quick() -> JwksRefresh {
    let age = Duration::from_millis(100);
    JwksRefresh::default().min_refetch_interval(Duration::ZERO).min_age(age).max_age(age)
}

#[tokio::test]
async fn a_new_key_is_fetched_when_the_first_token_of_it_comes() {
    let (old, new) = (issuer("1"), issuer("2"));
    let (server, verifier) = warm(&old, JwksRefresh::default()).await;
    server.set(KEYS, Reply::ok(&set(&[&old, &new])));
    assert_eq!(verifier.verify(&token(&new)).unwrap_err(), VerifyError::UnknownKey);
    assert!(verifier.verify_or_refresh(&token(&new)).await.is_ok());
    assert!(verifier.verify(&token(&old)).is_ok());
    assert_eq!(server.hits(KEYS), 2);
}

#[tokio::test]
async fn a_token_without_key_id_whose_signature_fits_no_key_asks_for_others() {
    let (old, new) = (issuer("1"), issuer("2"));
    let (server, verifier) = warm(&old, JwksRefresh::default()).await;
    server.set(KEYS, Reply::ok(&set(&[&old, &new])));
    let unnamed = new.token("alice").without_header("kid").sign().unwrap();
    assert!(verifier.verify_or_refresh(&unnamed).await.is_ok());
    assert_eq!(server.hits(KEYS), 2);
}

/// No key would make the token acceptable, so the provider is not asked.
///
/// Holds P-13.
#[tokio::test]
async fn only_a_token_that_lacks_nothing_but_its_key_asks_for_others() {
    let (own, stranger) = (issuer("1"), issuer("1"));
    let (server, verifier) =
        warm(&own, JwksRefresh::default().min_refetch_interval(Duration::ZERO)).await;
    let unknown = || stranger.token("alice").header("kid", "unknown");
    let foreign = |name: &str, value: Value| unknown().claim(name, value).sign().unwrap();
    for (refused, token) in [
        (VerifyError::IssuerMismatch, foreign("iss", json!("https://another.test"))),
        (VerifyError::InvalidClaim("iss"), foreign("iss", json!([ISSUER]))),
        (VerifyError::AudienceMismatch, foreign("aud", json!("another"))),
        (VerifyError::Expired, foreign("exp", json!(1))),
        (VerifyError::WrongType, unknown().header("typ", "JWT").sign().unwrap()),
        (VerifyError::Malformed, "a.b.c".to_owned()),
        (VerifyError::Malformed, String::new()),
        // The key that it names is there, and it is a forgery.
        (VerifyError::BadSignature, token(&stranger)),
    ] {
        assert_eq!(verifier.verify_or_refresh(&token).await.unwrap_err(), refused);
    }
    assert_eq!(server.hits(KEYS), 1);
    let refused = verifier.verify_or_refresh(&unknown().sign().unwrap()).await;
    assert_eq!(refused.unwrap_err(), VerifyError::UnknownKey);
    assert_eq!(server.hits(KEYS), 2);
}

#[tokio::test]
async fn all_requests_wait_for_the_same_refresh() {
    let (old, new) = (issuer("1"), issuer("2"));
    let (server, verifier) = warm(&old, JwksRefresh::default()).await;
    let body = Box::new(Reply::ok(&set(&[&old, &new])));
    server.set(KEYS, Reply::Late(Duration::from_millis(200), body));
    let waiting: Vec<_> = (0..200)
        .map(|_| {
            let (verifier, token) = (verifier.clone(), token(&new));
            tokio::spawn(async move { verifier.verify_or_refresh(&token).await.is_ok() })
        })
        .collect();
    for waiting in waiting {
        assert!(waiting.await.unwrap());
    }
    assert_eq!(server.hits(KEYS), 2);
}

/// A client that hangs up ends its own request, not the refresh that others wait for.
#[tokio::test]
async fn a_client_that_disconnects_does_not_cancel_the_refresh() {
    let (old, new) = (issuer("1"), issuer("2"));
    let (server, verifier) = warm(&old, JwksRefresh::default()).await;
    let body = Box::new(Reply::ok(&set(&[&old, &new])));
    server.set(KEYS, Reply::Late(Duration::from_millis(100), body));
    let first = {
        let (verifier, token) = (verifier.clone(), token(&new));
        tokio::spawn(async move { verifier.verify_or_refresh(&token).await.is_ok() })
    };
    server.wait_for_hits(KEYS, 2).await;
    first.abort();
    assert!(verifier.verify_or_refresh(&token(&new)).await.is_ok());
    assert_eq!(server.hits(KEYS), 2);
}

#[tokio::test]
async fn an_answer_says_how_long_it_is_fresh() {
    let own = issuer("1");
    let age = Duration::from_millis(100);
    let asked = async |header: &str| {
        let server = KeyServer::start().await;
        server.set(KEYS, Reply::with("200 OK", &[header], &own.jwks_json()));
        let verifier = verifier(&server, JwksRefresh::default().min_age(age));
        server.wait_for_hits(KEYS, 1).await;
        (server, verifier)
    };
    let (fresh, _verifier) = asked("cache-control: max-age=3600").await;
    let (stale, _verifier) = asked("cache-control: no-store").await;
    stale.wait_for_hits(KEYS, 4).await;
    assert_eq!(fresh.hits(KEYS), 1);
}

#[tokio::test]
async fn a_set_with_a_tag_is_sent_once() {
    let (old, new) = (issuer("1"), issuer("2"));
    let (server, verifier) = warm(&old, quick()).await;
    server.set(KEYS, Reply::Tagged("\"a\"", set(&[&old, &new])));
    server.wait_for_hits(KEYS, 4).await;
    assert!(verifier.verify(&token(&new)).is_ok());
    // A withdrawn key is distinguished from an unchanged set.
    server.set(KEYS, Reply::Tagged("\"b\"", set(&[&new])));
    let hits = server.hits(KEYS);
    server.wait_for_hits(KEYS, hits + 3).await;
    assert!(verifier.verify(&token(&old)).is_err());
    assert!(verifier.verify(&token(&new)).is_ok());
}

/// Keys come and go while tokens are verified all the time: a token is accepted from the moment its
/// key is published until the first refresh after its key is gone, and not a moment less.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rotation_under_load() {
    let first = issuer("0");
    let (server, verifier) = warm(&first, quick()).await;
    // Tokens that must be accepted at any time: each task takes one, under a lock that keeps the
    // key published while it is verified.
    let published = Arc::new(RwLock::new(vec![token(&first)]));
    let (stop, accepted) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let load: Vec<_> = (0..8)
        .map(|task| {
            let (published, verifier) = (published.clone(), verifier.clone());
            let (stop, accepted) = (stop.clone(), accepted.clone());
            tokio::spawn(async move {
                while !stop.load(SeqCst) {
                    let tokens = published.read().unwrap().clone();
                    let token = &tokens[task % tokens.len()];
                    let outcome = verifier.verify_or_refresh(token).await;
                    // It may have been withdrawn meanwhile.
                    if published.read().unwrap().contains(token) {
                        outcome.expect("a valid token was refused");
                        accepted.fetch_add(1, SeqCst);
                    }
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    let mut current = first;
    for round in 1..=8 {
        let next = issuer(&round.to_string());
        server.set(KEYS, Reply::ok(&set(&[&current, &next])));
        published.write().unwrap().push(token(&next));
        tokio::time::sleep(Duration::from_millis(60)).await;

        let old = published.write().unwrap().remove(0);
        assert!(verifier.verify(&old).is_ok(), "withdrawn before it was");
        server.set(KEYS, Reply::ok(&set(&[&next])));
        // The second request from now on was begun after the first had been answered.
        server.wait_for_hits(KEYS, server.hits(KEYS) + 2).await;
        assert_eq!(verifier.verify(&old).unwrap_err(), VerifyError::UnknownKey);
        current = next;
    }
    stop.store(true, SeqCst);
    for task in load {
        task.await.unwrap();
    }
    let accepted = accepted.load(SeqCst);
    println!("{accepted} tokens verified during 8 rotations, {} requests", server.hits(KEYS));
    assert!(accepted > 500);
}

#[tokio::test]
async fn nothing_goes_on_when_the_last_verifier_is_gone() {
    let alive = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let own = issuer("1");
    let (server, verifier) = warm(&own, quick()).await;
    let clone = verifier.clone();
    drop(verifier);
    let hits = server.hits(KEYS);
    server.wait_for_hits(KEYS, hits + 2).await;
    drop(clone);
    // What is left is the server.
    let ended = async {
        while alive() > 1 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LIMIT, ended).await.expect("a task is left");
    let hits = server.hits(KEYS);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(server.hits(KEYS), hits);
}

/// Keeps what is logged, at every level and with every field, a line for each event.
#[derive(Clone, Default)]
struct Logged(Arc<Mutex<String>>);

impl tracing::Subscriber for Logged {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target().starts_with("auth_core")
    }
    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        let _ = write!(self.0.lock().unwrap(), "\n{} ", event.metadata().level());
        event.record(&mut Fields(self));
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

struct Fields<'a>(&'a Logged);

impl tracing::field::Visit for Fields<'_> {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        let _ = write!(self.0.0.lock().unwrap(), "{field}={value:?} ");
    }
}

#[tokio::test]
async fn the_log_says_what_changed_and_nothing_of_a_token() {
    // `tracing` notes for all threads whether anyone listens, so one has to listen to all of them first.
    crate::logged::Logged::listen();
    let logged = Logged::default();
    let _guard = tracing::subscriber::set_default(logged.clone());
    let long_name = format!("line\nbreak {}", "x".repeat(300));
    let (old, new) = (issuer("first-key"), issuer(&long_name));
    let (server, verifier) =
        warm(&old, JwksRefresh::default().min_refetch_interval(Duration::ZERO)).await;
    let odd = r#"{"keys":[{"kty":"oct","k":"c2VjcmV0"},"#;
    let body = set(&[&new]).replacen(r#"{"keys":["#, odd, 1);
    server.set(KEYS, Reply::ok(&body));
    assert!(verifier.verify_or_refresh(&token(&new)).await.is_ok());
    server.set(KEYS, Reply::with("500 the-reason-phrase", &[], "the-body"));
    let attack = issuer("1").token("the-subject").header("kid", "the-attacker's-kid");
    for _ in 0..3 {
        assert!(verifier.verify_or_refresh(&attack.clone().sign().unwrap()).await.is_err());
    }
    let log = logged.0.lock().unwrap().clone();
    let count = |text: &str| log.matches(text).count();
    assert_eq!(count("the key set has changed"), 2, "{log}");
    assert_eq!(count("\nINFO"), 2, "{log}");
    assert_eq!(count(r#"added_ids="\"first-key\"""#), 1, "{log}");
    assert_eq!(count(r#"withdrawn_ids="\"first-key\"""#), 1, "{log}");
    assert_eq!(count("ignored=1"), 1, "{log}");
    assert!(!log.contains("line\nbreak") && !log.contains(&"x".repeat(40)), "{log}");
    // A line for each attempt, with the reason and when the next one is.
    assert_eq!(count("\nWARN"), 3, "{log}");
    assert_eq!(count("status 500"), 3, "{log}");
    assert_eq!(count("next_try_in="), 3, "{log}");
    for hidden in ["the-attacker", "the-subject", "the-body", "the-reason", "c2VjcmV0"] {
        assert!(!log.contains(hidden), "{hidden} in {log}");
    }
}
