//! An application on a store in memory, with a clock that the test owns, and clients for it: a browser
//! with its cookies, and a program with a bearer token.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::{Duration, Instant};

use auth_accounts::model::{
    Account, AccountId, AccountKind, AccountStatus, AuditEntry, LoginKey, PasswordHash,
};
use auth_accounts::secret::KeyRing;
use auth_accounts::store::{AccountStore as _, AuditStore as _, Created, Stores};
use auth_accounts::{Accounts, AccountsBuilder};
use auth_core::routing::{get, post};
use auth_core::time::{Clock as _, FixedClock};
use auth_core::{Authenticator, Identity, Permissions, Roles, Router, Scopes, requires};
use auth_store::memory::MemoryStore;
use axum::body::Body;
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, SET_COOKIE};
use http::{HeaderMap, Method, Request};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;

/// Where the application is.
pub(crate) const ORIGIN: &str = "https://notes.example.com";
/// What every account here has.
pub(crate) const PASSWORD: &str = "correct horse battery staple";
/// Its hash, as these accounts make it: with the key `test`.
const HASH: &str = "test$argon2id$v=19$m=19456,t=2,p=1$WA1L6Oxl6teUQWV5vQqFdQ$8j5oGwLUU2w3OV097EmWj7N71e0r/pZTcM5jaFuikxw";
/// When every test begins.
pub(crate) const START: u64 = 1_800_000_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Roles)]
pub(crate) enum Role {
    #[role(grants(NotesRead, NotesWrite))]
    Member,
    Admin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Permissions)]
pub(crate) enum Permission {
    #[permission("notes:read")]
    NotesRead,
    #[permission("notes:write")]
    NotesWrite,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Scopes)]
pub(crate) enum Scope {
    Export,
}

/// Who calls.
#[requires(method = Session)]
async fn mine(caller: Identity) -> String {
    caller.subject().to_owned()
}

/// Changes something.
#[requires(method = Session)]
async fn change(caller: Identity) -> String {
    caller.subject().to_owned()
}

/// For who has proved two factors.
#[requires(method = Session, mfa)]
async fn careful() {}

/// For who has shown a code of a phone lately.
#[requires(method = Session, factor(Totp, within = "5m"))]
async fn pay() {}

/// Who calls, if there is a credential.
#[auth_core::public]
async fn anybody(caller: Option<Identity>) -> String {
    caller.map_or_else(|| "nobody".to_owned(), |it| it.subject().to_owned())
}

/// The application: its own endpoints, and those of the accounts below `/account`.
fn routes(accounts: &Accounts) -> Router {
    Router::new()
        .route("/mine", get(mine).post(change))
        .route("/feed", get(mine))
        .route("/careful", get(careful))
        .route("/pay", post(pay))
        .route("/anybody", get(anybody))
        .route("/anybody/changes", post(anybody))
        .merge(accounts.router_at("/account"))
}

/// One node of an application.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) accounts: Accounts,
    pub(crate) store: MemoryStore,
    pub(crate) clock: FixedClock,
    router: axum::Router,
}

impl App {
    pub(crate) fn new() -> Self {
        Self::with(|builder| builder)
    }

    /// With other settings.
    pub(crate) fn with(configure: impl FnOnce(AccountsBuilder) -> AccountsBuilder) -> Self {
        Self::on(MemoryStore::new(), FixedClock::new(START), configure)
    }

    /// Another node of the same application, with the same settings or others.
    pub(crate) fn another_node(
        &self,
        configure: impl FnOnce(AccountsBuilder) -> AccountsBuilder,
    ) -> Self {
        Self::on(self.store.clone(), self.clock.clone(), configure)
    }

    pub(crate) fn on(
        store: MemoryStore,
        clock: FixedClock,
        configure: impl FnOnce(AccountsBuilder) -> AccountsBuilder,
    ) -> Self {
        let stores = Stores::all_in(store.clone());
        Self::in_stores(stores, store, clock, configure)
    }

    /// An application on other stores than one in memory: what the test asks of `store` is not there.
    pub(crate) fn in_stores(
        stores: Stores,
        store: MemoryStore,
        clock: FixedClock,
        configure: impl FnOnce(AccountsBuilder) -> AccountsBuilder,
    ) -> Self {
        let builder = Accounts::builder(stores)
            .origin(ORIGIN)
            .keys(KeyRing::new([("test", [7; 32])]).unwrap())
            .vocabulary::<(Role, Permission, Scope)>()
            .clock(clock.clone());
        let accounts = configure(builder).build().unwrap();
        let builder = Authenticator::builder()
            .vocabulary::<(Role, Permission, Scope)>()
            .methods([auth_core::Method::Session]);
        let authenticator = accounts.schemes(builder).build().unwrap();
        let router = routes(&accounts).protect(authenticator).unwrap();
        Self { accounts, store, clock, router }
    }

    pub(crate) fn now(&self) -> u64 {
        self.clock.now()
    }

    /// An account of this name, with [`PASSWORD`].
    pub(crate) async fn account(&self, name: &str) -> AccountId {
        let account = Account {
            password: Some(PasswordHash::new(HASH)),
            password_at: Some(self.now()),
            ..person(name, self.now())
        };
        let id = account.id.clone();
        let created = self.store.create(&account, &AuditEntry::new(self.now(), "sign_up")).await;
        assert_eq!(created.unwrap(), Created::Created);
        id
    }

    /// A browser on a page of the application.
    pub(crate) fn browser(&self) -> Client {
        Client {
            app: self.clone(),
            cookies: BTreeMap::new(),
            token: None,
            headers: vec![("sec-fetch-site", "same-origin".to_owned())],
        }
    }

    /// A program: no cookies, and nothing that a browser says.
    pub(crate) fn program(&self) -> Client {
        Client { headers: Vec::new(), ..self.browser() }
    }

    /// A browser in which this account has signed in.
    pub(crate) async fn signed_in(&self, name: &str) -> Client {
        let mut browser = self.browser();
        let answer = browser.sign_in(name).await;
        assert_eq!((answer.status, &answer.json()["status"]), (200, &"signed_in".into()));
        browser
    }

    /// The same with a new account of this name.
    #[cfg(feature = "passkey")]
    pub(crate) async fn signed_in_as_new(&self, name: &str) -> Client {
        self.account(name).await;
        self.signed_in(name).await
    }

    /// The application, for a request by hand.
    pub(crate) fn router(&self) -> axum::Router {
        self.router.clone()
    }

    /// The events of the audit trail, in their order.
    pub(crate) async fn events(&self) -> Vec<AuditEntry> {
        let records = self.store.records(0, None, 10_000).await.unwrap();
        records.into_iter().map(|it| it.entry).collect()
    }
}

/// A person of this name, without a password.
pub(crate) fn person(name: &str, created_at: u64) -> Account {
    Account {
        id: AccountId::random(),
        kind: AccountKind::Person,
        login: LoginKey::from_prepared(name),
        username: name.to_owned(),
        email: None,
        email_verified_at: None,
        status: AccountStatus::Active,
        password: None,
        password_at: None,
        epoch: 0,
        created_at,
    }
}

/// Who sends requests.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) app: App,
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) token: Option<String>,
    /// What every request has, by its name in lower case.
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Client {
    /// The same with a header, in the place of one of the same name.
    pub(crate) fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.retain(|(other, _)| *other != name);
        self.headers.push((name, value.to_owned()));
        self
    }

    /// The same client at another node.
    pub(crate) fn at(&self, app: &App) -> Self {
        Self { app: app.clone(), ..self.clone() }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    pub(crate) async fn delete(&mut self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None).await
    }

    /// Sends JSON; nothing, if it is null.
    pub(crate) async fn post(&mut self, path: &str, body: Value) -> Answer {
        let body = (!body.is_null()).then(|| ("application/json", body.to_string()));
        self.send(Method::POST, path, body).await
    }

    pub(crate) async fn put(&mut self, path: &str, body: Value) -> Answer {
        let body = Some(("application/json", body.to_string()));
        self.send(Method::PUT, path, body).await
    }

    /// Sends a form.
    pub(crate) async fn form(&mut self, path: &str, body: &str) -> Answer {
        let body = Some(("application/x-www-form-urlencoded", body.to_owned()));
        self.send(Method::POST, path, body).await
    }

    pub(crate) async fn sign_in(&mut self, name: &str) -> Answer {
        let body = serde_json::json!({ "username": name, "password": PASSWORD });
        self.post("/account/sign-in", body).await
    }

    /// Signs in for a bearer token, which the client then has; the token of a sign-in that waits for
    /// its second factor, too.
    pub(crate) async fn sign_in_for_token(&mut self, name: &str) -> Answer {
        let body = serde_json::json!({ "username": name, "password": PASSWORD, "token": true });
        let answer = self.post("/account/sign-in", body).await;
        let body = answer.json();
        let token = body.get("access_token").or_else(|| body.get("pending_token"));
        self.token = token.and_then(Value::as_str).map(str::to_owned);
        answer
    }

    pub(crate) async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Option<(&str, String)>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        if !self.cookies.is_empty() {
            let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
            request = request.header(COOKIE, cookies.collect::<Vec<_>>().join("; "));
        }
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let body = body.map_or_else(Body::empty, |(content_type, body)| {
            request.headers_mut().unwrap().insert(CONTENT_TYPE, content_type.parse().unwrap());
            Body::from(body)
        });
        let answer = self.app.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let answer = Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        };
        for line in answer.all(SET_COOKIE.as_str()) {
            let (pair, attributes) = line.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// The only value of a header.
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let mut all = self.all(name);
        assert!(all.len() < 2, "{name}: {all:?}");
        all.pop()
    }

    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        let values = self.headers.get_all(name).iter();
        values.map(|it| it.to_str().unwrap().to_owned()).collect()
    }
}

/// Waits until something holds that is done beside the requests: seconds at most.
#[track_caller]
pub(crate) fn eventually<F: Future<Output = bool>>(
    mut holds: impl FnMut() -> F,
) -> impl Future<Output = ()> {
    let caller = std::panic::Location::caller();
    async move {
        let end = Instant::now() + Duration::from_secs(10);
        while !holds().await {
            assert!(Instant::now() < end, "it never held: {caller}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}
