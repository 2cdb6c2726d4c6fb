//! A provider that is slow, down or broken, and what becomes of tokens meanwhile.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use auth_core::jose::Algorithm;
use auth_core::keys::JwksRefresh;
use auth_core::testing::TestIssuer;
use auth_core::token::VerifyError;
use auth_core::{AuthError, Authenticator, JwtVerifier};
use auth_tests::http::{Permission, Role, Scope};
use auth_tests::key_server::{KeyServer, Reply};
use serde_json::json;

const ISSUER: &str = "https://issuer.test";
const LIMIT: Duration = Duration::from_secs(10);
const KEYS: &str = "/keys";

fn issuer(kid: &str) -> TestIssuer {
    TestIssuer::new(ISSUER, "api").unwrap().with_key_id(kid).unwrap()
}

fn token(issuer: &TestIssuer) -> String {
    issuer.token("alice").sign().unwrap()
}

fn verifier(url: String, refresh: JwksRefresh) -> JwtVerifier {
    let builder = JwtVerifier::builder().issuer(ISSUER).audience("api").jwks_uri(url);
    builder.refresh(refresh).build().unwrap()
}

async fn warm(issuer: &TestIssuer, refresh: JwksRefresh) -> (KeyServer, JwtVerifier) {
    let server = KeyServer::start().await;
    server.set(KEYS, Reply::ok(&issuer.jwks_json()));
    let verifier = verifier(server.url(KEYS), refresh);
    verifier.ready(LIMIT).await.unwrap();
    (server, verifier)
}

fn faults(good: &str) -> Vec<(&'static str, Reply)> {
    let symmetric = json!({"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}).to_string();
    let many = json!({"keys": vec![json!({"kty": "oct"}); 1025]}).to_string();
    // Another algorithm than the only one that is allowed.
    let other = TestIssuer::new(ISSUER, "api").unwrap().with_algorithm(Algorithm::EdDSA).unwrap();
    vec![
        ("500", Reply::with("500 Oops", &[], good)),
        ("404", Reply::with("404 Not Found", &[], good)),
        ("201", Reply::with("201 Created", &[], good)),
        ("redirect", Reply::with("302 Found", &["location: /elsewhere"], good)),
        ("304 to nobody", Reply::with("304 Not Modified", &[], "")),
        ("html", Reply::ok("<!doctype html><title>Be right back</title>")),
        ("nothing", Reply::ok("")),
        ("garbage", Reply::ok("\u{0}\u{1}\u{2}")),
        ("null", Reply::ok("null")),
        ("no keys", Reply::ok(r#"{"keys":[]}"#)),
        ("only odd keys", Reply::ok(&symmetric)),
        ("too many keys", Reply::ok(&many)),
        ("other algorithm", Reply::ok(&other.jwks_json())),
        ("truncated", Reply::truncated(good)),
        ("endless", Reply::Endless),
        ("no HTTP", Reply::Raw(b"SSH-2.0-OpenSSH_9.6\r\n".to_vec())),
        ("closed", Reply::Raw(Vec::new())),
        ("hang", Reply::Hang),
    ]
}

/// If anything comes instead of a key set: the last good one goes on, what is unknown is answered with
/// 503, and the next good set counts.
///
/// Holds P-14.
#[tokio::test]
async fn the_last_good_set_is_kept() {
    let (own, next) = (issuer("1"), issuer("2"));
    let builder = |url: String, refresh| {
        let builder = JwtVerifier::builder().issuer(ISSUER).audience("api").jwks_uri(url);
        builder.algorithms([Algorithm::ES256]).refresh(refresh).build().unwrap()
    };
    let quick = || JwksRefresh::default().min_refetch_interval(Duration::ZERO).timeout(LIMIT / 10);
    for (fault, reply) in faults(&own.jwks_json()) {
        let server = KeyServer::start().await;
        server.set(KEYS, Reply::ok(&own.jwks_json()));
        let verifier = builder(server.url(KEYS), quick());
        verifier.ready(LIMIT).await.unwrap();
        server.set(KEYS, reply);
        for _ in 0..2 {
            let unknown = verifier.verify_or_refresh(&token(&next)).await;
            assert!(
                matches!(unknown, Err(VerifyError::Unavailable { .. })),
                "{fault}: {unknown:?}"
            );
            assert!(verifier.verify(&token(&own)).is_ok(), "{fault}");
        }
        assert!(server.hits(KEYS) >= 3 && server.hits("/elsewhere") == 0, "{fault}");
        server.set(KEYS, Reply::ok(&next.jwks_json()));
        assert!(verifier.verify_or_refresh(&token(&next)).await.is_ok(), "{fault}");
        assert_eq!(verifier.verify(&token(&own)).unwrap_err(), VerifyError::UnknownKey, "{fault}");
    }
}

/// The same where there never was a good one.
#[tokio::test]
async fn without_a_first_set_the_answer_is_503_until_there_is_one() {
    let own = issuer("1");
    for (fault, reply) in faults(&own.jwks_json()) {
        let server = KeyServer::start().await;
        server.set(KEYS, reply);
        let refresh =
            JwksRefresh::default().min_refetch_interval(Duration::ZERO).timeout(LIMIT / 10);
        let builder = JwtVerifier::builder().issuer(ISSUER).audience("api");
        let builder = builder.jwks_uri(server.url(KEYS)).algorithms([Algorithm::ES256]);
        let verifier = builder.refresh(refresh).build().unwrap();
        let refused = verifier.verify_or_refresh(&token(&own)).await;
        // A set that holds keys, but none of use, does say that the key is not among them.
        if ["only odd keys", "other algorithm"].contains(&fault) {
            assert_eq!(refused.unwrap_err(), VerifyError::UnknownKey, "{fault}");
        } else {
            let Err(VerifyError::Unavailable { retry_after }) = refused else {
                panic!("{fault}: {refused:?}");
            };
            assert!((1..=5).contains(&retry_after), "{fault}: {retry_after}");
        }
        assert!(matches!(
            verifier.verify(&token(&own)),
            Err(VerifyError::Unavailable { retry_after: 1.. })
        ));
        server.set(KEYS, Reply::ok(&own.jwks_json()));
        assert!(verifier.verify_or_refresh(&token(&own)).await.is_ok(), "{fault}");
    }
}

/// A port where no one listens yet.
async fn free_port() -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap()
}

#[tokio::test]
async fn a_provider_that_is_down_at_start_may_come_up_later() {
    let own = issuer("1");
    let port = free_port().await;
    // No request is needed for it, and the settings are those of production.
    let verifier = verifier(format!("http://{port}{KEYS}"), JwksRefresh::default());
    let refused = verifier.verify_or_refresh(&token(&own)).await;
    assert!(matches!(refused, Err(VerifyError::Unavailable { retry_after: 1..=2 })), "{refused:?}");
    let told = verifier.ready(Duration::from_millis(100)).await.unwrap_err().to_string();
    assert!(told.contains("no connection") && told.contains(ISSUER), "{told}");

    let server = KeyServer::on(tokio::net::TcpListener::bind(port).await.unwrap());
    server.set(KEYS, Reply::ok(&own.jwks_json()));
    verifier.ready(LIMIT).await.unwrap();
    assert!(verifier.verify(&token(&own)).is_ok());
    assert_eq!(server.hits(KEYS), 1);
}

/// A token that would be rejected with any key is rejected without one.
#[tokio::test]
async fn without_keys_only_a_token_that_could_be_good_is_answered_with_503() {
    let own = issuer("1");
    let verifier = verifier(format!("http://{}{KEYS}", free_port().await), JwksRefresh::default());
    let refused = async |token: &str| verifier.verify_or_refresh(token).await.unwrap_err();
    assert_eq!(refused("a.b.c").await, VerifyError::Malformed);
    let foreign = own.token("alice").claim("iss", json!("https://another.test"));
    assert_eq!(refused(&foreign.sign().unwrap()).await, VerifyError::IssuerMismatch);
    let old = own.token("alice").claim("exp", json!(1)).sign().unwrap();
    assert_eq!(refused(&old).await, VerifyError::Expired);
    let good = refused(&token(&own)).await;
    assert!(matches!(good, VerifyError::Unavailable { .. }), "{good:?}");
}

/// The provider accepts connections and never answers: who has a known key does not notice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_hangs_delays_no_token_of_a_known_key() {
    let own = issuer("1");
    let refresh = || {
        JwksRefresh::default().min_refetch_interval(Duration::ZERO).timeout(Duration::from_secs(1))
    };
    let (server, verifier) = warm(&own, refresh()).await;
    server.set(KEYS, Reply::Hang);
    // Someone waits for the hanging refresh all the time.
    let waiting = {
        let (verifier, stranger) = (verifier.clone(), issuer("2"));
        tokio::spawn(async move {
            let begin = Instant::now();
            let refused = verifier.verify_or_refresh(&token(&stranger)).await;
            (refused.unwrap_err(), begin.elapsed())
        })
    };
    server.wait_for_hits(KEYS, 2).await;
    let (token, mut slowest, begin) = (token(&own), Duration::ZERO, Instant::now());
    while begin.elapsed() < Duration::from_millis(500) {
        let begin = Instant::now();
        verifier.verify_or_refresh(&token).await.unwrap();
        slowest = slowest.max(begin.elapsed());
    }
    println!("slowest verification while the provider hangs: {slowest:?}");
    assert!(slowest < Duration::from_millis(400), "{slowest:?}");
    let (refused, waited) = waiting.await.unwrap();
    assert!(matches!(refused, VerifyError::Unavailable { .. }));
    assert!((1..=3).contains(&waited.as_secs()), "{waited:?}");
}

/// Known keys go on working while the provider is down, but not for ever.
///
/// Holds P-14.
#[tokio::test]
async fn keys_that_cannot_be_refreshed_end_some_time() {
    let own = issuer("1");
    let age = Duration::from_millis(100);
    let stale = Duration::from_millis(600);
    let refresh = JwksRefresh::default().min_refetch_interval(Duration::ZERO);
    let (server, verifier) = warm(&own, refresh.min_age(age).max_age(age).max_stale(stale)).await;
    let token = token(&own);
    server.set(KEYS, Reply::with("500 Oops", &[], ""));
    let down = Instant::now();
    let refused = loop {
        assert!(down.elapsed() < LIMIT, "the keys are used for ever");
        tokio::time::sleep(Duration::from_millis(5)).await;
        if let Err(refused) = verifier.verify(&token) {
            break refused;
        }
    };
    assert!(matches!(refused, VerifyError::Unavailable { retry_after: 1.. }), "{refused:?}");
    assert!(down.elapsed() + age * 2 > stale, "{:?}", down.elapsed());
    // The very same set puts the keys in force again.
    server.set(KEYS, Reply::ok(&own.jwks_json()));
    assert!(verifier.verify_or_refresh(&token).await.is_ok());
}

/// With the settings of production: a failed refresh is not repeated for every token.
#[tokio::test]
async fn during_the_cool_down_no_request_waits() {
    let own = issuer("1");
    let (server, verifier) = warm(&own, JwksRefresh::default()).await;
    let unknown = token(&issuer("2"));
    assert_eq!(verifier.verify_or_refresh(&unknown).await.unwrap_err(), VerifyError::UnknownKey);
    server.set(KEYS, Reply::Hang);
    let begin = Instant::now();
    for _ in 0..100 {
        let refused = verifier.verify_or_refresh(&unknown).await;
        assert_eq!(refused.unwrap_err(), VerifyError::UnknownKey);
    }
    assert!(begin.elapsed() < Duration::from_secs(2));
    assert_eq!(server.hits(KEYS), 2);
}

/// What ends keys that are too old is a task of the runtime that they were first asked for in. When
/// that runtime has ended, a token that is remembered is accepted no longer all the same.
#[test]
fn remembered_tokens_ask_for_the_age_of_the_keys_without_the_timer() {
    let runtime = || tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let own = issuer("1");
    let second = Duration::from_secs(1);
    let refresh = JwksRefresh::default().max_age(second).min_age(second).max_stale(2 * second);
    let token = token(&own);

    let first = runtime();
    let authenticator = first.block_on(async {
        let (_server, verifier) = warm(&own, refresh).await;
        let authenticator = Authenticator::builder()
            .vocabulary::<(Role, Permission, Scope)>()
            .verifier(verifier)
            .build()
            .unwrap();
        assert!(authenticator.authenticate_bearer(&token).await.is_ok());
        authenticator
    });
    // The provider goes with it, and so does the timer.
    drop(first);
    std::thread::sleep(3 * second);
    let later = runtime().block_on(async { authenticator.authenticate_bearer(&token).await });
    assert!(matches!(later, Err(AuthError::Unavailable(_))), "{later:?}");
}
