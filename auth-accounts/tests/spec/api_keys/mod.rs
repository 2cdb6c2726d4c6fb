//! API keys: whose rights they have, for how long, and where they are taken.

mod endpoints;
mod kept;
mod life;
mod networks;
mod rights;
mod taken;

use std::net::SocketAddr;
use std::time::Duration;

use auth_accounts::Accounts;
use auth_accounts::api_key::{
    ApiKeyError, ApiKeySettings, KeyLifetime, NewApiKey, ServiceAccountError,
};
use auth_accounts::model::{
    Account, AccountId, AccountKind, AccountStatus, ApiKeyId, ApiKeyRecord, Assignment,
    AssignmentKind, AssignmentOrigin, AuditEntry,
};
use auth_accounts::secret::{Digest, KeyRing, SecretText};
use auth_accounts::session::{SessionMode, SessionSettings};
use auth_accounts::store::{Created, StoreError, Stores, Withdrawn};
use auth_core::authenticator::{AssignmentCache, AssignmentQuery};
use auth_core::testing::CollectingSink;
use auth_core::time::FixedClock;
use auth_core::{
    AssignmentSource, Assignments, Authenticator, Identity, Permissions, Roles, Router, Scopes,
    requires, routing::get,
};
use auth_store::memory::MemoryStore;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

use crate::support::{eventually, person};

const NOW: u64 = 1_800_000_000;
const DAY: u64 = 24 * 60 * 60;

#[derive(Clone, Copy, Permissions)]
enum Permission {
    #[permission("notes:read")]
    NotesRead,
    #[permission("notes:write")]
    NotesWrite,
}

#[derive(Clone, Copy, Roles)]
enum Role {
    #[role("member", grants(NotesRead, NotesWrite))]
    Member,
    #[role("admin", includes(Member))]
    Admin,
}

#[derive(Clone, Copy, Scopes)]
enum Scope {
    #[scope("pay")]
    Pay,
    #[scope("refund")]
    Refund,
}

#[requires(method = ApiKey, permission = "notes:read")]
async fn read(caller: Identity) -> String {
    format!("{} {}", caller.subject(), caller.token_id().unwrap_or_default())
}

#[requires(method = ApiKey, permission = "notes:write")]
async fn write() {}

#[requires(method = ApiKey, role = Member)]
async fn as_member() {}

#[requires(method = ApiKey, role = Admin)]
async fn as_admin() {}

#[requires(method = ApiKey, scope = Pay)]
async fn pay() {}

#[requires(method = ApiKey, scope = Refund)]
async fn refund() {}

#[requires(authenticated)]
async fn tokens_alone() {}

#[requires(method = ApiKey)]
async fn whoami(caller: Identity) -> String {
    format!(
        "{} {} {:?} {:?} {:?}",
        caller.method(),
        caller.issuer(),
        caller.auth_time(),
        caller.acr(),
        caller.amr()
    )
}

/// All roles of an account, by any credential.
struct StoredRoles(Stores, FixedClock);

impl AssignmentSource for StoredRoles {
    type Error = StoreError;

    async fn assignments(&self, caller: AssignmentQuery<'_>) -> Result<Assignments, StoreError> {
        let Ok(account) = AccountId::parse(caller.subject()) else {
            return Ok(Assignments::none());
        };
        let now = auth_core::time::Clock::now(&self.1);
        let held = self.0.assignments.assignments(&account, now).await?;
        Ok(Assignments::none().roles(held.into_iter().map(|it| it.name)))
    }
}

/// A service with one person, who is a member.
struct World {
    store: MemoryStore,
    clock: FixedClock,
    ring: KeyRing,
    accounts: Accounts,
    app: axum::Router,
    audit: CollectingSink,
    alice: AccountId,
}

fn settings() -> ApiKeySettings {
    ApiKeySettings::default().prefix("acme").environment("live").lendable_scopes(["pay"])
}

fn accounts(store: &MemoryStore, clock: &FixedClock, ring: &KeyRing) -> Accounts {
    Accounts::builder(Stores::all_in(store.clone()))
        .origin("https://notes.test")
        .keys(ring.clone())
        .clock(clock.clone())
        .vocabulary::<(Role, Permission, Scope)>()
        .api_keys(settings())
        .build()
        .unwrap()
}

/// A node on the store of these accounts.
fn node(accounts: &Accounts, clock: &FixedClock) -> axum::Router {
    audited_node(accounts, clock, CollectingSink::default())
}

fn audited_node(accounts: &Accounts, clock: &FixedClock, audit: CollectingSink) -> axum::Router {
    let authenticator = Authenticator::builder()
        .vocabulary::<(Role, Permission, Scope)>()
        .scheme(accounts.api_key_scheme())
        .assignment_source(StoredRoles(accounts.stores().clone(), clock.clone()))
        .assignment_cache(AssignmentCache::new().time_to_live(Duration::ZERO))
        .clock(clock.clone())
        .audit(audit)
        .build()
        .unwrap();
    Router::new()
        .route("/read", get(read))
        .route("/read/{id}/notes", get(read))
        .route("/write", get(write))
        .route("/member", get(as_member))
        .route("/admin", get(as_admin))
        .route("/pay", get(pay))
        .route("/refund", get(refund))
        .route("/whoami", get(whoami))
        .protect(authenticator)
        .unwrap()
}

impl World {
    async fn new() -> Self {
        let (store, clock) = (MemoryStore::new(), FixedClock::new(NOW));
        let ring = KeyRing::new([("2026-11", [7; 32])]).unwrap();
        let accounts = accounts(&store, &clock, &ring);
        let audit = CollectingSink::default();
        let app = audited_node(&accounts, &clock, audit.clone());
        let alice = AccountId::random();
        let mut world = Self { store, clock, ring, accounts, app, audit, alice };
        world.alice = world.add("alice", AccountKind::Person).await;
        world.assign(&world.alice, "member").await;
        world
    }

    async fn add(&self, name: &str, kind: AccountKind) -> AccountId {
        let account = Account { kind, ..person(name, NOW) };
        let audit = AuditEntry::new(NOW, "test");
        let created = self.accounts.stores().accounts.create(&account, &audit).await;
        assert_eq!(created, Ok(Created::Created));
        account.id
    }

    async fn assign(&self, account: &AccountId, role: &str) {
        let assignment = Assignment {
            account: account.clone(),
            kind: AssignmentKind::Role,
            name: role.to_owned(),
            origin: AssignmentOrigin::Manual,
            granted_by: None,
            reason: "test".to_owned(),
            granted_at: NOW,
            expires_at: None,
        };
        let audit = AuditEntry::new(NOW, "test");
        assert!(self.accounts.stores().assignments.assign(&assignment, &audit).await.unwrap());
    }

    async fn withdraw(&self, account: &AccountId, role: &str) {
        let (kind, origin) = (AssignmentKind::Role, AssignmentOrigin::Manual);
        let audit = AuditEntry::new(NOW, "test");
        let assignments = &self.accounts.stores().assignments;
        let withdrawn = assignments.withdraw(account, kind, role, origin, false, &audit).await;
        assert_eq!(withdrawn, Ok(Withdrawn::Done));
    }

    async fn key(&self, scopes: &[&str], roles: &[&str]) -> (ApiKeyId, SecretText) {
        let issued = self.accounts.create_api_key(&self.alice, &self.alice, new(scopes, roles));
        let issued = issued.await.unwrap();
        (issued.id, issued.key)
    }

    async fn record(&self, id: &ApiKeyId) -> ApiKeyRecord {
        self.accounts.stores().api_keys.key(id).await.unwrap().unwrap().record
    }

    async fn get(&self, path: &str, key: &SecretText) -> StatusCode {
        status(&self.app, path, key).await
    }

    /// The events of this name in the audit trail, as JSON.
    async fn events(&self, event: &str) -> Vec<String> {
        let trail = self.accounts.stores().audit.records(0, None, 1_000).await.unwrap();
        let found = trail.into_iter().filter(|it| it.entry.event == event);
        found.map(|it| serde_json::to_string(&it.entry).unwrap()).collect()
    }
}

fn new(scopes: &[&str], roles: &[&str]) -> NewApiKey {
    let owned = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect();
    NewApiKey {
        name: "reports".to_owned(),
        scopes: owned(scopes),
        roles: owned(roles),
        networks: Vec::new(),
        lifetime: KeyLifetime::Default,
    }
}

/// The part of a key that only its owner may see.
fn secret_part(key: &SecretText) -> &str {
    key.expose().rsplit('_').next().unwrap()
}

async fn send(app: &axum::Router, path: &str, headers: &[(&str, &str)]) -> (StatusCode, String) {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn status(app: &axum::Router, path: &str, key: &SecretText) -> StatusCode {
    send(app, path, &[("x-api-key", key.expose())]).await.0
}
