//! A token that was revoked is rejected at the next request, known or not.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use auth_core::authenticator::AuthenticatorBuilder;
use auth_core::revocation::{Revocation, RevocationCheck, RevocationList, RevocationStatus};
use auth_core::routing::{delete, get};
use auth_core::testing::{CollectingSink, TestIssuer};
use auth_core::time::FixedClock;
use auth_core::{Authentication, Authenticator, Identity, Router, requires};
use auth_tests::http::{Answer, NOW, Permission, Role, Scope, issuer, send_as, serve};
use axum::extract::State;
use axum::http::StatusCode;

#[requires(authenticated)]
async fn me(caller: Identity) -> String {
    caller.subject().to_owned()
}

/// Logs out: the token of this request.
#[requires(authenticated)]
async fn log_out(caller: Identity, State(revocations): State<RevocationList>) -> StatusCode {
    match revocations.revoke(&caller) {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

struct Service {
    issuer: TestIssuer,
    clock: FixedClock,
    revocations: RevocationList,
    events: CollectingSink,
    address: SocketAddr,
}

impl Service {
    async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// A service that asks a list, and anything else that is added.
    async fn with(change: impl FnOnce(&mut Vec<Arc<dyn RevocationCheck>>)) -> Self {
        let (issuer, clock) = issuer();
        let revocations = RevocationList::builder().clock(clock.clone()).build().unwrap();
        let events = CollectingSink::default();
        let mut sources: Vec<Arc<dyn RevocationCheck>> = vec![Arc::new(revocations.clone())];
        change(&mut sources);
        let builder = Authenticator::builder()
            .vocabulary::<(Role, Permission, Scope)>()
            .verifier(issuer.verifier().build().unwrap())
            .audit(events.clone());
        let builder = sources.into_iter().fold(builder, AuthenticatorBuilder::revocations);
        let app = Router::new()
            .route("/me", get(me))
            .route("/session", delete(log_out))
            .with_state(revocations.clone())
            .protect(builder.build().unwrap())
            .unwrap();
        Self { issuer, clock, revocations, events, address: serve(app).await }
    }

    async fn me(&self, token: &str) -> Answer {
        send_as(self.address, "GET", "/me", token).await
    }

    /// Sends the token twice, so that it is known.
    async fn make_known(&self, token: &str) {
        for _ in 0..2 {
            assert_eq!(self.me(token).await.status, 200);
        }
    }
}

fn assert_refused(answer: &Answer) {
    assert_eq!(answer.status, 401);
    assert_eq!(answer.json()["code"], "invalid_token");
    let challenge = answer.header("www-authenticate");
    assert!(challenge.contains(r#"error="invalid_token""#), "{challenge}");
}

/// The clock does not move: it is the same second, and the next request.
///
/// Holds P-18.
#[tokio::test]
async fn a_revoked_token_is_refused_at_its_next_request() {
    let service = Service::start().await;
    let token = service.issuer.token("alice").sign().unwrap();
    let other = service.issuer.token("alice").sign().unwrap();
    service.make_known(&token).await;
    assert_eq!(send_as(service.address, "DELETE", "/session", &token).await.status, 204);
    let garbage = service.me("garbage").await;
    for _ in 0..3 {
        let refused = service.me(&token).await;
        assert_refused(&refused);
        assert_eq!(refused.body, garbage.body, "the caller learns no reason");
        assert_eq!(refused.header("www-authenticate"), garbage.header("www-authenticate"));
    }
    assert_eq!(service.me(&other).await.status, 200, "revoked was one token, not its subject");
    assert_refused(&send_as(service.address, "DELETE", "/session", &token).await);
}

#[tokio::test]
async fn a_token_without_id_is_revoked_like_any_other() {
    let service = Service::start().await;
    let token = service.issuer.token("alice").without("jti").sign().unwrap();
    service.make_known(&token).await;
    assert_eq!(send_as(service.address, "DELETE", "/session", &token).await.status, 204);
    assert_refused(&service.me(&token).await);
}

/// Holds P-18.
#[tokio::test]
async fn a_token_that_was_never_seen_is_refused_too() {
    let service = Service::start().await;
    let token = service.issuer.token("alice").claim("jti", "stolen").sign().unwrap();
    let issuer = service.issuer.issuer();
    service.revocations.revoke(Revocation::token(issuer, "stolen", NOW + 300)).unwrap();
    assert_refused(&service.me(&token).await);
}

#[tokio::test]
async fn a_subject_is_refused_until_it_has_a_token_of_a_later_second() {
    let service = Service::start().await;
    let alice = service.issuer.token("alice").sign().unwrap();
    let bob = service.issuer.token("bob").sign().unwrap();
    service.make_known(&alice).await;
    service.make_known(&bob).await;
    service.revocations.revoke_subject(service.issuer.issuer(), "alice").unwrap();
    assert_refused(&service.me(&alice).await);
    let same_second = service.issuer.token("alice").sign().unwrap();
    assert_refused(&service.me(&same_second).await);
    service.clock.advance(1);
    let later = service.issuer.token("alice").sign().unwrap();
    assert_eq!(service.me(&later).await.status, 200);
    assert_refused(&service.me(&same_second).await);
    assert_eq!(service.me(&bob).await.status, 200);
}

#[tokio::test]
async fn a_session_is_refused_as_a_whole() {
    let service = Service::start().await;
    let of = |sid: &str| service.issuer.token("alice").claim("sid", sid).sign().unwrap();
    let (first, second, other) = (of("s1"), of("s1"), of("s2"));
    service.make_known(&first).await;
    service.make_known(&other).await;
    service.revocations.revoke_session(service.issuer.issuer(), "s1").unwrap();
    assert_refused(&service.me(&first).await);
    assert_refused(&service.me(&second).await);
    assert_eq!(service.me(&other).await.status, 200);
}

/// A registered claim of the wrong type is never read as if it were not there.
#[tokio::test]
async fn a_session_id_that_is_no_text_is_refused() {
    let service = Service::start().await;
    let token = service.issuer.token("alice").claim("sid", 7).sign().unwrap();
    assert_refused(&service.me(&token).await);
}

#[tokio::test]
async fn the_audit_event_says_what_the_caller_does_not_learn() {
    let service = Service::start().await;
    let token = service.issuer.token("alice").sign().unwrap();
    service.make_known(&token).await;
    service.revocations.revoke_subject(service.issuer.issuer(), "alice").unwrap();
    for _ in 0..2 {
        assert_refused(&service.me(&token).await);
        let event = service.events.take().pop().unwrap();
        assert_eq!((event.status, event.code), (Some(401), "invalid_token"));
        assert_eq!(event.token_error, Some("revoked"));
    }
}

/// Gives the configured answer.
#[derive(Debug, Default)]
struct Store {
    is_down: AtomicBool,
    refuses: AtomicBool,
}

impl RevocationCheck for Store {
    fn status(&self, _: &Authentication) -> RevocationStatus {
        if self.refuses.load(SeqCst) {
            RevocationStatus::Revoked
        } else if self.is_down.load(SeqCst) {
            RevocationStatus::Unknown { retry_after: 7 }
        } else {
            RevocationStatus::Valid
        }
    }
}

#[tokio::test]
async fn an_unknown_revocation_status_is_503() {
    let store = Arc::new(Store::default());
    let service = Service::with(|sources| sources.push(Arc::clone(&store) as _)).await;
    let known = service.issuer.token("alice").sign().unwrap();
    let unknown = service.issuer.token("alice").sign().unwrap();
    service.make_known(&known).await;
    store.is_down.store(true, SeqCst);
    for token in [&known, &unknown] {
        let answer = service.me(token).await;
        assert_eq!((answer.status, answer.header("retry-after")), (503, "7"));
        assert_eq!(answer.header("www-authenticate"), "");
        assert_eq!(answer.json()["code"], "unavailable");
    }
    // No credential needs no store, and an invalid one is rejected without the store.
    assert_eq!(service.me("garbage").await.status, 401);
    store.is_down.store(false, SeqCst);
    for token in [&known, &unknown] {
        assert_eq!(service.me(token).await.status, 200);
    }
}

#[tokio::test]
async fn each_of_several_sources_can_refuse_and_revoked_is_said_before_unknown() {
    let store = Arc::new(Store::default());
    let down = Arc::new(Store::default());
    let service = Service::with(|sources| {
        sources.insert(0, Arc::clone(&down) as _);
        sources.push(Arc::clone(&store) as _);
    })
    .await;
    let token = service.issuer.token("alice").sign().unwrap();
    service.make_known(&token).await;
    store.refuses.store(true, SeqCst);
    assert_refused(&service.me(&token).await);
    down.is_down.store(true, SeqCst);
    assert_refused(&service.me(&token).await);
    store.refuses.store(false, SeqCst);
    assert_eq!(service.me(&token).await.status, 503);
}

/// While requests come in from all sides: none that starts after the revocation passes.
///
/// Holds P-18.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_request_that_starts_after_the_revocation_passes() {
    let service = Arc::new(Service::start().await);
    for _ in 0..5 {
        let token = Arc::new(service.issuer.token("alice").sign().unwrap());
        service.make_known(&token).await;
        let is_revoked = Arc::new(AtomicBool::new(false));
        let clients: Vec<_> = (0..4)
            .map(|_| {
                let (service, token) = (Arc::clone(&service), Arc::clone(&token));
                let is_revoked = Arc::clone(&is_revoked);
                tokio::spawn(async move {
                    loop {
                        let must_fail = is_revoked.load(SeqCst);
                        let status = service.me(&token).await.status;
                        assert!(!must_fail || status == 401, "{status} after it was revoked");
                        if must_fail {
                            return;
                        }
                    }
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(10)).await;
        let verified = service.issuer.verifier().build().unwrap().verify(&token).unwrap();
        service.revocations.revoke(&verified).unwrap();
        is_revoked.store(true, SeqCst);
        for client in clients {
            client.await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_full_list_refuses_to_revoke_and_the_handler_can_say_so() {
    let (issuer, clock) = issuer();
    let revocations = RevocationList::builder().capacity(1).clock(clock).build().unwrap();
    let authenticator = Authenticator::builder()
        .vocabulary::<(Role, Permission, Scope)>()
        .verifier(issuer.verifier().build().unwrap())
        .revocations(revocations.clone())
        .build()
        .unwrap();
    let app = Router::new().route("/session", delete(log_out)).with_state(revocations);
    let app = serve(app.protect(authenticator).unwrap()).await;
    let [first, second] = ["a", "b"].map(|subject| issuer.token(subject).sign().unwrap());
    assert_eq!(send_as(app, "DELETE", "/session", &first).await.status, 204);
    assert_eq!(send_as(app, "DELETE", "/session", &first).await.status, 401);
    assert_eq!(send_as(app, "DELETE", "/session", &second).await.status, 503);
    assert_eq!(send_as(app, "DELETE", "/session", &second).await.status, 503, "still logged in");
}
