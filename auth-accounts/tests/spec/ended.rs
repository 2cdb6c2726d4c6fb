//! What outlives a request ends with the session.

use auth_accounts::Accounts;
use auth_accounts::model::{AccountId, AccountStatus, AuditEntry};
use auth_accounts::secret::KeyRing;
use auth_accounts::session::SessionSettings;
use auth_accounts::store::{AccountStore as _, Stores};
use auth_core::routing::get;
use auth_core::time::FixedClock;
use auth_core::{Authenticator, Identity, Router, requires};
use auth_store::memory::MemoryStore;
use axum::body::Body;
use axum::extract::State;
use http::Request;
use tower::ServiceExt as _;

use crate::support::{App, Client, Role, eventually};

/// Answers when the session is over.
#[requires(method = Session | ApiKey)]
async fn watch(State(accounts): State<Accounts>, caller: Identity) {
    accounts.session_ended(&caller).await;
}

/// A node on which something waits for the end of a session.
struct Watching(tokio::task::JoinHandle<u16>);

impl Watching {
    async fn of(app: &App, token: &str) -> Self {
        let accounts = Accounts::builder(Stores::all_in(app.store.clone()))
            .origin(app.accounts.issuer())
            .keys(KeyRing::new([("test", [7; 32])]).unwrap())
            .clock(app.clock.clone())
            .build()
            .unwrap();
        let builder = accounts.schemes(Authenticator::builder().vocabulary::<(Role,)>());
        let endpoints = Router::new().route("/watch", get(watch)).with_state(accounts);
        let router = endpoints.protect(builder.build().unwrap()).unwrap();
        let request = Request::get("/watch").header("authorization", format!("Bearer {token}"));
        let request = request.body(Body::empty()).unwrap();
        let watching =
            tokio::spawn(async { router.oneshot(request).await.unwrap().status().as_u16() });
        // So that what comes next is a change that it has to hear of.
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        assert!(!watching.is_finished());
        Self(watching)
    }

    async fn ends(self) {
        eventually(async || self.0.is_finished()).await;
        assert_eq!(self.0.await.unwrap(), 200);
    }

    fn goes_on(&self) -> bool {
        !self.0.is_finished()
    }
}

async fn alice(app: &App) -> (AccountId, Client, String) {
    let id = app.account("alice").await;
    let mut client = app.browser();
    let token = client.sign_in_for_token("alice").await.json()["access_token"].clone();
    (id, client, token.as_str().unwrap().to_owned())
}

#[tokio::test]
async fn r79_what_outlives_a_request_ends_with_a_sign_out_on_another_node() {
    let app = App::new();
    let (_, _, token) = alice(&app).await;
    let watching = Watching::of(&app, &token).await;
    let mut other = app.signed_in("alice").await;
    assert_eq!(other.post("/account/sign-out", serde_json::Value::Null).await.status, 204);
    assert!(watching.goes_on(), "another session has ended");
    let mut program = app.browser().with_header("authorization", &format!("Bearer {token}"));
    assert_eq!(program.post("/account/sign-out", serde_json::Value::Null).await.status, 204);
    watching.ends().await;
}

#[tokio::test]
async fn r80_what_outlives_a_request_ends_when_the_account_is_locked() {
    let app = App::new();
    let (id, _, token) = alice(&app).await;
    let watching = Watching::of(&app, &token).await;
    let audit = AuditEntry::new(app.now(), "account_locked");
    assert!(app.store.set_status(&id, AccountStatus::Locked, &audit).await.unwrap());
    watching.ends().await;
}

#[tokio::test(start_paused = true)]
async fn r78_what_outlives_a_request_ends_with_the_time_of_the_session() {
    let clock = FixedClock::new(1_800_000_000);
    let idle = SessionSettings::default().idle(std::time::Duration::from_hours(1));
    let app = App::on(MemoryStore::new(), clock, |builder| builder.sessions(idle));
    let (_, _, token) = alice(&app).await;
    let watching = Watching::of(&app, &token).await;
    app.clock.advance(3_599);
    tokio::time::sleep(std::time::Duration::from_secs(61)).await;
    assert!(watching.goes_on());
    app.clock.advance(1);
    tokio::time::sleep(std::time::Duration::from_secs(61)).await;
    watching.ends().await;
}

#[tokio::test(start_paused = true)]
async fn r112_what_outlives_a_request_ends_when_the_store_cannot_be_asked() {
    let app = App::new();
    let (_, _, token) = alice(&app).await;
    let watching = Watching::of(&app, &token).await;
    app.store.faults().fail(true);
    tokio::time::sleep(std::time::Duration::from_secs(130)).await;
    watching.ends().await;
}
