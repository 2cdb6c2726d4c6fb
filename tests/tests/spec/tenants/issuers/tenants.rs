//! Tenants that come and go while the service runs.

use std::time::Duration;

use auth_core::Authenticator;
use auth_core::authenticator::IssuerResolverSettings;
use auth_core::jose::Algorithm;
use auth_core::testing::TestIssuer;
use auth_core::time::FixedClock;
use auth_core::token::VerifyError;

use auth_tests::http::NOW;

use super::database::Tenants;
use super::{accepted, builder, issuer, token, verifier};

const UNAVAILABLE: Result<String, VerifyError> = Err(VerifyError::Unavailable { retry_after: 5 });

/// A service whose tenant is `https://north.test`, and its clock.
struct Service {
    authenticator: Authenticator,
    tenants: Tenants,
    north: TestIssuer,
    clock: FixedClock,
}

fn service(settings: impl Fn(IssuerResolverSettings) -> IssuerResolverSettings) -> Service {
    let (clock, tenants) = (FixedClock::new(NOW), Tenants::default());
    let north = issuer("https://north.test", &clock);
    tenants.add(verifier(&north));
    let fixed = issuer("https://fixed.test", &clock);
    let authenticator = builder()
        .verifier(verifier(&fixed))
        .issuers(settings(IssuerResolverSettings::new(tenants.clone())))
        .build()
        .unwrap();
    Service { authenticator, tenants, north, clock }
}

impl Service {
    async fn accepted(&self, token: &str) -> Result<String, VerifyError> {
        accepted(&self.authenticator, token).await
    }

    /// A token of the tenant that was never seen before.
    fn token(&self) -> String {
        self.north.token("alice").lifetime(Duration::from_secs(100_000)).sign().unwrap()
    }

    /// A token of an issuer that no one knows.
    fn invented(&self, issuer: &str) -> String {
        self.north.token("mallory").issuer(issuer).sign().unwrap()
    }
}

const NORTH: Result<&str, &VerifyError> = Ok("https://north.test");

#[tokio::test]
async fn a_tenant_is_resolved_once_and_others_are_not_asked_for() {
    let service = service(|issuers| issuers);
    for _ in 0..3 {
        assert_eq!(service.accepted(&service.token()).await.as_deref(), NORTH);
    }
    assert_eq!(service.tenants.asked(), ["https://north.test"]);

    // The issuer of a fixed verifier never gets there, not even with a wrong key.
    let refused = service.accepted(&service.invented("https://fixed.test")).await;
    assert_eq!(refused, Err(VerifyError::BadSignature));
    assert_eq!(service.tenants.asked().len(), 1);
}

#[tokio::test]
async fn a_resolver_sees_only_what_could_be_an_issuer() {
    let service = service(|issuers| issuers);
    let long = format!("https://{}.test", "x".repeat(500));
    for issuer in [
        "",
        "north",
        "http://north.test",
        "https://user@north.test",
        "https://north.test?tenant=1",
        "https://north.test#x",
        "https://north.test/\n2026 ERROR forged line",
        "https://north.test/ x",
        "https://n\u{f6}rth.test",
        "file:///etc/passwd",
        "javascript:alert(1)",
        &long,
    ] {
        let refused = service.accepted(&service.invented(issuer)).await;
        assert_eq!(refused, Err(VerifyError::IssuerMismatch), "{issuer}");
    }
    assert!(service.tenants.asked().is_empty(), "{:?}", service.tenants.asked());
    let refused = service.accepted(&service.invented("http://localhost:4444/realm")).await;
    assert_eq!(refused, Err(VerifyError::IssuerMismatch));
    assert_eq!(service.tenants.asked(), ["http://localhost:4444/realm"]);
}

#[tokio::test]
async fn an_unknown_issuer_is_remembered_for_a_while() {
    let service = service(|issuers| issuers.negative_ttl(Duration::from_secs(10)));
    let south = issuer("https://south.test", &service.clock);
    for _ in 0..3 {
        assert_eq!(service.accepted(&token(&south)).await, Err(VerifyError::IssuerMismatch));
    }
    assert_eq!(service.tenants.asked().len(), 1);
    service.tenants.add(verifier(&south));
    assert_eq!(service.accepted(&token(&south)).await, Err(VerifyError::IssuerMismatch));
    service.clock.advance(10);
    assert!(service.accepted(&token(&south)).await.is_ok());

    // Or until the application says that there is something new.
    let east = issuer("https://east.test", &service.clock);
    assert_eq!(service.accepted(&token(&east)).await, Err(VerifyError::IssuerMismatch));
    service.tenants.add(verifier(&east));
    service.authenticator.forget_issuer("https://east.test");
    assert!(service.accepted(&token(&east)).await.is_ok());
}

#[tokio::test]
async fn a_flood_of_invented_issuers_moves_no_tenant_out() {
    let service = service(|issuers| issuers.capacity(64));
    assert_eq!(service.accepted(&service.token()).await.as_deref(), NORTH);
    for number in 0..2_000 {
        let invented = service.invented(&format!("https://invented-{number}.test"));
        assert_eq!(service.accepted(&invented).await, Err(VerifyError::IssuerMismatch));
    }
    assert_eq!(service.accepted(&service.token()).await.as_deref(), NORTH);
    let asked = service.tenants.asked();
    assert_eq!(asked.iter().filter(|issuer| *issuer == "https://north.test").count(), 1);
}

#[tokio::test]
async fn requests_that_need_the_same_answer_wait_for_one_question() {
    let service = service(|issuers| issuers);
    service.tenants.delay(Duration::from_millis(50));
    let tokens: Vec<_> = (0..20).map(|_| service.token()).collect();
    let calls = tokens.iter().map(|token| service.accepted(token));
    let answers = futures_util::future::join_all(calls).await;
    assert!(answers.iter().all(|answer| answer.as_deref() == NORTH));
    assert_eq!(service.tenants.asked().len(), 1);
}

#[tokio::test]
async fn a_failed_resolution_is_503_and_not_remembered() {
    let service = service(|issuers| issuers.timeout(Duration::from_millis(50)));
    service.tenants.is_down(true);
    assert_eq!(service.accepted(&service.token()).await, UNAVAILABLE);
    service.tenants.is_down(false);
    service.tenants.delay(Duration::from_secs(60));
    assert_eq!(service.accepted(&service.token()).await, UNAVAILABLE);
    service.tenants.delay(Duration::ZERO);
    assert_eq!(service.accepted(&service.token()).await.as_deref(), NORTH);
}

#[tokio::test]
async fn a_tenant_that_is_forgotten_ends_with_its_next_request() {
    let service = service(|issuers| issuers);
    let seen = service.token();
    assert_eq!(service.accepted(&seen).await.as_deref(), NORTH);
    assert_eq!(service.accepted(&seen).await.as_deref(), NORTH);
    service.tenants.remove("https://north.test");
    service.authenticator.forget_issuer("https://north.test");
    assert_eq!(service.accepted(&seen).await, Err(VerifyError::IssuerMismatch));
    assert_eq!(service.accepted(&service.token()).await, Err(VerifyError::IssuerMismatch));
}

#[tokio::test]
async fn a_tenant_that_disappears_ends_when_its_answer_is_too_old() {
    let service = service(|issuers| issuers.ttl(Duration::from_secs(300)));
    let seen = service.token();
    assert_eq!(service.accepted(&seen).await.as_deref(), NORTH);
    service.tenants.remove("https://north.test");
    service.clock.advance(299);
    assert_eq!(service.accepted(&seen).await.as_deref(), NORTH);
    service.clock.advance(1);
    // The token is known, and all the same the tenant is asked for.
    assert_eq!(service.accepted(&seen).await, Err(VerifyError::IssuerMismatch));
}

#[tokio::test]
async fn an_answer_that_is_on_its_way_when_a_tenant_is_forgotten_is_not_kept() {
    let service = service(|issuers| issuers);
    service.tenants.delay(Duration::from_millis(100));
    let (before, after, later) = (service.token(), service.token(), service.token());
    let early = service.accepted(&before);
    let late = async {
        tokio::time::sleep(Duration::from_millis(30)).await;
        service.tenants.remove("https://north.test");
        service.tenants.delay(Duration::from_millis(500));
        service.authenticator.forget_issuer("https://north.test");
        service.accepted(&after).await
    };
    // When the first answer is there, and the second is not.
    let in_between = async {
        tokio::time::sleep(Duration::from_millis(250)).await;
        service.accepted(&later).await
    };
    let (early, late, in_between) = tokio::join!(early, late, in_between);
    // The one came before the tenant went, the others after.
    assert_eq!(early.as_deref(), NORTH);
    assert_eq!([late, in_between], [const { Err(VerifyError::IssuerMismatch) }; 2]);
    assert_eq!(service.accepted(&before).await, Err(VerifyError::IssuerMismatch));
}

#[tokio::test]
async fn a_verifier_that_is_replaced_ends_what_it_verified() {
    let service = service(|issuers| issuers.ttl(Duration::from_secs(300)));
    let seen = service.token();
    assert_eq!(service.accepted(&seen).await.as_deref(), NORTH);
    // The same verifier: nothing changes.
    service.clock.advance(300);
    assert_eq!(service.accepted(&seen).await.as_deref(), NORTH);
    // The same issuer with other keys.
    service.tenants.add(verifier(&issuer("https://north.test", &service.clock)));
    service.clock.advance(300);
    assert_eq!(service.accepted(&seen).await, Err(VerifyError::BadSignature));

    // A known token does not ask for its tenant; another one of the tenant does.
    service.tenants.add(verifier(&service.north));
    service.authenticator.forget_issuer("https://north.test");
    assert_eq!(service.accepted(&seen).await.as_deref(), NORTH);
}

#[tokio::test]
async fn tenants_that_are_moved_out_are_asked_for_again() {
    let service = service(|issuers| issuers.capacity(1));
    let others: Vec<_> =
        (0..50).map(|number| issuer(&format!("https://t{number}.test"), &service.clock)).collect();
    for other in &others {
        service.tenants.add(verifier(other));
    }
    let seen = service.token();
    assert_eq!(service.accepted(&seen).await.as_deref(), NORTH);
    for other in &others {
        assert_eq!(service.accepted(&token(other)).await.as_deref(), Ok(other.issuer()));
    }
    // Moved out long ago: what was verified with it can be ended no other way, so it has ended.
    service.tenants.remove("https://north.test");
    service.authenticator.forget_issuer("https://north.test");
    assert_eq!(service.accepted(&seen).await, Err(VerifyError::IssuerMismatch));
}

#[tokio::test]
async fn a_resolver_that_returns_the_wrong_verifier_is_rejected() {
    let service = service(|issuers| issuers);
    // A verifier of another issuer would accept its tokens.
    service.tenants.add_as("https://east.test", verifier(&service.north));
    let east = service.invented("https://east.test");
    assert_eq!(service.accepted(&east).await, Err(VerifyError::IssuerMismatch));
    // Nor is it kept as one: the mistake may be mended.
    let mended = issuer("https://east.test", &service.clock);
    service.tenants.add(verifier(&mended));
    service.clock.advance(10);
    assert!(service.accepted(&token(&mended)).await.is_ok());
    // One that goes by another time would accept what has expired.
    let late = issuer("https://late.test", &FixedClock::new(NOW - 6));
    service.tenants.add(verifier(&late));
    assert_eq!(service.accepted(&token(&late)).await, Err(VerifyError::IssuerMismatch));
}

#[tokio::test]
async fn a_service_may_have_nothing_but_tenants() {
    let (clock, tenants) = (FixedClock::new(NOW), Tenants::default());
    let north = issuer("https://north.test", &clock).with_algorithm(Algorithm::EdDSA).unwrap();
    tenants.add(verifier(&north));
    let authenticator = builder().issuers(tenants.clone()).clock(clock).build().unwrap();
    assert_eq!(accepted(&authenticator, &token(&north)).await.as_deref(), NORTH);
    assert_eq!(accepted(&authenticator, "opaque").await, Err(VerifyError::Malformed));

    // By the system's clock, a verifier of another time is none.
    let authenticator = builder().issuers(tenants).build().unwrap();
    assert_eq!(accepted(&authenticator, &token(&north)).await, Err(VerifyError::IssuerMismatch));
}

/// Anyone who asks after a tenant was forgotten is rejected, also if an answer was on its way before.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn no_answer_from_before_outlives_a_tenant() {
    let service = std::sync::Arc::new(service(|issuers| issuers));
    let (known, unknown) = (service.token(), service.token());
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let busy: Vec<_> = (0..3)
        .map(|_| {
            let (service, stop) = (service.clone(), stop.clone());
            let known = known.clone();
            tokio::spawn(async move {
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    let _ = service.accepted(&known).await;
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for _ in 0..300 {
        service.tenants.remove("https://north.test");
        service.authenticator.forget_issuer("https://north.test");
        for token in [&known, &unknown] {
            assert_eq!(service.accepted(token).await, Err(VerifyError::IssuerMismatch));
        }
        service.tenants.add(verifier(&service.north));
        service.authenticator.forget_issuer("https://north.test");
        assert_eq!(service.accepted(&known).await.as_deref(), NORTH);
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    for task in busy {
        task.await.unwrap();
    }
}
