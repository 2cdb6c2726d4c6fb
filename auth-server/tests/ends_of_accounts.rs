//! What ends with an account, its password or its sessions, over HTTP: two nodes on one file, with the endpoints of
//! the accounts and an API on each, and a restart in between.

#![cfg(test)]
#![expect(
    clippy::string_slice,
    clippy::format_push_string,
    reason = "a test may panic, and need not be fast"
)]
#![expect(dead_code, reason = "the browser can do more than is needed here")]

#[path = "program/browser.rs"]
mod browser;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use auth_accounts::Accounts;
use auth_accounts::delivery::{Delivery, DeliveryError, Message};
use auth_accounts::model::{Account, AccountStatus, AuditEntry, Email, LoginKey};
use auth_accounts::provided::ProvidedAccount;
use auth_accounts::secret::KeyRing;
use auth_accounts::session::SessionSettings;
use auth_accounts::store::Stores;
use auth_core::{Authenticator, Identity, Roles, Router, Scopes, requires, routing::get};
use auth_server::store::{AuthorizationStore as _, GrantSelector};
use auth_server::{AuthorizationServer, Client, Resource};
use auth_store::sqlite::SqliteStore;
use browser::Browser;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const API: &str = "https://api.example.com";
const PASSWORD: &str = "correct horse battery staple";
const OTHER: &str = "four words that nobody knows";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

#[derive(Clone, Copy, Scopes)]
enum Scope {
    /// See your orders.
    Read,
}

#[derive(Clone, Copy, Roles)]
enum Role {
    Admin,
}

#[requires(scope = Read)]
async fn orders(_caller: Identity) -> &'static str {
    "orders"
}

/// The last token that was sent to reset a password.
#[derive(Clone, Default)]
struct Mailbox(Arc<Mutex<Option<String>>>);

#[async_trait]
impl Delivery for Mailbox {
    async fn deliver(&self, _to: &Email, message: Message) -> Result<(), DeliveryError> {
        if let Message::PasswordReset { token, .. } = message {
            *self.0.lock().unwrap() = Some(token.expose().to_owned());
        }
        Ok(())
    }
}

/// A process, as far as it matters: a store, accounts and a server of its own on the file.
struct Node {
    address: String,
    store: SqliteStore,
    mailbox: Mailbox,
    serving: JoinHandle<()>,
}

impl Node {
    async fn start(file: &Path, issuer: &str, listener: TcpListener) -> Self {
        let address = format!("http://{}", listener.local_addr().unwrap());
        let store = SqliteStore::open(&format!("sqlite:{}", file.display())).await.unwrap();
        store.migrate().await.unwrap();
        let (keys, mailbox) = (KeyRing::new([("test", [7; 32])]).unwrap(), Mailbox::default());
        let accounts = Accounts::builder(Stores::all_in(store.clone()))
            .origin(issuer)
            .keys(keys.clone())
            .vocabulary::<(Scope, Role)>()
            .sessions(SessionSettings::default().without_tls())
            .delivery(mailbox.clone())
            .without_pages()
            .build()
            .unwrap();
        let alice = ProvidedAccount::new("alice", PASSWORD.into()).email("alice@example.com");
        accounts.add_as_program(&alice).await.unwrap();
        let server = AuthorizationServer::builder(issuer)
            .store(store.clone())
            .secrets(keys)
            .accounts(accounts.clone())
            .login(accounts.clone())
            .resource(Resource::new(API).scopes::<Scope>())
            .client(
                Client::public("app")
                    .redirect_uri("http://127.0.0.1/callback")
                    .scopes(["openid", "offline_access", "read"])
                    .resources([API])
                    .first_party(),
            )
            .build()
            .await
            .unwrap();
        let authenticator = Authenticator::builder()
            .vocabulary::<(Scope, Role)>()
            .verifier(server.verifier(API).unwrap())
            .revocations(server.revocations());
        let app = Router::new()
            .route("/orders", get(orders))
            .merge(server.router())
            .merge(accounts.router_at("/account"))
            .protect(accounts.schemes(authenticator).build().unwrap())
            .unwrap();
        let app = app.into_make_service_with_connect_info::<SocketAddr>();
        let serving = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { address, store, mailbox, serving }
    }

    /// Whether the API of this node takes the access token.
    async fn takes(&self, tokens: &Value) -> bool {
        let request = reqwest::Client::new().get(format!("{}/orders", self.address));
        let answer = request.bearer_auth(tokens["access_token"].as_str().unwrap()).send().await;
        match answer.unwrap().status().as_u16() {
            200 => true,
            401 => false,
            other => panic!("{other}"),
        }
    }

    /// The same once the revocations were heard of, which takes a fraction of a second.
    async fn refuses_in_the_end(&self, tokens: &Value) {
        let heard = async {
            while self.takes(tokens).await {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(5), heard).await.expect("the token is refused");
    }

    async fn token(&self, form: &[(&str, &str)]) -> (u16, Value) {
        let request = reqwest::Client::new().post(format!("{}/token", self.address)).form(form);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    async fn refresh(&self, tokens: &Value) -> (u16, Value) {
        let token = tokens["refresh_token"].as_str().unwrap();
        let form =
            [("grant_type", "refresh_token"), ("client_id", "app"), ("refresh_token", token)];
        self.token(&form).await
    }

    async fn is_refused(&self, tokens: &Value) -> bool {
        let (status, answer) = self.refresh(tokens).await;
        (status, answer["error"].as_str()) == (400, Some("invalid_grant"))
    }

    async fn redeem(&self, code: &str) -> (u16, Value) {
        let callback = "http://127.0.0.1:4321/callback";
        self.token(&[
            ("grant_type", "authorization_code"),
            ("client_id", "app"),
            ("code", code),
            ("code_verifier", VERIFIER),
            ("redirect_uri", callback),
        ])
        .await
    }

    /// A session of her program, which is not one of the authorization server.
    async fn session(&self) -> String {
        let sign_in = json!({ "username": "alice", "password": PASSWORD, "token": true });
        let (status, session) = self.account("/sign-in", None, sign_in).await;
        assert_eq!(status, 200, "{session}");
        session["access_token"].as_str().unwrap().to_owned()
    }

    /// An endpoint of the accounts; the session in the answer, if there is one.
    async fn account(&self, path: &str, session: Option<&str>, body: Value) -> (u16, Value) {
        self.account_by(Method::POST, path, session, body).await
    }

    async fn account_by(
        &self,
        method: Method,
        path: &str,
        session: Option<&str>,
        body: Value,
    ) -> (u16, Value) {
        let address = format!("{}/account{path}", self.address);
        let request = reqwest::Client::new().request(method, address);
        let request = match session {
            Some(session) => request.bearer_auth(session),
            None => request,
        };
        let answer = request.json(&body).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or_default())
    }

    async fn stored(&self) -> Account {
        let login = LoginKey::prepare("alice").unwrap();
        let found = Stores::all_in(self.store.clone()).accounts.find(&login).await;
        found.unwrap().unwrap()
    }
}

/// Two nodes on a file.
struct House {
    file: PathBuf,
    issuer: String,
    one: Node,
    other: Node,
}

impl House {
    async fn new(name: &str) -> Self {
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("ends-{name}.db"));
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", file.display()));
        }
        let listeners = [listen("127.0.0.1:0").await, listen("127.0.0.1:0").await];
        let issuer = format!("http://{}", listeners[0].local_addr().unwrap());
        let [first, second] = listeners;
        let one = Node::start(&file, &issuer, first).await;
        let other = Node::start(&file, &issuer, second).await;
        Self { file, issuer, one, other }
    }

    /// Ends the other node, and starts it anew at the same address.
    async fn restart_other(&mut self) {
        self.other.serving.abort();
        let _ = (&mut self.other.serving).await;
        let address = self.other.address.trim_start_matches("http://").to_owned();
        self.other = Node::start(&self.file, &self.issuer, listen(&address).await).await;
    }

    /// A code for tokens with this scope, by a sign-in with this password.
    async fn code(&self, password: &'static str, scope: &str) -> String {
        let query = browser::form(&[
            ("response_type", "code"),
            ("client_id", "app"),
            ("redirect_uri", "http://127.0.0.1:4321/callback"),
            ("scope", scope),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ]);
        let address = format!("{}/authorize?{query}", self.issuer);
        let location = tokio::task::spawn_blocking(move || {
            let mut browser = Browser::default();
            let page = browser.get(&address);
            let answer = browser.submit(&page, &[("username", "alice"), ("password", password)]);
            let answer = browser.follow_within(answer);
            answer.location().unwrap_or_else(|| panic!("no redirect: {answer:?}"))
        });
        let location = location.await.unwrap();
        let (_, query) = location.split_once('?').unwrap();
        let found = browser::parse(query).into_iter().find(|(name, _)| name == "code");
        found.unwrap_or_else(|| panic!("no code: {location}")).1
    }

    /// Tokens that both nodes take.
    async fn tokens(&self, password: &'static str, scope: &str) -> Value {
        let (status, tokens) = self.one.redeem(&self.code(password, scope).await).await;
        assert_eq!(status, 200, "{tokens}");
        assert!(self.one.takes(&tokens).await && self.other.takes(&tokens).await);
        tokens
    }
}

async fn listen(address: &str) -> TcpListener {
    TcpListener::bind(address).await.unwrap()
}

/// Holds P-40.
#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_its_user_changes_ends_all_grants_on_every_node() {
    let mut house = House::new("change").await;
    let online = house.tokens(PASSWORD, "openid read").await;
    let offline = house.tokens(PASSWORD, "openid offline_access read").await;
    let code = house.code(PASSWORD, "openid read").await;
    let session = house.one.session().await;

    let wrong = json!({ "current": OTHER, "new": OTHER });
    let (status, _) = house.one.account("/password", Some(&session), wrong).await;
    assert_eq!(status, 403);
    assert!(house.one.takes(&online).await, "nothing was changed");
    let change = json!({ "current": PASSWORD, "new": OTHER });
    let (status, answer) = house.one.account("/password", Some(&session), change).await;
    assert!(status < 300, "{status} {answer}");

    // What asks the store knows at once, also about a code that waits.
    let (status, answer) = house.other.redeem(&code).await;
    assert_eq!((status, answer["error"].as_str()), (400, Some("invalid_grant")));
    for tokens in [&online, &offline] {
        assert!(house.other.is_refused(tokens).await && house.one.is_refused(tokens).await);
        house.other.refuses_in_the_end(tokens).await;
        house.one.refuses_in_the_end(tokens).await;
    }
    // A node that was not there when it happened knows it from its first request on.
    house.restart_other().await;
    for tokens in [&online, &offline] {
        assert!(!house.other.takes(tokens).await);
        assert!(house.other.is_refused(tokens).await);
    }
    let next = house.tokens(OTHER, "openid offline_access read").await;
    assert_eq!(house.other.refresh(&next).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_is_reset_by_a_message_ends_all_grants() {
    let house = House::new("reset").await;
    let tokens = house.tokens(PASSWORD, "openid offline_access read").await;
    let reset = json!({ "username": "alice" });
    assert_eq!(house.one.account("/password/reset", None, reset).await.0, 202);
    let sent = async {
        loop {
            if let Some(token) = house.one.mailbox.0.lock().unwrap().take() {
                return token;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let token = tokio::time::timeout(Duration::from_secs(5), sent).await.unwrap();
    assert!(house.one.takes(&tokens).await, "who asks for a reset ends nothing");
    let confirm = json!({ "token": token, "new": OTHER });
    let (status, answer) = house.other.account("/password/reset/confirm", None, confirm).await;
    assert_eq!(status, 204, "{answer}");
    assert!(house.one.is_refused(&tokens).await);
    house.one.refuses_in_the_end(&tokens).await;
}

/// Holds P-40.
#[tokio::test(flavor = "multi_thread")]
async fn a_lock_and_the_removal_of_an_account_end_its_grants() {
    let mut house = House::new("lock").await;
    let alice = house.one.stored().await;
    let accounts = Stores::all_in(house.one.store.clone()).accounts;
    let entry = AuditEntry::new(alice.created_at, "test").about(&alice.id);
    let tokens = house.tokens(PASSWORD, "openid offline_access read").await;
    assert_eq!(accounts.set_status(&alice.id, AccountStatus::Locked, &entry).await, Ok(true));
    assert!(house.other.is_refused(&tokens).await);
    house.other.refuses_in_the_end(&tokens).await;
    // What a lock has ended does not come back with the account.
    assert_eq!(accounts.set_status(&alice.id, AccountStatus::Active, &entry).await, Ok(true));
    house.restart_other().await;
    assert!(house.other.is_refused(&tokens).await);
    assert!(!house.other.takes(&tokens).await);

    let tokens = house.tokens(PASSWORD, "openid offline_access read").await;
    assert_eq!(accounts.delete(&alice.id, &entry).await, Ok(true));
    assert!(house.other.is_refused(&tokens).await);
    house.other.refuses_in_the_end(&tokens).await;
    let which = GrantSelector::Subject(alice.id.to_string());
    let left = house.other.store.list_grants(&which, alice.created_at, 10).await.unwrap();
    assert_eq!(left, []);
    assert_eq!(house.other.store.consents(alice.id.as_str(), "app").await.unwrap(), []);
}

/// Holds P-40.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_is_ended_takes_its_grants_along_but_not_those_for_when_the_user_is_away() {
    let house = House::new("session").await;
    let online = house.tokens(PASSWORD, "openid read").await;
    let code = house.code(PASSWORD, "openid read").await;
    let offline = house.tokens(PASSWORD, "openid offline_access read").await;
    let mine = house.one.session().await;
    let end = async |id: &str| {
        let path = format!("/sessions/{id}");
        house.one.account_by(Method::DELETE, &path, Some(&mine), Value::Null).await.0
    };
    let listed = house.one.account_by(Method::GET, "/sessions", Some(&mine), Value::Null).await;
    let is_browser = |it: &&Value| it["carrier"] == "cookie";
    let sessions: Vec<&Value> = listed.1.as_array().unwrap().iter().filter(is_browser).collect();
    assert_eq!(sessions.len(), 3, "{listed:?}");
    for session in sessions {
        assert_eq!(end(session["id"].as_str().unwrap()).await, 204);
    }
    let (status, answer) = house.other.redeem(&code).await;
    assert_eq!((status, answer["error"].as_str()), (400, Some("invalid_grant")));
    assert!(house.other.is_refused(&online).await && house.one.is_refused(&online).await);
    house.other.refuses_in_the_end(&online).await;
    let (status, offline) = house.other.refresh(&offline).await;
    assert!(status == 200 && house.other.takes(&offline).await, "{offline}");
}

/// Holds P-40.
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_out_everywhere_ends_all_grants() {
    let house = House::new("everywhere").await;
    let online = house.tokens(PASSWORD, "openid read").await;
    let offline = house.tokens(PASSWORD, "openid offline_access read").await;
    let mine = house.one.session().await;
    let (status, _) = house.one.account("/sign-out/everywhere", Some(&mine), Value::Null).await;
    assert_eq!(status, 204);
    for tokens in [&online, &offline] {
        assert!(house.other.is_refused(tokens).await);
        house.other.refuses_in_the_end(tokens).await;
    }
    let next = house.tokens(PASSWORD, "openid offline_access read").await;
    assert_eq!(house.other.refresh(&next).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_that_is_added_ends_other_sessions_with_their_grants() {
    let house = House::new("factor").await;
    let online = house.tokens(PASSWORD, "openid read").await;
    let offline = house.tokens(PASSWORD, "openid offline_access read").await;
    let mine = house.one.session().await;
    let (status, totp) = house.one.account("/totp", Some(&mine), json!({})).await;
    assert_eq!(status, 200, "{totp}");
    assert!(!house.other.is_refused(&online).await, "nothing was changed");
    let secret = totp_rs::Secret::try_from_base32(totp["secret"].as_str().unwrap()).unwrap();
    let totp = totp_rs::Builder::new().with_secret(secret).build_noncompliant();
    let code = totp.generate(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs()).to_string();
    let (status, answer) =
        house.one.account("/totp/confirm", Some(&mine), json!({ "code": code })).await;
    assert_eq!(status, 200, "{answer}");
    assert!(house.other.is_refused(&online).await);
    house.other.refuses_in_the_end(&online).await;
    assert_eq!(house.other.refresh(&offline).await.0, 200);
}
