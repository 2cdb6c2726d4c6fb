//! HTTP Basic.

use auth_accounts::model::{
    AccountStatus, AuditEntry, AuditOutcome, FactorId, FactorKind, FactorRecord,
};
use auth_accounts::password::PasswordSettings;
use auth_accounts::secret::{KeyRing, Sealed};
use auth_accounts::store::{AccountStore as _, FactorStore as _, Limit, Stores};
use auth_accounts::{Accounts, AccountsBuilder};
use auth_core::routing::get;
use auth_core::time::FixedClock;
use auth_core::{Authenticator, Identity, Router, requires};
use auth_store::memory::MemoryStore;
use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, Request};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use crate::password_support::{ANOTHER, NOW, PASSWORD};
use crate::support::Role;

#[requires(method = Basic)]
async fn report(caller: Identity) -> String {
    format!("{} {}", caller.issuer(), caller.subject())
}

#[requires(method = Session)]
async fn page(caller: Identity) -> String {
    caller.subject().to_owned()
}

struct Site {
    store: MemoryStore,
    clock: FixedClock,
    router: axum::Router,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Site {
    async fn new() -> Self {
        Self::with(|builder| builder).await
    }

    async fn with(set: impl FnOnce(AccountsBuilder) -> AccountsBuilder) -> Self {
        let (store, clock) = (MemoryStore::new(), FixedClock::new(NOW));
        let builder = Accounts::builder(Stores::all_in(store.clone()))
            .origin("https://notes.example.com")
            .keys(KeyRing::new([("test", [7; 32])]).unwrap())
            .clock(clock.clone());
        let accounts = set(builder).build().unwrap();
        let client = auth_accounts::sign_in::Client::default();
        accounts.sign_up("alice", &PASSWORD.into(), None, &client).await.unwrap();
        let protection =
            accounts.schemes(Authenticator::builder().vocabulary::<(Role,)>()).build().unwrap();
        let endpoints = Router::new()
            .route("/report", get(report).post(report))
            .route("/page", get(page))
            .nest("/account", accounts.router());
        let router = endpoints.protect(protection).unwrap();
        Self { store, clock, router }
    }

    async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8(body.to_vec()).unwrap();
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    async fn report(&self, name: &str, password: &str) -> u16 {
        let line = basic(name, password);
        self.send("GET", "/report", &[("authorization", &line)]).await.status
    }

    async fn alice(&self) -> auth_accounts::model::Account {
        let login = auth_accounts::model::LoginKey::prepare("alice").unwrap();
        self.store.find(&login).await.unwrap().unwrap()
    }
}

fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))
}

fn entry() -> AuditEntry {
    AuditEntry::new(NOW, "test")
}

#[tokio::test]
async fn a_name_and_a_password_open_an_endpoint_that_takes_them() {
    let site = Site::new().await;
    let line = basic("Alice", PASSWORD);
    let answer = site.send("GET", "/report", &[("authorization", &line)]).await;
    let id = site.alice().await.id;
    assert_eq!((answer.status, answer.body), (200, format!("https://notes.example.com {id}")));
    assert_eq!(site.report("alice", ANOTHER).await, 401);
    assert_eq!(site.report("nobody", PASSWORD).await, 401);
    let recorded = auth_accounts::store::AuditStore::records(&site.store, 0, None, 100).await;
    let recorded: Vec<_> = recorded.unwrap().into_iter().map(|it| it.entry).collect();
    let attempts: Vec<_> = recorded.iter().filter(|it| it.event == "sign_in").collect();
    assert_eq!(attempts.len(), 3, "R109");
    assert_eq!(attempts[0].outcome, AuditOutcome::Done);
    assert_eq!(attempts[1].outcome, AuditOutcome::Refused);
}

#[tokio::test]
async fn r16_over_basic_the_answers_are_alike() {
    let site = Site::new().await;
    let mut answers = Vec::new();
    for (name, password) in [("alice", ANOTHER), ("nobody", PASSWORD), ("a b", PASSWORD)] {
        let line = basic(name, password);
        let answer = site.send("GET", "/report", &[("authorization", &line)]).await;
        answers.push((answer.status, answer.headers, answer.body));
    }
    assert_eq!(answers[0].0, 401);
    assert!(answers.iter().all(|it| *it == answers[0]));
}

#[tokio::test]
async fn r18_basic_has_the_limits_of_a_sign_in() {
    let site = Site::new().await;
    for _ in 0..10 {
        assert_eq!(site.report("alice", ANOTHER).await, 401);
    }
    assert_eq!(site.report("alice", PASSWORD).await, 401, "the eleventh is not checked");
    site.clock.advance(900);
    assert_eq!(site.report("alice", PASSWORD).await, 200);
}

#[tokio::test]
async fn r20_who_is_in_stays_in_while_strangers_try() {
    let site = Site::new().await;
    assert_eq!(site.report("alice", PASSWORD).await, 200);
    for _ in 0..11 {
        assert_eq!(site.report("alice", ANOTHER).await, 401);
    }
    assert_eq!(site.report("alice", PASSWORD).await, 200);
}

#[tokio::test]
async fn what_was_right_a_moment_ago_is_not_hashed_again_until_something_changes() {
    let site = Site::new().await;
    assert_eq!(site.report("alice", PASSWORD).await, 200);
    site.store.faults().start_sequence();
    assert_eq!(site.report("alice", PASSWORD).await, 200);
    let asked = site.store.faults().end_sequence();
    assert_eq!(asked, ["AccountStore::load", "FactorStore::factors"]);
    let alice = site.alice().await;
    site.store.set_status(&alice.id, AccountStatus::Locked, &entry()).await.unwrap();
    assert_eq!(site.report("alice", PASSWORD).await, 401, "locked at once");
    site.store.set_status(&alice.id, AccountStatus::Active, &entry()).await.unwrap();
    assert_eq!(site.report("alice", PASSWORD).await, 200);
    site.clock.advance(60);
    site.store.faults().start_sequence();
    assert_eq!(site.report("alice", PASSWORD).await, 200);
    assert!(site.store.faults().end_sequence().contains(&"AttemptStore::hit"), "checked anew");
}

#[tokio::test]
async fn r23_an_account_with_a_second_factor_cannot_use_basic() {
    let site = Site::new().await;
    assert_eq!(site.report("alice", PASSWORD).await, 200);
    let factor = FactorRecord {
        id: FactorId::random(),
        account: site.alice().await.id,
        kind: FactorKind::Totp,
        name: "phone".to_owned(),
        sealed: Sealed { key: "test".to_owned(), bytes: vec![1] },
        last_step: None,
        credential_id: None,
        sign_count: 0,
        created_at: NOW,
        last_used_at: None,
    };
    site.store.add_factor(&factor, &entry()).await.unwrap();
    assert_eq!(site.report("alice", PASSWORD).await, 401, "also what was right a moment ago");
}

#[tokio::test]
async fn r26_r29_only_endpoints_that_take_basic_ask_for_it() {
    let site = Site::new().await;
    let challenges = async |path| {
        let answer = site.send("GET", path, &[]).await;
        assert_eq!(answer.status, 401);
        let all = answer.headers.get_all("www-authenticate").iter();
        all.map(|it| it.to_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(challenges("/report").await, [r#"Basic charset="UTF-8""#]);
    assert!(challenges("/page").await.iter().all(|it| !it.starts_with("Basic")));
    let line = basic("alice", PASSWORD);
    assert_eq!(site.send("GET", "/page", &[("authorization", &line)]).await.status, 401);
}

#[tokio::test]
async fn r27_r28_what_is_malformed_is_400_and_two_are_too_many() {
    let site = Site::new().await;
    for line in ["Basic", "Basic %%%", "basic YWxpY2U", "BASIC YTpi=", "Basic YQA6Yg=="] {
        let answer = site.send("GET", "/report", &[("authorization", line)]).await;
        assert_eq!(answer.status, 400, "{line}");
    }
    let line = basic("alice", PASSWORD).replace("Basic", "bAsIc");
    assert_eq!(site.send("GET", "/report", &[("authorization", &line)]).await.status, 200);
    let twice = [("authorization", line.as_str()), ("authorization", line.as_str())];
    assert_eq!(site.send("GET", "/report", &twice).await.status, 400);
}

#[tokio::test]
async fn r30_browsers_send_basic_by_themselves_so_a_stranger_s_page_is_refused() {
    let site = Site::new().await;
    let line = basic("alice", PASSWORD);
    for (header, status) in [
        (Some(("sec-fetch-site", "cross-site")), 403),
        (Some(("sec-fetch-site", "same-origin")), 200),
        (None, 403),
    ] {
        let mut headers = vec![("authorization", line.as_str())];
        headers.extend(header);
        assert_eq!(site.send("POST", "/report", &headers).await.status, status, "{header:?}");
    }
}

#[tokio::test]
async fn r31_an_origin_without_tls_has_no_basic() {
    let site = Site::with(|builder| builder.origin("http://notes.example.com")).await;
    assert_eq!(site.report("alice", PASSWORD).await, 500);
}

#[tokio::test]
async fn r85_a_store_that_fails_is_503() {
    let site = Site::new().await;
    assert_eq!(site.report("alice", PASSWORD).await, 200);
    site.store.faults().fail(true);
    assert_eq!(site.report("alice", PASSWORD).await, 503);
    assert_eq!(site.report("bob", PASSWORD).await, 503);
}

#[tokio::test]
async fn r20_strangers_lock_out_no_program_that_was_right_before() {
    let site = Site::new().await;
    assert_eq!(site.report("alice", PASSWORD).await, 200);
    for _ in 0..11 {
        assert_eq!(site.report("alice", ANOTHER).await, 401);
    }
    // The password is no longer taken without a hash, and its attempts are those of its owner.
    site.clock.advance(61);
    assert_eq!(site.report("alice", PASSWORD).await, 200);
}

#[tokio::test]
async fn r18_a_program_that_is_right_gives_strangers_at_the_sign_in_nothing_back() {
    let site = Site::new().await;
    let sign_in = async |password: &str| {
        let body = format!(r#"{{"username":"alice","password":"{password}","token":true}}"#);
        let request = Request::post("/account/sign-in").header("content-type", "application/json");
        let request = request.body(Body::from(body)).unwrap();
        site.router.clone().oneshot(request).await.unwrap().status().as_u16()
    };
    for _ in 0..10 {
        assert_eq!(sign_in(ANOTHER).await, 401);
    }
    assert_eq!(site.report("alice", PASSWORD).await, 200);
    assert_eq!(sign_in(ANOTHER).await, 429);
}

#[tokio::test]
async fn r18_two_ways_to_try_a_password_are_no_more_attempts_in_the_long_run() {
    let (once, long) =
        (Limit { attempts: 50, window_seconds: 60 }, Limit { attempts: 8, window_seconds: 3_600 });
    let settings = PasswordSettings::default().attempts(once).consecutive_attempts(long);
    let site = Site::with(|builder| builder.passwords(settings)).await;
    for _ in 0..8 {
        assert_eq!(site.report("alice", ANOTHER).await, 401);
    }
    let body = format!(r#"{{"username":"alice","password":"{PASSWORD}","token":true}}"#);
    let request = Request::post("/account/sign-in").header("content-type", "application/json");
    let request = request.body(Body::from(body)).unwrap();
    assert_eq!(site.router.clone().oneshot(request).await.unwrap().status().as_u16(), 429);
}
