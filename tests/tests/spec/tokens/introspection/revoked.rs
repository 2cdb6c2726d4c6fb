//! An opaque token that was revoked here is rejected from then on, also if its endpoint says that it is active.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth_core::revocation::{
    FeedBatch, FeedError, Revocation, RevocationCheck, RevocationList, RevocationLog,
    SharedRevocations,
};
use auth_core::routing::{delete, get};
use auth_core::time::{Clock, FixedClock};
use auth_core::{Authenticator, Identity, Router, requires};
use auth_tests::http::{NOW, Permission, Role, Scope, send_as, serve};
use auth_tests::introspection::Endpoint;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::call;

#[requires(scope = Read)]
async fn read(caller: Identity) -> String {
    caller.subject().to_owned()
}

/// Ends the token of this request.
#[requires(authenticated)]
async fn log_out(caller: Identity, State(list): State<RevocationList>) -> StatusCode {
    if list.revoke(&caller).is_ok() {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    }
}

fn authenticator(
    endpoint: &Endpoint,
    clock: &FixedClock,
    time_to_live: u64,
    revocations: impl RevocationCheck + 'static,
) -> Authenticator {
    let verifier = endpoint.verifier().clock(clock.clone());
    Authenticator::builder()
        .vocabulary::<(Role, Permission, Scope)>()
        .verifier(verifier.time_to_live(Duration::from_secs(time_to_live)).build().unwrap())
        .revocations(revocations)
        .build()
        .unwrap()
}

struct Service {
    endpoint: Endpoint,
    clock: FixedClock,
    list: RevocationList,
    address: SocketAddr,
}

impl Service {
    async fn start(time_to_live: u64) -> Self {
        let (endpoint, clock) = (Endpoint::start().await, FixedClock::new(NOW));
        let list = RevocationList::builder().clock(clock.clone()).build().unwrap();
        let app = Router::new()
            .route("/read", get(read))
            .route("/session", delete(log_out))
            .with_state(list.clone())
            .protect(authenticator(&endpoint, &clock, time_to_live, list.clone()))
            .unwrap();
        Self { endpoint, clock, list, address: serve(app).await }
    }

    fn say(&self, token: &str, change: &Value) {
        self.endpoint.say(token, 200, answer(change).to_string());
    }

    async fn read(&self, token: &str) -> u16 {
        call(self.address, token).await.status
    }

    async fn log_out(&self, token: &str) -> u16 {
        send_as(self.address, "DELETE", "/session", token).await.status
    }
}

fn answer(change: &Value) -> Value {
    let mut answer = json!({"active": true, "sub": "alice", "aud": "orders-api", "scope": "read"});
    answer.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    answer
}

#[tokio::test]
async fn who_logged_out_stays_logged_out() {
    type Says = (&'static str, fn(u64) -> Value);

    let says: [Says; 7] = [
        ("neither jti nor exp", |_| json!({})),
        ("jti, no exp", |_| json!({"jti": "j"})),
        ("exp that slides", |now| json!({"exp": now + 120})),
        ("exp that slides, jti", |now| json!({"exp": now + 120, "jti": "j"})),
        ("expires_in", |now| json!({"expires_in": 1_900_000_000 - now})),
        ("a counter", |now| json!({"exp": NOW + 90_000, "count": now})),
        ("iat, no exp", |_| json!({"iat": NOW - 10})),
    ];
    for time_to_live in [60, 0] {
        for (name, says) in says {
            let service = Service::start(time_to_live).await;
            service.say("opaque", &says(NOW));
            // The caller who logs out is known already.
            assert_eq!(service.read("opaque").await, 200, "{name}");
            assert_eq!(service.log_out("opaque").await, 204, "{name}");
            for later in [0, 1, 61, 130, 3_600, 86_400, 86_600, 400 * 86_400] {
                service.clock.set(NOW + later);
                service.say("opaque", &says(NOW + later));
                assert_eq!(service.read("opaque").await, 401, "{name} {time_to_live} {later}");
            }
            service.say("another", &json!({"jti": "another", "exp": service.clock.now() + 60}));
            assert_eq!(service.read("another").await, 200, "{name}");
        }
    }
}

#[tokio::test]
async fn what_a_subject_held_stays_revoked_for_more_than_a_day() {
    let service = Service::start(60).await;
    service.say("opaque", &json!({}));
    assert_eq!(service.read("opaque").await, 200);
    service.list.revoke_subject("https://issuer.test", "alice").unwrap();
    for later in [0, 61, 86_400, 86_600, 10 * 86_400] {
        service.clock.set(NOW + later);
        assert_eq!(service.read("opaque").await, 401, "{later}");
        service.list.revoke_subject("https://issuer.test", &later.to_string()).unwrap();
    }
    service.say("later", &json!({"iat": NOW + 1}));
    assert_eq!(service.read("later").await, 200);
}

/// A store in memory.
#[derive(Clone, Default)]
struct Store(Arc<Mutex<Vec<String>>>);

impl RevocationLog for Store {
    async fn append(&self, revocation: &Revocation) -> Result<(), FeedError> {
        self.0.lock().unwrap().push(serde_json::to_string(revocation)?);
        Ok(())
    }

    async fn changes_after(&self, position: u64) -> Result<FeedBatch, FeedError> {
        let all = self.0.lock().unwrap();
        let after = all.iter().skip(usize::try_from(position)?);
        let revocations = after.map(|json| serde_json::from_str(json)).collect::<Result<_, _>>()?;
        Ok(FeedBatch { generation: 1, revocations, position: all.len() as u64, complete: true })
    }
}

/// Each node has asked the endpoint at another time, and got another answer.
#[tokio::test]
async fn a_token_that_one_node_revoked_is_refused_by_all() {
    let (endpoint, store) = (Endpoint::start().await, Store::default());
    let node = |seconds: u64| {
        let clock = FixedClock::new(NOW + seconds);
        let list = RevocationList::builder().clock(clock.clone()).build().unwrap();
        let builder = SharedRevocations::builder(store.clone()).list(list);
        let revocations = builder.poll_interval(Duration::from_millis(1)).build().unwrap();
        tokio::spawn(revocations.clone().run(tokio::time::sleep));
        (authenticator(&endpoint, &clock, 60, revocations.clone()), revocations)
    };
    let ((here, revoking), (there, following)) = (node(0), node(1));
    let ready = async |node: &SharedRevocations| {
        while !node.is_ready() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    ready(&revoking).await;
    ready(&following).await;

    endpoint.say("opaque", 200, answer(&json!({"exp": NOW + 60})).to_string());
    let caller = here.authenticate_bearer("opaque").await.unwrap();
    endpoint.say("opaque", 200, answer(&json!({"exp": NOW + 61, "seen": 2})).to_string());
    assert!(there.authenticate_bearer("opaque").await.is_ok());

    revoking.revoke(&caller).await.unwrap();
    assert!(here.authenticate_bearer("opaque").await.is_err());
    let refused = async {
        while there.authenticate_bearer("opaque").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), refused)
        .await
        .expect("refused at the other node");
    // A node that starts now reads it, too, and got another answer again.
    endpoint.say("opaque", 200, answer(&json!({})).to_string());
    let (late, starting) = node(2);
    ready(&starting).await;
    assert!(late.authenticate_bearer("opaque").await.is_err());
}
