//! API keys: whose rights they have, for how long, and where they are taken.

use std::net::SocketAddr;
use std::time::Duration;

use auth_accounts::Accounts;
use auth_accounts::api_key::{
    ApiKeyError, ApiKeySettings, KeyLifetime, NewApiKey, ServiceAccountError,
};
use auth_accounts::model::{
    Account, AccountId, AccountKind, AccountStatus, ApiKeyId, ApiKeyRecord, Assignment,
    AssignmentKind, AssignmentOrigin, AuditEntry, LoginKey,
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

use crate::support::eventually;

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

/// All roles of an account, whoever calls for it.
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

fn account(name: &str, kind: AccountKind) -> Account {
    Account {
        id: AccountId::random(),
        kind,
        login: LoginKey::from_prepared(name),
        username: name.to_owned(),
        email: None,
        email_verified_at: None,
        status: AccountStatus::Active,
        password: None,
        password_at: None,
        epoch: 0,
        created_at: NOW,
    }
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
        let account = account(name, kind);
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
        let withdrawn = assignments.withdraw(account, kind, role, origin, None, &audit).await;
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

/// What of a key nobody else may see.
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

#[tokio::test]
async fn a_key_is_taken_from_its_header_or_as_a_bearer_token() {
    let world = World::new().await;
    let (id, key) = world.key(&["notes:read"], &[]).await;
    let bearer = format!("Bearer {}", key.expose());
    for headers in [[("x-api-key", key.expose())], [("authorization", &bearer)]] {
        let (status, body) = send(&world.app, "/read", &headers).await;
        assert_eq!((status, body), (StatusCode::OK, format!("{} {id}", world.alice)));
    }
}

#[tokio::test]
async fn r107_a_request_with_a_key_in_two_places_is_rejected_with_400() {
    let world = World::new().await;
    let (_, key) = world.key(&["notes:read"], &[]).await;
    let bearer = format!("Bearer {}", key.expose());
    let both = [("x-api-key", key.expose()), ("authorization", &bearer)];
    assert_eq!(send(&world.app, "/read", &both).await.0, StatusCode::BAD_REQUEST);
    let twice = [("x-api-key", key.expose()), ("x-api-key", key.expose())];
    assert_eq!(send(&world.app, "/read", &twice).await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn r101_a_key_in_the_address_is_rejected_with_400_and_noted_without_the_key() {
    let world = World::new().await;
    let (_, key) = world.key(&["notes:read"], &[]).await;
    let key = key.expose();
    let escaped = key.replace('_', "%5f");
    for path in [
        format!("/read?api_key={key}"),
        format!("/read?x=1&{key}"),
        format!("/read?k={escaped}"),
        format!("/read/{key}/notes"),
    ] {
        // Whatever else it carries: the key in the address is known to others.
        for headers in [&[][..], &[("x-api-key", key)], &[("authorization", "Bearer x")]] {
            let (status, body) = send(&world.app, &path, headers).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{headers:?}");
            assert!(body.contains("credential_in_address") && !body.contains(key), "{body}");
            let noted = format!("{:?}", world.audit.take());
            assert!(noted.contains("credential_in_address") && !noted.contains(key), "{noted}");
        }
    }
    // What only looks like one is no one's.
    let (status, _) = send(&world.app, "/read?q=acme_live_", &[("x-api-key", key)]).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn a_key_is_not_taken_where_no_endpoint_says_so() {
    let world = World::new().await;
    let (_, key) = world.key(&["notes:read"], &[]).await;
    let authenticator = Authenticator::builder()
        .vocabulary::<(Role, Permission, Scope)>()
        .verifier(
            auth_core::testing::TestIssuer::new("https://id.test", "notes")
                .unwrap()
                .verifier()
                .build()
                .unwrap(),
        )
        .scheme(world.accounts.api_key_scheme())
        .build()
        .unwrap();
    let app = Router::new().route("/", get(tokens_alone)).protect(authenticator).unwrap();
    assert_eq!(status(&app, "/", &key).await, StatusCode::UNAUTHORIZED);
    let bearer = format!("Bearer {}", key.expose());
    let (status, _) = send(&app, "/", &[("authorization", &bearer)]).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn r102_the_store_has_a_digest_that_needs_the_ring_and_not_the_key() {
    let world = World::new().await;
    let (id, key) = world.key(&["notes:read"], &[]).await;
    let record = world.record(&id).await;
    assert_eq!(record.ring_key, "2026-11");
    for unkeyed in [Digest::of(&[key.expose().as_bytes()]), Digest::ZERO] {
        assert!(!record.digest.matches(&unkeyed));
    }
    let text = key.expose();
    assert_eq!(text.len(), 59);
    assert!(text.starts_with(&format!("acme_live_{id}_")));
    let pattern = r"\bacme_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{36}\b";
    assert_eq!(world.accounts.api_key_format().pattern(), pattern);
    // Who has another ring cannot use what the store has.
    let stranger = KeyRing::new([("2026-11", [8; 32])]).unwrap();
    let stranger = node(&accounts(&world.store, &world.clock, &stranger), &world.clock);
    assert_eq!(status(&stranger, "/read", &key).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_key_that_was_cut_or_mistyped_asks_no_store() {
    let world = World::new().await;
    let (_, key) = world.key(&["notes:read"], &[]).await;
    let key = key.expose();
    world.store.faults().reset();
    let mistyped = format!("{}{}", key.split_at(58).0, if key.ends_with('0') { '1' } else { '0' });
    for text in [key.split_at(58).0, &mistyped, "acme_live_", "k", "eyJhbGciOiJub25lIn0.e30."] {
        let (status, _) = send(&world.app, "/read", &[("x-api-key", text)]).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{text}");
    }
    assert_eq!(world.store.faults().total(), 0);
}

#[tokio::test]
async fn an_unknown_key_and_a_wrong_secret_are_answered_alike() {
    let world = World::new().await;
    let (id, _) = world.key(&["notes:read"], &[]).await;
    // Another application's key of the same form, with an id that is unknown here and one that is not.
    let other = World::new().await;
    let (_, unknown) = other.key(&["notes:read"], &[]).await;
    let with_id = {
        let (head, rest) = ("acme_live_", "0".repeat(30));
        let text = format!("{head}{id}_{rest}");
        // The checksum is no secret.
        format!("{text}{}", checksum(&text))
    };
    let answer = send(&world.app, "/read", &[("x-api-key", unknown.expose())]).await;
    assert_eq!(answer.0, StatusCode::UNAUTHORIZED);
    assert_eq!(send(&world.app, "/read", &[("x-api-key", &with_id)]).await, answer);
    assert_eq!(world.events("api_key_refused").await.len(), 1, "the key that there is");
}

/// CRC-32 in base 62, as a stranger would write it.
fn checksum(text: &str) -> String {
    let mut sum = u32::MAX;
    for byte in text.bytes() {
        sum ^= u32::from(byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 };
        }
    }
    let (mut rest, mut digits) = (!sum, Vec::new());
    let letters: Vec<char> = ('0'..='9').chain('A'..='Z').chain('a'..='z').collect();
    for _ in 0..6 {
        digits.push(letters[(rest % 62) as usize]);
        rest /= 62;
    }
    digits.iter().rev().collect()
}

#[tokio::test]
async fn r103_a_key_has_what_it_names_of_the_present_rights_of_its_owner() {
    let world = World::new().await;
    let (_, reads) = world.key(&["notes:read"], &[]).await;
    assert_eq!(world.get("/read", &reads).await, StatusCode::OK);
    assert_eq!(world.get("/write", &reads).await, StatusCode::FORBIDDEN, "it does not name that");
    assert_eq!(world.get("/member", &reads).await, StatusCode::FORBIDDEN, "no role was lent");
    world.withdraw(&world.alice, "member").await;
    assert_eq!(world.get("/read", &reads).await, StatusCode::FORBIDDEN, "the owner may not");
    world.assign(&world.alice, "member").await;
    assert_eq!(world.get("/read", &reads).await, StatusCode::OK);
}

#[tokio::test]
async fn r103_a_role_counts_if_it_was_lent_and_as_long_as_the_owner_has_it() {
    let world = World::new().await;
    let (_, member) = world.key(&[], &["member"]).await;
    for path in ["/member", "/read", "/write"] {
        assert_eq!(world.get(path, &member).await, StatusCode::OK, "{path}");
    }
    let (_, admin) = world.key(&[], &["admin"]).await;
    assert_eq!(world.get("/admin", &admin).await, StatusCode::FORBIDDEN, "alice is no admin");
    assert_eq!(world.get("/member", &admin).await, StatusCode::OK, "which an admin includes");
    world.assign(&world.alice, "admin").await;
    assert_eq!(world.get("/admin", &admin).await, StatusCode::OK);
    assert_eq!(world.get("/admin", &member).await, StatusCode::FORBIDDEN, "more was not lent");
    world.withdraw(&world.alice, "admin").await;
    world.withdraw(&world.alice, "member").await;
    assert_eq!(world.get("/member", &admin).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn r103_a_scope_is_in_a_key_only_if_the_application_lends_it() {
    let world = World::new().await;
    let (_, pays) = world.key(&["pay"], &[]).await;
    assert_eq!(world.get("/pay", &pays).await, StatusCode::OK);
    assert_eq!(world.get("/refund", &pays).await, StatusCode::FORBIDDEN);
    let refused = world.accounts.create_api_key(&world.alice, &world.alice, new(&["refund"], &[]));
    assert_eq!(refused.await.unwrap_err(), ApiKeyError::UnknownScope(0));
}

#[tokio::test]
async fn r103_a_key_is_void_while_its_owner_is_locked_and_when_they_are_gone() {
    let world = World::new().await;
    let (_, key) = world.key(&["notes:read"], &[]).await;
    let (store, audit) = (&world.accounts.stores().accounts, AuditEntry::new(NOW, "test"));
    for (status, expected) in
        [(AccountStatus::Locked, StatusCode::UNAUTHORIZED), (AccountStatus::Active, StatusCode::OK)]
    {
        assert!(store.set_status(&world.alice, status, &audit).await.unwrap());
        assert_eq!(world.get("/read", &key).await, expected);
    }
    assert!(store.delete(&world.alice, &audit).await.unwrap());
    assert_eq!(world.get("/read", &key).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_key_that_names_what_the_application_no_longer_has_is_rejected_and_noted() {
    let world = World::new().await;
    let (_, key) = world.key(&["notes:read", "notes:write"], &[]).await;
    let poorer = Accounts::builder(Stores::all_in(world.store.clone()))
        .origin("https://notes.test")
        .keys(world.ring.clone())
        .clock(world.clock.clone())
        .api_keys(ApiKeySettings::default().prefix("acme").environment("live"))
        .vocabulary::<(Role, Scope)>()
        .build()
        .unwrap();
    let app = node(&poorer, &world.clock);
    assert_eq!(status(&app, "/read", &key).await, StatusCode::UNAUTHORIZED);
    assert_eq!(world.events("api_key_refused").await.len(), 1);
}

#[tokio::test]
async fn a_key_has_no_factor_and_no_time_of_sign_in() {
    let world = World::new().await;
    let (_, key) = world.key(&["notes:read"], &[]).await;
    let (_, body) = send(&world.app, "/whoami", &[("x-api-key", key.expose())]).await;
    assert_eq!(body, "api-key https://notes.test None None []");
}

#[tokio::test]
async fn r104_a_key_expires_after_90_days_unless_its_maker_says_otherwise() {
    let world = World::new().await;
    let (id, key) = world.key(&["notes:read"], &[]).await;
    assert_eq!(world.record(&id).await.expires_at, Some(NOW + 90 * DAY));
    world.clock.set(NOW + 90 * DAY - 1);
    assert_eq!(world.get("/read", &key).await, StatusCode::OK);
    world.clock.set(NOW + 90 * DAY);
    assert_eq!(world.get("/read", &key).await, StatusCode::UNAUTHORIZED);
    world.clock.set(NOW);
    for (lifetime, expected) in [
        (KeyLifetime::Seconds(60), Ok(Some(NOW + 60))),
        (KeyLifetime::Never, Ok(None)),
        (KeyLifetime::Seconds(0), Err(ApiKeyError::Lifetime)),
        (KeyLifetime::Seconds(u64::MAX), Err(ApiKeyError::Lifetime)),
    ] {
        let asked = NewApiKey { lifetime, ..new(&["notes:read"], &[]) };
        let issued = world.accounts.create_api_key(&world.alice, &world.alice, asked).await;
        assert_eq!(issued.map(|it| it.expires_at), expected, "{lifetime:?}");
    }
}

#[tokio::test]
async fn r104_a_key_that_was_replaced_stays_valid_for_the_overlap() {
    let world = World::new().await;
    let (id, first) = world.key(&["notes:read"], &[]).await;
    let rotate = async |overlap| {
        let rotated = world.accounts.rotate_api_key(&world.alice, &world.alice, &id, overlap).await;
        rotated.map(|it| it.key)
    };
    let second = rotate(None).await.unwrap();
    assert!(second.expose().starts_with(&format!("acme_live_{id}_")), "the id stays");
    for (at, expected) in [(DAY - 1, StatusCode::OK), (DAY, StatusCode::UNAUTHORIZED)] {
        world.clock.set(NOW + at);
        assert_eq!(world.get("/read", &first).await, expected);
        assert_eq!(world.get("/read", &second).await, StatusCode::OK);
    }
    let third = rotate(Some(Duration::from_mins(1))).await.unwrap();
    let fourth = rotate(Some(Duration::from_mins(1))).await.unwrap();
    assert_eq!(world.get("/read", &second).await, StatusCode::UNAUTHORIZED, "the oldest goes");
    assert_eq!(world.get("/read", &third).await, StatusCode::OK);
    let fifth = rotate(Some(Duration::ZERO)).await.unwrap();
    assert_eq!(world.get("/read", &fourth).await, StatusCode::UNAUTHORIZED, "no overlap");
    assert_eq!(world.get("/read", &fifth).await, StatusCode::OK);
    let week = Duration::from_secs(7 * DAY);
    assert!(rotate(Some(week)).await.is_ok());
    let longer = rotate(Some(week + Duration::from_secs(1))).await;
    assert_eq!(longer.unwrap_err(), ApiKeyError::Overlap);
}

#[tokio::test]
async fn r104_a_key_that_was_revoked_is_valid_on_no_node_from_then_on() {
    let world = World::new().await;
    let (id, key) = world.key(&["notes:read"], &[]).await;
    let other = node(&accounts(&world.store, &world.clock, &world.ring), &world.clock);
    let rotated = world.accounts.rotate_api_key(&world.alice, &world.alice, &id, None).await;
    let rotated = rotated.unwrap().key;
    for key in [&key, &rotated] {
        assert_eq!(world.get("/read", key).await, StatusCode::OK);
        assert_eq!(status(&other, "/read", key).await, StatusCode::OK);
    }
    world.accounts.revoke_api_key(&world.alice, &world.alice, &id).await.unwrap();
    for key in [&key, &rotated] {
        assert_eq!(world.get("/read", key).await, StatusCode::UNAUTHORIZED);
        assert_eq!(status(&other, "/read", key).await, StatusCode::UNAUTHORIZED);
    }
    let again = world.accounts.revoke_api_key(&world.alice, &world.alice, &id).await;
    assert_eq!(again.unwrap_err(), ApiKeyError::NotFound);
    let revived = world.accounts.rotate_api_key(&world.alice, &world.alice, &id, None).await;
    assert_eq!(revived.unwrap_err(), ApiKeyError::NotFound);
}

#[tokio::test]
async fn r104_keys_outlive_a_change_of_the_ring() {
    let world = World::new().await;
    let (id, first) = world.key(&["notes:read"], &[]).await;
    let ring = KeyRing::new([("2027-05", [9; 32]), ("2026-11", [7; 32])]).unwrap();
    let accounts = accounts(&world.store, &world.clock, &ring);
    let app = node(&accounts, &world.clock);
    assert_eq!(status(&app, "/read", &first).await, StatusCode::OK);
    let second = accounts.rotate_api_key(&world.alice, &world.alice, &id, None).await.unwrap().key;
    assert_eq!(world.record(&id).await.ring_key, "2027-05");
    assert_eq!(status(&app, "/read", &first).await, StatusCode::OK, "within the overlap");
    assert_eq!(status(&app, "/read", &second).await, StatusCode::OK);
}

#[tokio::test]
async fn r105_a_key_is_shown_once() {
    let world = World::new().await;
    let (id, key) = world.key(&["notes:read"], &["member"]).await;
    let listed = world.accounts.api_keys(&world.alice).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(
        (&listed[0].id, listed[0].name.as_str(), listed[0].scopes.as_slice(), listed[0].created_at),
        (&id, "reports", &["notes:read".to_owned()][..], NOW)
    );
    let trail = world.accounts.stores().audit.records(0, None, 1_000).await.unwrap();
    let issued =
        world.accounts.rotate_api_key(&world.alice, &world.alice, &id, None).await.unwrap();
    let trail = format!("{trail:?}");
    assert!(!trail.contains("reports"), "what was typed");
    for shown in [format!("{listed:?}"), trail, format!("{key:?} {issued:?}")] {
        for secret in [secret_part(&key), secret_part(&issued.key)] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

#[tokio::test]
async fn the_keys_of_a_person_are_made_by_that_person_alone() {
    let world = World::new().await;
    let bob = world.add("bob", AccountKind::Person).await;
    let robot = world.accounts.create_service_account(&bob, "robot").await.unwrap();
    let again = world.accounts.create_service_account(&bob, "Robot").await;
    assert_eq!(again.unwrap_err(), ServiceAccountError::Taken);
    let odd = world.accounts.create_service_account(&bob, "ro:bot").await;
    assert_eq!(odd.unwrap_err(), ServiceAccountError::Name);
    let create = async |actor: &AccountId, owner: &AccountId| {
        let issued = world.accounts.create_api_key(actor, owner, new(&["notes:read"], &[])).await;
        issued.map(|it| it.key)
    };
    assert_eq!(create(&bob, &world.alice).await.unwrap_err(), ApiKeyError::Owner);
    assert_eq!(create(&bob, &AccountId::random()).await.unwrap_err(), ApiKeyError::Owner);
    let key = create(&bob, &robot).await.unwrap();
    assert_eq!(world.get("/read", &key).await, StatusCode::FORBIDDEN, "the robot has no role yet");
    world.assign(&robot, "member").await;
    assert_eq!(world.get("/read", &key).await, StatusCode::OK);
    let created = world.events("api_key_created").await;
    assert!(created[0].contains(bob.as_str()) && created[0].contains(robot.as_str()));
    // Nobody touches another's key by its id.
    let id = world.accounts.api_keys(&robot).await.unwrap()[0].id.clone();
    let revoked = world.accounts.revoke_api_key(&world.alice, &world.alice, &id).await;
    assert_eq!(revoked.unwrap_err(), ApiKeyError::NotFound);
    let rotated = world.accounts.rotate_api_key(&world.alice, &world.alice, &id, None).await;
    assert_eq!(rotated.unwrap_err(), ApiKeyError::NotFound);
    assert_eq!(world.get("/read", &key).await, StatusCode::OK);
}

#[tokio::test]
async fn a_key_that_could_do_nothing_or_has_no_name_is_not_made() {
    let world = World::new().await;
    let create = async |new| {
        let issued = world.accounts.create_api_key(&world.alice, &world.alice, new).await;
        issued.map(|it| it.id).unwrap_err()
    };
    assert_eq!(create(new(&[], &[])).await, ApiKeyError::NoRights);
    assert_eq!(create(new(&["notes:erase"], &[])).await, ApiKeyError::UnknownScope(0));
    assert_eq!(create(new(&["notes:read"], &["root"])).await, ApiKeyError::UnknownRole(0));
    assert_eq!(create(new(&["notes:read"; 101], &[])).await, ApiKeyError::TooManyNames);
    for name in ["", " ", "a\nb", &"x".repeat(101)] {
        let named = NewApiKey { name: name.to_owned(), ..new(&["notes:read"], &[]) };
        assert_eq!(create(named).await, ApiKeyError::Name, "{name:?}");
    }
    for _ in 0..100 {
        world.key(&["notes:read"], &[]).await;
    }
    assert_eq!(create(new(&["notes:read"], &[])).await, ApiKeyError::TooManyKeys);
}

#[tokio::test]
async fn the_last_use_is_written_in_batches_and_never_by_the_request() {
    let world = World::new().await;
    let (id, key) = world.key(&["notes:read"], &[]).await;
    world.store.faults().reset();
    for _ in 0..10 {
        assert_eq!(world.get("/read", &key).await, StatusCode::OK);
        world.clock.advance(1);
    }
    assert_eq!(world.store.faults().calls("ApiKeyStore::touch_keys"), 0);
    assert_eq!(world.store.faults().calls("ApiKeyStore::key"), 10, "one look-up for each request");
    assert_eq!(world.record(&id).await.last_used_at, None);
    world.store.faults().fail_on(&["ApiKeyStore::touch_keys"]);
    assert!(world.accounts.flush().await.is_err());
    assert_eq!(world.get("/read", &key).await, StatusCode::OK, "a failure refuses nobody");
    world.store.faults().fail_on(&[]);
    world.accounts.flush().await.unwrap();
    assert_eq!(world.record(&id).await.last_used_at, Some(NOW + 10));
    world.store.faults().reset();
    world.accounts.flush().await.unwrap();
    assert_eq!(world.store.faults().total(), 0, "nothing is left to be written");
}

#[tokio::test(start_paused = true)]
async fn the_last_use_is_written_once_a_minute_by_itself() {
    let world = World::new().await;
    let (id, key) = world.key(&["notes:read"], &[]).await;
    for _ in 0..5 {
        assert_eq!(world.get("/read", &key).await, StatusCode::OK);
    }
    tokio::time::sleep(Duration::from_secs(61)).await;
    assert_eq!(world.record(&id).await.last_used_at, Some(NOW));
    assert_eq!(world.store.faults().calls("ApiKeyStore::touch_keys"), 1);
}

#[tokio::test]
async fn r112_a_store_that_cannot_be_asked_is_503_and_never_a_guest() {
    let world = World::new().await;
    let (_, key) = world.key(&["notes:read"], &[]).await;
    for method in ["ApiKeyStore::key", "AssignmentStore::assignments"] {
        world.store.faults().fail_on(&[method]);
        assert_eq!(world.get("/read", &key).await, StatusCode::SERVICE_UNAVAILABLE, "{method}");
    }
    world.store.faults().fail_on(&[]);
    assert_eq!(world.get("/read", &key).await, StatusCode::OK);
}

#[tokio::test]
async fn refusals_of_a_key_fill_no_trail() {
    let world = World::new().await;
    let (id, key) = world.key(&["notes:read"], &[]).await;
    world.accounts.revoke_api_key(&world.alice, &world.alice, &id).await.unwrap();
    for _ in 0..50 {
        assert_eq!(world.get("/read", &key).await, StatusCode::UNAUTHORIZED);
    }
    let noted = world.events("api_key_refused").await;
    assert_eq!(noted.len(), 20);
    assert!(noted.iter().all(|it| it.contains(id.as_str()) && !it.contains(secret_part(&key))));
}

#[test]
fn settings_that_fit_no_scanner_are_rejected() {
    let build = |settings| {
        let accounts = Accounts::builder(Stores::all_in(MemoryStore::new()))
            .origin("https://notes.test")
            .keys(KeyRing::ephemeral())
            .api_keys(settings)
            .build();
        accounts.map(|_| ()).map_err(|error| error.problems().len())
    };
    let prefix = |text: &str| ApiKeySettings::default().prefix(text);
    assert_eq!(build(ApiKeySettings::default()), Ok(()));
    for text in ["", "a", "Acme", "acme_", "acme-live", "é9", "abcdefghijklm"] {
        assert_eq!(build(prefix(text)), Err(1), "{text}");
        assert_eq!(build(ApiKeySettings::default().environment(text)), Err(1), "{text}");
    }
    assert_eq!(build(ApiKeySettings::default().lifetime(Duration::ZERO)), Err(1));
    let week = Duration::from_secs(7 * DAY + 1);
    assert_eq!(build(ApiKeySettings::default().overlap(week)), Err(1));
    assert_eq!(build(ApiKeySettings::default().lendable_scopes(["pay"])), Err(1), "no such scope");
}

#[tokio::test]
async fn a_key_that_is_confined_to_networks_is_rejected_from_elsewhere() {
    let world = World::new().await;
    let confined = |networks: &[&str]| NewApiKey {
        networks: networks.iter().map(|it| (*it).to_owned()).collect(),
        ..new(&["notes:read"], &[])
    };
    let create = async |accounts: &Accounts, networks: &[&str]| {
        let issued = accounts.create_api_key(&world.alice, &world.alice, confined(networks)).await;
        issued.map(|it| it.key)
    };
    let off = create(&world.accounts, &["10.0.0.0/8"]).await;
    assert_eq!(off.unwrap_err(), ApiKeyError::Network(0), "nobody looks at addresses there");
    let accounts = Accounts::builder(Stores::all_in(world.store.clone()))
        .origin("https://notes.test")
        .keys(world.ring.clone())
        .clock(world.clock.clone())
        .vocabulary::<(Role, Permission, Scope)>()
        .api_keys(settings().with_networks())
        .trusted_proxies(["192.0.2.1"])
        .build()
        .unwrap();
    for odd in ["", "10.0.0.1/8", "0.0.0.0/0", "localhost"] {
        let refused = create(&accounts, &["10.0.0.0/8", odd]).await;
        assert_eq!(refused.unwrap_err(), ApiKeyError::Network(1), "{odd}");
    }
    let key = create(&accounts, &["10.0.0.0/8", "fd00::/8"]).await.unwrap();
    let app = node(&accounts, &world.clock);
    let from = async |peer: Option<&str>, forwarded: Option<&str>| {
        let mut request = Request::get("/read").header("x-api-key", key.expose());
        if let Some(peer) = peer {
            let peer = SocketAddr::new(peer.parse().unwrap(), 4711);
            request = request.extension(ConnectInfo(peer));
        }
        if let Some(forwarded) = forwarded {
            request = request.header("x-forwarded-for", forwarded);
        }
        let request = request.body(Body::empty()).unwrap();
        app.clone().oneshot(request).await.unwrap().status()
    };
    for (peer, forwarded, expected) in [
        (Some("10.1.2.3"), None, StatusCode::OK),
        (Some("fd00::1"), None, StatusCode::OK),
        (Some("192.0.2.1"), Some("10.1.2.3"), StatusCode::OK),
        (Some("11.1.2.3"), None, StatusCode::UNAUTHORIZED),
        (Some("11.1.2.3"), Some("10.1.2.3"), StatusCode::UNAUTHORIZED),
        (Some("192.0.2.1"), Some("11.1.2.3"), StatusCode::UNAUTHORIZED),
        (None, None, StatusCode::UNAUTHORIZED),
        (None, Some("10.1.2.3"), StatusCode::UNAUTHORIZED),
    ] {
        assert_eq!(from(peer, forwarded).await, expected, "{peer:?} {forwarded:?}");
    }
    // Where nobody looks at addresses, such a key is void.
    assert_eq!(world.get("/read", &key).await, StatusCode::UNAUTHORIZED);
}

/// A node that keeps what it has read, on the store of this world.
fn feed_node(world: &World) -> (Accounts, axum::Router) {
    let accounts = Accounts::builder(Stores::all_in(world.store.clone()))
        .origin("https://notes.test")
        .keys(world.ring.clone())
        .clock(world.clock.clone())
        .vocabulary::<(Role, Permission, Scope)>()
        .api_keys(settings())
        .sessions(SessionSettings::default().mode(SessionMode::Feed))
        .build()
        .unwrap();
    let app = node(&accounts, &world.clock);
    (accounts, app)
}

/// Waits until a node answers from what it keeps.
async fn keeps(world: &World, app: &axum::Router, key: &SecretText) {
    eventually(async || {
        world.store.faults().reset();
        assert_eq!(status(app, "/read", key).await, StatusCode::OK);
        world.store.faults().calls("ApiKeyStore::key") == 0
    })
    .await;
}

#[tokio::test]
async fn r108_a_node_that_keeps_a_key_forgets_it_when_it_is_revoked_anywhere() {
    let world = World::new().await;
    let ((here, app), (elsewhere, _)) = (feed_node(&world), feed_node(&world));
    let (id, key) = world.key(&["notes:read"], &[]).await;
    keeps(&world, &app, &key).await;
    elsewhere.revoke_api_key(&world.alice, &world.alice, &id).await.unwrap();
    eventually(async || status(&app, "/read", &key).await == StatusCode::UNAUTHORIZED).await;
    // The node that revokes does not wait for the feed.
    let (id, key) = world.key(&["notes:read"], &[]).await;
    keeps(&world, &app, &key).await;
    here.revoke_api_key(&world.alice, &world.alice, &id).await.unwrap();
    assert_eq!(status(&app, "/read", &key).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn r108_a_kept_key_ends_with_its_time_its_overlap_and_its_owner() {
    let world = World::new().await;
    let (here, app) = feed_node(&world);
    let (id, key) = world.key(&["notes:read"], &[]).await;
    keeps(&world, &app, &key).await;
    let overlap = Some(Duration::from_secs(5));
    here.rotate_api_key(&world.alice, &world.alice, &id, overlap).await.unwrap();
    keeps(&world, &app, &key).await;
    world.clock.advance(5);
    assert_eq!(status(&app, "/read", &key).await, StatusCode::UNAUTHORIZED, "the overlap is over");
    let short = NewApiKey { lifetime: KeyLifetime::Seconds(5), ..new(&["notes:read"], &[]) };
    let short = here.create_api_key(&world.alice, &world.alice, short).await.unwrap().key;
    keeps(&world, &app, &short).await;
    world.clock.advance(5);
    assert_eq!(status(&app, "/read", &short).await, StatusCode::UNAUTHORIZED, "it has expired");
    let (_, key) = world.key(&["notes:read"], &[]).await;
    keeps(&world, &app, &key).await;
    let audit = AuditEntry::new(NOW, "test");
    let accounts = &world.accounts.stores().accounts;
    assert!(accounts.set_status(&world.alice, AccountStatus::Locked, &audit).await.unwrap());
    eventually(async || status(&app, "/read", &key).await == StatusCode::UNAUTHORIZED).await;
}

#[tokio::test]
async fn r112_a_node_that_hears_of_no_changes_takes_no_key_it_keeps() {
    let world = World::new().await;
    let (_, app) = feed_node(&world);
    let (_, key) = world.key(&["notes:read"], &[]).await;
    keeps(&world, &app, &key).await;
    world.store.faults().fail_on(&["ChangeStore::changes_after"]);
    // Whatever question was on its way is answered by then.
    eventually(async || {
        world.clock.advance(31);
        status(&app, "/read", &key).await == StatusCode::SERVICE_UNAVAILABLE
    })
    .await;
    world.store.faults().fail_on(&[]);
    eventually(async || status(&app, "/read", &key).await == StatusCode::OK).await;
}

/// The endpoints of the accounts.
mod endpoints {
    use auth_accounts::model::ApiKeyId;
    use auth_accounts::store::ApiKeyStore as _;
    use serde_json::{Value, json};

    use super::DAY;
    use crate::support::{App, Client};
    use crate::totp::Phone;

    async fn alice() -> (App, Client) {
        let app = App::new();
        app.account("alice").await;
        let browser = app.signed_in("alice").await;
        (app, browser)
    }

    fn wished() -> Value {
        json!({ "name": "reports", "scopes": ["notes:read"] })
    }

    async fn create(browser: &mut Client, wished: Value) -> Value {
        let answer = browser.post("/account/api-keys", wished).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        assert_eq!(answer.header("cache-control").as_deref(), Some("no-store"));
        answer.json()
    }

    #[tokio::test]
    async fn r105_a_key_is_shown_when_it_is_made_and_never_again() {
        let (app, mut browser) = alice().await;
        let made = create(&mut browser, wished()).await;
        let (id, key) = (made["id"].as_str().unwrap(), made["key"].as_str().unwrap());
        assert!(key.starts_with(&format!("key_{id}_")), "{key}");
        assert_eq!(made["expires_at"], app.now() + 90 * DAY);
        let listed = browser.get("/account/api-keys").await;
        assert!(!listed.body.contains(key));
        let listed = listed.json();
        assert_eq!(listed[0]["id"], id);
        assert_eq!(listed[0]["name"], "reports");
        assert_eq!(listed[0]["scopes"], json!(["notes:read"]));
        assert_eq!(listed[0]["last_used_at"], Value::Null);
        let noted = serde_json::to_string(&app.events().await).unwrap();
        assert!(noted.contains("api_key_created") && !noted.contains(key));
    }

    #[tokio::test]
    async fn the_owner_is_the_caller_whatever_the_body_says() {
        let (app, mut browser) = alice().await;
        let bob = app.account("bob").await;
        let mut wished = wished();
        for name in ["owner", "account", "user_id", "userId"] {
            wished[name] = bob.as_str().into();
        }
        let made = create(&mut browser, wished).await;
        assert!(app.store.keys(&bob).await.unwrap().is_empty());
        // Nor does anybody see, replace or revoke what is another's.
        let mut bob = app.signed_in("bob").await;
        assert_eq!(bob.get("/account/api-keys").await.json(), json!([]));
        let path = format!("/account/api-keys/{}", made["id"].as_str().unwrap());
        assert_eq!(bob.delete(&path).await.status, 404);
        assert_eq!(bob.post(&format!("{path}/rotate"), Value::Null).await.status, 404);
        assert_eq!(bob.delete("/account/api-keys/no-id").await.status, 404);
    }

    #[tokio::test]
    async fn r104_how_long_a_key_is_valid_is_said_in_seconds_or_by_never() {
        let (app, mut browser) = alice().await;
        for (said, expected) in [
            (json!(60), json!(app.now() + 60)),
            (json!("never"), Value::Null),
            (Value::Null, json!(app.now() + 90 * DAY)),
        ] {
            let mut wished = wished();
            wished["expires_in"] = said;
            assert_eq!(create(&mut browser, wished).await["expires_at"], expected);
        }
        for odd in [json!(0), json!(-1), json!("Never"), json!(1.5), json!(u64::MAX), json!([])] {
            let mut wished = wished();
            wished["expires_in"] = odd.clone();
            let answer = browser.post("/account/api-keys", wished).await;
            assert_eq!(answer.status, 422, "{odd}");
        }
        let form = "name=reports&scopes=notes%3Aread+notes%3Awrite&expires_in=never";
        let made = browser.form("/account/api-keys", form).await;
        assert_eq!((made.status, &made.json()["expires_at"]), (201, &Value::Null));
    }

    #[tokio::test]
    async fn a_wish_that_cannot_be_granted_is_422() {
        let (_, mut browser) = alice().await;
        for (wished, code) in [
            (json!({ "name": "", "scopes": ["notes:read"] }), "invalid_name"),
            (json!({ "name": "x", "scopes": [] }), "no_rights"),
            (json!({ "name": "x", "scopes": ["notes:erase"] }), "unknown_scope"),
            (json!({ "name": "x", "scopes": ["notes:read"], "roles": ["x"] }), "unknown_role"),
            (json!({ "scopes": ["notes:read"] }), "invalid_fields"),
        ] {
            let answer = browser.post("/account/api-keys", wished).await;
            assert_eq!((answer.status, &answer.json()["code"]), (422, &code.into()));
        }
    }

    #[tokio::test]
    async fn r104_a_key_is_replaced_and_revoked_by_its_owner() {
        let (app, mut browser) = alice().await;
        let made = create(&mut browser, wished()).await;
        let id = made["id"].as_str().unwrap();
        let path = format!("/account/api-keys/{id}");
        let rotate = format!("{path}/rotate");
        let previous_until = async || {
            let found = app.store.key(&ApiKeyId::parse(id).unwrap()).await.unwrap().unwrap();
            found.record.previous.unwrap().1
        };
        for (body, expected) in [
            (Value::Null, DAY),
            (json!({}), DAY),
            (json!({ "overlap": 60 }), 60),
            (json!({ "overlap": 0 }), 0),
        ] {
            let answer = browser.post(&rotate, body).await;
            assert_eq!((answer.status, &answer.json()["id"]), (200, &made["id"]));
            assert_ne!(answer.json()["key"], made["key"]);
            assert_eq!(previous_until().await, app.now() + expected);
        }
        let long = browser.post(&rotate, json!({ "overlap": 7 * DAY + 1 })).await;
        assert_eq!(long.status, 422);
        assert_eq!(browser.delete(&path).await.status, 204);
        assert_eq!(browser.delete(&path).await.status, 404);
        assert_eq!(browser.post(&rotate, Value::Null).await.status, 404);
        assert_ne!(browser.get("/account/api-keys").await.json()[0]["revoked_at"], Value::Null);
    }

    #[tokio::test]
    async fn r106_a_key_makes_no_key_and_changes_no_factor() {
        let (app, mut browser) = alice().await;
        let made = create(&mut browser, wished()).await;
        let mut program = app.program().with_header("x-api-key", made["key"].as_str().unwrap());
        let path = format!("/account/api-keys/{}", made["id"].as_str().unwrap());
        for path in [
            "/account/api-keys",
            &format!("{path}/rotate"),
            "/account/totp",
            "/account/totp/confirm",
            "/account/recovery-codes",
        ] {
            assert_eq!(program.post(path, wished()).await.status, 401, "{path}");
        }
        assert_eq!(program.delete(&path).await.status, 401);
        assert_eq!(program.get("/account/api-keys").await.status, 401);
        assert_eq!(program.get("/account/factors").await.status, 401);
    }

    #[tokio::test]
    async fn r106_a_key_needs_a_fresh_sign_in_with_all_that_the_account_has() {
        let (app, mut browser) = alice().await;
        let mut by_password = app.signed_in("alice").await;
        Phone::enrol(&mut browser).await;
        let refused = by_password.post("/account/api-keys", wished()).await;
        assert_eq!(refused.status, 401, "the second factor was not proved here");
        let made = create(&mut browser, wished()).await;
        app.clock.advance(10 * 60);
        for path in [
            "/account/api-keys",
            &format!("/account/api-keys/{}/rotate", made["id"].as_str().unwrap()),
        ] {
            assert_eq!(browser.post(path, wished()).await.status, 401, "{path}");
        }
        let path = format!("/account/api-keys/{}", made["id"].as_str().unwrap());
        assert_eq!(browser.delete(&path).await.status, 204, "a right is given up at any time");
    }
}
