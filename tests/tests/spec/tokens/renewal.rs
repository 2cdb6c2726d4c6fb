//! A good caller whose answer has to be renewed, in a flood of strangers.
//!
//! Strangers send as many made-up tokens and issuers as the resolver or the endpoint takes at once,
//! and all of their questions hang: anyone who had to wait for a place behind one of them would wait
//! for ever. What the good caller is held to is therefore not measured but counted.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth_core::authenticator::{IssuerResolver, IssuerResolverSettings, ResolveError};
use auth_core::error::{Unauthenticated, Unavailable};
use auth_core::testing::TestIssuer;
use auth_core::time::FixedClock;
use auth_core::{AuthError, Authenticator, JwtVerifier};
use auth_tests::http::{NOW, Permission, Role, Scope};
use auth_tests::introspection::{Endpoint, Said};
use futures_util::FutureExt as _;
use tokio::time::{sleep, timeout};

async fn call(authenticator: &Authenticator, token: &str) -> Result<String, u16> {
    match authenticator.authenticate_bearer(token).await {
        Ok(caller) => Ok(caller.subject().to_owned()),
        Err(AuthError::Unauthenticated(Unauthenticated::InvalidToken(_))) => Err(401),
        Err(AuthError::Unavailable(Unavailable::NotReachable { .. })) => Err(503),
        Err(other) => panic!("{other:?}"),
    }
}

/// Says in 60 ms whether there is a tenant. Of anyone who is invented it says nothing for an hour.
#[derive(Clone, Default)]
struct Tenants(Arc<Mutex<Directory>>);

#[derive(Default)]
struct Directory {
    verifiers: HashMap<String, JwtVerifier>,
    asked: HashMap<String, usize>,
    hangs: bool,
}

const QUIET: Duration = Duration::from_millis(60);

impl IssuerResolver for Tenants {
    async fn resolve(&self, issuer: &str) -> Result<Option<JwtVerifier>, ResolveError> {
        let (found, hangs) = {
            let mut directory = self.0.lock().unwrap();
            *directory.asked.entry(issuer.to_owned()).or_default() += 1;
            (directory.verifiers.get(issuer).cloned(), directory.hangs)
        };
        let hangs = hangs || issuer.contains("invented");
        sleep(if hangs { Duration::from_secs(3600) } else { QUIET }).await;
        Ok(found)
    }
}

struct Service {
    authenticator: Authenticator,
    tenants: Tenants,
    north: TestIssuer,
    clock: FixedClock,
}

fn service() -> Service {
    let (tenants, clock) = (Tenants::default(), FixedClock::new(NOW));
    let north = TestIssuer::new("https://north.test", "orders-api").unwrap();
    let north = north.with_clock(clock.clone());
    let verifier = north.verifier().build().unwrap();
    tenants.0.lock().unwrap().verifiers.insert(north.issuer().to_owned(), verifier);
    let authenticator = Authenticator::builder()
        .vocabulary::<(Role, Permission, Scope)>()
        .clock(clock.clone())
        .issuers(IssuerResolverSettings::new(tenants.clone()))
        .build()
        .unwrap();
    Service { authenticator, tenants, north, clock }
}

impl Service {
    fn token(&self) -> String {
        self.north.token("alice").lifetime(Duration::from_secs(100_000)).sign().unwrap()
    }

    fn asked(&self) -> usize {
        let directory = self.tenants.0.lock().unwrap();
        directory.asked.get("https://north.test").copied().unwrap_or_default()
    }

    /// Far more strangers than places, all of whom wait.
    async fn flood(&self) {
        for number in 0..500 {
            let issuer = format!("https://invented-{number}.test");
            let token = self.north.token("mallory").issuer(issuer).sign().unwrap();
            let authenticator = self.authenticator.clone();
            tokio::spawn(async move { call(&authenticator, &token).await });
        }
        let strangers = || self.tenants.0.lock().unwrap().asked.len();
        until(|| strangers() > 32).await;
    }
}

/// Holds P-22.
#[tokio::test]
async fn invented_issuers_do_not_delay_a_tenant_that_was_found_before() {
    let service = service();
    let token = service.token();
    assert_eq!(call(&service.authenticator, &token).await.as_deref(), Ok("alice"));
    // The answer is over, and no one came while it could be renewed.
    service.clock.advance(300);
    service.flood().await;
    // Behind one of the others it would be rejected with 503, for want of an answer in time.
    assert_eq!(call(&service.authenticator, &token).await.as_deref(), Ok("alice"));
    assert_eq!(service.asked(), 2);
}

/// By the runtime's own clock, which moves only when all wait: the figures are the same on any machine.
#[tokio::test(start_paused = true)]
async fn a_flood_at_most_doubles_the_time_that_a_good_caller_waits() {
    let service = service();
    let token = service.token();
    // Each call finds its answer over: the worst that renewal can meet.
    let longest = async |calls: usize| {
        let mut longest = Duration::ZERO;
        for _ in 0..calls {
            service.clock.advance(300);
            let start = tokio::time::Instant::now();
            assert_eq!(call(&service.authenticator, &token).await.as_deref(), Ok("alice"));
            longest = longest.max(start.elapsed());
            sleep(Duration::from_millis(50)).await;
        }
        longest
    };
    let quiet = longest(10).await;

    // A thousand issuers in a second, each of which the resolver takes 60 ms to deny: twice as many as
    // there are places.
    let junk: Vec<String> = (0..4_000)
        .map(|number| {
            let issuer = format!("https://junk-{number}.test");
            service.north.token("mallory").issuer(issuer).sign().unwrap()
        })
        .collect();
    let authenticator = service.authenticator.clone();
    let flood = tokio::spawn(async move {
        for token in junk {
            let authenticator = authenticator.clone();
            tokio::spawn(async move { call(&authenticator, &token).await });
            sleep(Duration::from_millis(1)).await;
        }
    });
    sleep(Duration::from_millis(500)).await;
    let flooded = longest(20).await;
    assert!(!flood.is_finished(), "the flood went on all the while");
    assert!(flooded <= 2 * quiet, "quiet {quiet:?}, in a flood {flooded:?}");
    flood.abort();
}

#[tokio::test]
async fn a_resolved_issuer_is_renewed_beside_the_request_and_ahead_of_its_end() {
    let service = service();
    let (token, other) = (service.token(), service.token());
    assert!(call(&service.authenticator, &token).await.is_ok());
    service.clock.advance(224);
    assert!(call(&service.authenticator, &token).await.is_ok());
    assert_eq!(service.asked(), 1);
    service.clock.advance(1);
    service.flood().await;
    for token in [&token, &other, &token] {
        let outcome = call(&service.authenticator, token).now_or_never();
        assert_eq!(outcome.expect("nobody waits").as_deref(), Ok("alice"));
    }
    until(|| service.asked() == 2).await;
    // 300 seconds from the second question on, and no one asks a third one.
    service.clock.advance(224);
    assert_eq!(call(&service.authenticator, &token).await.as_deref(), Ok("alice"));
    assert_eq!(service.asked(), 2, "once for everybody");
}

#[tokio::test(start_paused = true)]
async fn a_resolved_issuer_is_never_trusted_for_longer_than_promised() {
    let service = service();
    let token = service.token();
    assert!(call(&service.authenticator, &token).await.is_ok());
    // From here on the resolver does not answer for this tenant either.
    service.tenants.0.lock().unwrap().hangs = true;
    service.clock.advance(299);
    assert!(call(&service.authenticator, &token).await.is_ok());
    service.clock.advance(1);
    assert_eq!(call(&service.authenticator, &token).await, Err(503));
    service.tenants.0.lock().unwrap().hangs = false;
    assert!(call(&service.authenticator, &token).await.is_ok());
}

/// As soon as the resolver has said so, and not only when the former answer has ended.
#[tokio::test]
async fn a_tenant_that_a_renewal_does_not_find_has_ended() {
    let service = service();
    let token = service.token();
    assert!(call(&service.authenticator, &token).await.is_ok());
    service.clock.advance(250);
    service.tenants.0.lock().unwrap().verifiers.clear();
    assert!(call(&service.authenticator, &token).await.is_ok());
    let is_over = async {
        while call(&service.authenticator, &token).await != Err(401) {
            sleep(QUIET).await;
        }
    };
    timeout(Duration::from_secs(20), is_over).await.unwrap();
    assert_eq!(service.asked(), 2);
}

/// The endpoint over real HTTP: it hangs for what is invented.
async fn introspecting(time_to_live: u64) -> (Endpoint, Authenticator, FixedClock) {
    let (endpoint, clock) = (Endpoint::start().await, FixedClock::new(NOW));
    endpoint.activate("opaque", "alice");
    let verifier = endpoint
        .verifier()
        .clock(clock.clone())
        .max_concurrent_requests(4)
        .timeout(Duration::from_secs(60))
        .time_to_live(Duration::from_secs(time_to_live))
        .build()
        .unwrap();
    let authenticator = Authenticator::builder()
        .vocabulary::<(Role, Permission, Scope)>()
        .verifier(verifier)
        .build()
        .unwrap();
    (endpoint, authenticator, clock)
}

fn asked(endpoint: &Endpoint, token: &str) -> usize {
    endpoint.asked().iter().filter(|asked| asked.all("token") == [token]).count()
}

async fn flood(endpoint: &Endpoint, authenticator: &Authenticator) {
    let (hour, body) = (Duration::from_secs(3600), r#"{"active":false}"#.to_owned());
    for number in 0..200 {
        let token = format!("junk-{number}");
        let said = Said { status: 200, body: body.clone(), after: hour, padding: 0 };
        endpoint.say_slowly(&token, said);
        let authenticator = authenticator.clone();
        tokio::spawn(async move { call(&authenticator, &token).await });
    }
    let is_full = async {
        while endpoint.asked().iter().filter(|asked| asked.body.contains("junk-")).count() < 3 {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(20), is_full).await.unwrap();
}

/// If it had to wait for one of the others, it would wait for a minute.
async fn promptly(authenticator: &Authenticator, token: &str) -> Result<String, u16> {
    timeout(Duration::from_secs(20), call(authenticator, token)).await.expect("it waits")
}

/// Holds P-22.
#[tokio::test]
async fn invalid_tokens_do_not_delay_a_token_that_was_valid_before() {
    for time_to_live in [60, 0] {
        let (endpoint, authenticator, clock) = introspecting(time_to_live).await;
        assert_eq!(promptly(&authenticator, "opaque").await.as_deref(), Ok("alice"));
        clock.advance(60);
        flood(&endpoint, &authenticator).await;
        for again in 0..3 {
            assert_eq!(promptly(&authenticator, "opaque").await.as_deref(), Ok("alice"));
            let expected = if time_to_live == 0 { 2 + again } else { 2 };
            assert_eq!(asked(&endpoint, "opaque"), expected, "{time_to_live} s");
        }
        assert!(endpoint.most_at_once() <= 4);
    }
}

#[tokio::test]
async fn an_answer_is_renewed_beside_the_request_and_never_holds_longer_than_its_time() {
    let (endpoint, authenticator, clock) = introspecting(60).await;
    assert!(promptly(&authenticator, "opaque").await.is_ok());
    clock.advance(44);
    assert!(promptly(&authenticator, "opaque").await.is_ok());
    assert_eq!(asked(&endpoint, "opaque"), 1);
    // The endpoint is down in the last quarter: the old answer goes on, and to its end only.
    endpoint.say("opaque", 503, "");
    clock.advance(1);
    for _ in 0..5 {
        assert!(promptly(&authenticator, "opaque").await.is_ok());
    }
    until(|| asked(&endpoint, "opaque") == 2).await;
    clock.advance(15);
    // The first of these may still wait for the renewal.
    while asked(&endpoint, "opaque") < 3 {
        assert_eq!(promptly(&authenticator, "opaque").await, Err(503));
    }

    endpoint.activate("opaque", "alice");
    assert!(promptly(&authenticator, "opaque").await.is_ok());
    let so_far = asked(&endpoint, "opaque");
    clock.advance(45);
    assert!(promptly(&authenticator, "opaque").await.is_ok());
    until(|| asked(&endpoint, "opaque") == so_far + 1).await;
    // A revoked token ends with its time at the latest. By a clock that is moved by hand, the renewal
    // may still be under way then, and a request that joins it has its answer.
    endpoint.say("opaque", 200, r#"{"active":false}"#);
    clock.advance(60);
    let is_over = async {
        while promptly(&authenticator, "opaque").await != Err(401) {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(20), is_over).await.unwrap();
}

async fn until(is_so: impl Fn() -> bool) {
    let soon = async {
        while !is_so() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(20), soon).await.unwrap();
}

/// Nothing but a word of the issuer: an invented token is never one that was accepted.
#[tokio::test]
async fn a_token_that_was_rejected_has_no_reserved_slot() {
    let (endpoint, authenticator, clock) = introspecting(60).await;
    assert!(promptly(&authenticator, "opaque").await.is_ok());
    endpoint.say("opaque", 200, r#"{"active":false}"#);
    clock.advance(60);
    assert_eq!(promptly(&authenticator, "opaque").await, Err(401));
    clock.advance(60);
    flood(&endpoint, &authenticator).await;
    let waits = timeout(Duration::from_millis(300), call(&authenticator, "opaque")).await;
    assert!(waits.is_err());
}
