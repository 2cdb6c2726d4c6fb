//! Introspection of tokens that were asked about before: what ends them is seen at once, on every node.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

use auth_accounts::model::{AccountStatus, AuditEntry};
use auth_accounts::secret::random_base62;
use auth_accounts::store::{AccountStore as _, AttemptStore, OneTimeStore};
use auth_server::DynamicRegistration;
use auth_server::store::{AuthorizationStore, GrantSelector, RevocationReason};
use auth_store::sqlite::SqliteStore;
use futures_util::future::join_all;
use http::Method;
use serde_json::{Value, json};

use super::support::{
    API, CALLBACK, Code, FakeAccounts, House, Http, SECRET, World, basic, claims_of, form,
    give_keys, header_of, new_code,
};

fn inactive() -> Value {
    json!({ "active": false })
}

/// What the resource server of all resources hears about a token, over HTTP.
async fn introspect(http: Http, token: &str) -> Value {
    let authorization = basic("api", SECRET);
    let headers = [("authorization", authorization.as_str())];
    http.post("/introspect", &form(&[("token", token)]), &headers).await.ok()
}

/// The status of userinfo for a token, over HTTP.
async fn userinfo(http: Http, token: &str) -> u16 {
    let authorization = format!("Bearer {token}");
    let headers = [("authorization", authorization.as_str())];
    http.request("GET", "/userinfo", &headers, b"").await.status.as_u16()
}

/// A file that goes with the test.
struct File(PathBuf);

impl File {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("introspection-{}.db", random_base62(12))))
    }

    fn url(&self) -> String {
        format!("sqlite:{}", self.0.display())
    }
}

impl Drop for File {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm"] {
            let mut name = self.0.clone().into_os_string();
            name.push(end);
            drop(std::fs::remove_file(name));
        }
    }
}

/// Two servers with one database, each with connections of its own, and the same users.
struct Nodes {
    worlds: [World; 2],
    http: [Http; 2],
    store: Arc<dyn AuthorizationStore>,
    accounts: FakeAccounts,
}

impl Nodes {
    async fn on<S>([one, other]: [S; 2]) -> Self
    where
        S: AuthorizationStore + OneTimeStore + AttemptStore + Clone,
    {
        give_keys(&one).await;
        let (accounts, store) = (FakeAccounts::default(), Arc::new(one.clone()));
        let node = async |store: S| {
            let accounts = accounts.clone();
            World::with(|builder| {
                let registration = DynamicRegistration::open()
                    .max_scopes(["openid", "offline_access", "read"])
                    .registrations(None);
                builder.store(store).accounts(accounts).dynamic_registration(registration)
            })
            .await
        };
        let worlds = [node(one).await, node(other).await];
        let http = [worlds[0].serve().await, worlds[1].serve().await];
        Self { worlds, http, store, accounts }
    }

    async fn on_sqlite(file: &File) -> Self {
        let one = SqliteStore::open(&file.url()).await.unwrap();
        one.migrate().await.unwrap();
        Self::on([one, SqliteStore::open(&file.url()).await.unwrap()]).await
    }

    /// What a new user has allowed a client, and the tokens that the client got for it.
    async fn issue(&self, client_id: &str) -> Issued {
        let (now, subject) = (self.worlds[0].now(), format!("user-{}", random_base62(8)));
        let (code, stored) = new_code(now, client_id, "openid offline_access read", |grant, _| {
            grant.subject.clone_from(&subject);
            grant.authentication.session_id = Some(format!("session of {subject}"));
        });
        self.store.authorize(&code.grant, &stored, &[]).await.unwrap();
        let tokens = self.worlds[0].redeem(&code).await.ok();
        let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
        Issued { subject, access: text("access_token"), refresh: text("refresh_token"), code }
    }

    /// Whether both nodes say that the token is good, twice.
    async fn know(&self, token: &str) {
        for http in self.http {
            let said = introspect(http, token).await;
            assert_eq!(said["active"], true);
            assert_eq!(introspect(http, token).await, said, "the same of one that is known");
            assert_eq!(userinfo(http, token).await, 200);
        }
    }
}

struct Issued {
    subject: String,
    access: String,
    refresh: String,
    code: Code,
}

/// How a token ends before its time.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// The client gives it back.
    AccessToken,
    /// The client gives its refresh token back.
    RefreshToken,
    CodeAgain,
    RefreshTokenAgain,
    /// An administrator revokes the grant.
    Grant,
    Subject,
    Session,
    /// All that the client was granted.
    Grants,
    Consent,
    /// The client, which has registered itself, removes itself.
    Client,
    /// The user is blocked.
    User,
}

const WAYS: [Way; 11] = [
    Way::AccessToken,
    Way::RefreshToken,
    Way::CodeAgain,
    Way::RefreshTokenAgain,
    Way::Grant,
    Way::Subject,
    Way::Session,
    Way::Grants,
    Way::Consent,
    Way::Client,
    Way::User,
];

impl Nodes {
    /// Ends it at this node, and waits for the answer.
    async fn end(&self, way: Way, at: usize, client: &Value, issued: &Issued) {
        const WHY: RevocationReason = RevocationReason::RevokedByAdministrator;
        let (http, now, store) = (self.http[at], self.worlds[at].now(), &self.store);
        let id = issued.code.grant.client_id.as_str();
        let give_back = async |token: &str| {
            let form = form(&[("token", token), ("client_id", id)]);
            assert_eq!(http.post("/revoke", &form, &[]).await.status, 200);
        };
        let revoke = async |which: GrantSelector| {
            assert_eq!(store.revoke_grants(&which, WHY, now).await.unwrap(), 1);
        };
        match way {
            Way::AccessToken => give_back(&issued.access).await,
            Way::RefreshToken => give_back(&issued.refresh).await,
            Way::CodeAgain => {
                let form = issued.code.form(&[("client_id", id)]);
                assert_eq!(http.post("/token", &form, &[]).await.error(), "invalid_grant");
            }
            Way::RefreshTokenAgain => {
                let next = self.worlds[at].refresh(id, &issued.refresh).await;
                next.ok();
                for node in &self.worlds {
                    node.clock.advance(11);
                }
                let again = self.worlds[at].refresh(id, &issued.refresh).await;
                assert_eq!(again.error(), "invalid_grant");
            }
            Way::Grant => {
                assert!(store.revoke_grant(&issued.code.grant.id, WHY, now).await.unwrap());
            }
            Way::Subject => revoke(GrantSelector::Subject(issued.subject.clone())).await,
            Way::Session => {
                revoke(GrantSelector::Session(format!("session of {}", issued.subject))).await;
            }
            Way::Grants => revoke(GrantSelector::Client(id.to_owned())).await,
            Way::Consent => {
                let ended = store.withdraw_consents(&issued.subject, id, now).await.unwrap();
                assert_eq!(ended, 1);
            }
            Way::Client => {
                let gone = self.worlds[at].manage(Method::DELETE, client, &json!({})).await;
                assert_eq!(gone.status, 204);
            }
            Way::User => self.accounts.block(&issued.subject),
        }
    }

    async fn what_ends_a_token_is_seen_at_once(&self) {
        let metadata = json!({
            "redirect_uris": [CALLBACK],
            "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "refresh_token"],
        });
        for way in WAYS {
            for at in [0, 1] {
                let client = self.worlds[0].register(&metadata).await.ok();
                let issued = self.issue(client["client_id"].as_str().unwrap()).await;
                self.know(&issued.access).await;
                self.end(way, at, &client, &issued).await;
                for node in [1 - at, at] {
                    let http = self.http[node];
                    let said = introspect(http, &issued.access).await;
                    assert_eq!(said, inactive(), "{way:?} at {at}, seen by {node}");
                    let status = userinfo(http, &issued.access).await;
                    assert_eq!(status, 401, "{way:?} at {at}, seen by {node}");
                }
            }
        }
    }
}

/// Holds P-37.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a67_a124_what_ends_a_token_is_seen_at_once_on_every_node() {
    let file = File::new();
    Nodes::on_sqlite(&file).await.what_ends_a_token_is_seen_at_once().await;
    #[cfg(feature = "server-tests")]
    {
        use auth_store::postgres::PostgresStore;

        let url = std::env::var("TEST_POSTGRES_URL").expect("run by `tests/stores/run`");
        let one = PostgresStore::connect(&url).await.unwrap();
        one.migrate().await.unwrap();
        let other = PostgresStore::connect(&url).await.unwrap();
        Nodes::on([one, other]).await.what_ends_a_token_is_seen_at_once().await;
    }
}

/// Many ask all the time, at both nodes, while a token is revoked at one of them.
///
/// Holds P-37.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a67_no_request_that_begins_after_a_revocation_hears_that_the_token_is_active() {
    let file = File::new();
    let nodes = Arc::new(Nodes::on_sqlite(&file).await);
    let heard_of_end = Arc::new(AtomicUsize::new(0));
    for round in 0..6 {
        let issued = Arc::new(nodes.issue("spa").await);
        let is_over = Arc::new(AtomicBool::new(false));
        let heard = Arc::new(AtomicUsize::new(0));
        let asking = (0..24).map(|number: usize| {
            let (http, issued) = (nodes.http[number % 2], Arc::clone(&issued));
            let (is_over, heard) = (Arc::clone(&is_over), Arc::clone(&heard));
            let heard_of_end = Arc::clone(&heard_of_end);
            tokio::spawn(async move {
                let mut left = 3;
                while left > 0 {
                    let begins_after = is_over.load(SeqCst);
                    let is_active = introspect(http, &issued.access).await["active"] == true;
                    assert!(!(begins_after && is_active), "node {}, round {round}", number % 2);
                    heard.fetch_add(usize::from(is_active), SeqCst);
                    heard_of_end.fetch_add(usize::from(begins_after), SeqCst);
                    left -= usize::from(begins_after);
                }
            })
        });
        let asking: Vec<_> = asking.collect();
        while heard.load(SeqCst) < 200 {
            tokio::task::yield_now().await;
        }
        let way = if round % 2 == 0 { Way::AccessToken } else { Way::RefreshToken };
        nodes.end(way, round / 2 % 2, &Value::Null, &issued).await;
        is_over.store(true, SeqCst);
        for task in join_all(asking).await {
            task.unwrap();
        }
    }
    assert_eq!(heard_of_end.load(SeqCst), 6 * 24 * 3);
}

#[tokio::test]
async fn a67_a_token_that_was_asked_about_before_costs_one_read_that_all_share() {
    let world = World::new().await;
    let http = world.serve().await;
    let tokens = world.tokens("read").await;
    let token = tokens["access_token"].as_str().unwrap();
    let said = introspect(http, token).await;
    assert_eq!(said["active"], true);
    let faults = world.store.faults();
    faults.reset();
    assert_eq!(introspect(http, token).await, said);
    assert_eq!(faults.calls("AuthorizationStore::revoked_so_far"), 1);
    assert_eq!(faults.total(), 0, "{:?}", faults.all_calls());
    // While a read is on its way, all that come wait for the next one.
    faults.reset();
    faults.delay(std::time::Duration::from_millis(200));
    for answer in join_all((0..40).map(|_| introspect(http, token))).await {
        assert_eq!(answer, said);
    }
    let reads = faults.calls("AuthorizationStore::revoked_so_far");
    assert!((1..10).contains(&reads), "{reads} reads for 40 requests");
    assert_eq!(faults.total(), 0, "{:?}", faults.all_calls());
}

/// The account of a user is asked for its state alone.
#[tokio::test]
async fn a67_of_a_user_one_small_read_says_whether_it_is_locked() {
    let house = House::new().await;
    let http = house.world.serve().await;
    let (code, stored) = new_code(house.world.now(), "spa", "read", |grant, _| {
        grant.subject = house.alice.as_str().to_owned();
    });
    house.store.authorize(&code.grant, &stored, &[]).await.unwrap();
    let tokens = house.world.redeem(&code).await.ok();
    let token = tokens["access_token"].as_str().unwrap();
    assert_eq!(introspect(http, token).await["active"], true);
    let faults = house.store.faults();
    faults.reset();
    assert_eq!(introspect(http, token).await["active"], true);
    assert_eq!((faults.calls("AccountStore::state"), faults.total()), (1, 1));
    // Locked by who knows nothing of grants.
    let entry = AuditEntry::new(house.world.now(), "account_locked").about(&house.alice);
    let locked = house.store.set_status(&house.alice, AccountStatus::Locked, &entry).await;
    assert!(locked.unwrap());
    assert_eq!(introspect(http, token).await, inactive());
}

/// Holds P-37.
#[tokio::test]
async fn a67_while_the_store_does_not_answer_nothing_is_said_to_be_active() {
    let world = World::new().await;
    let http = world.serve().await;
    let code = world.code("spa", "read").await;
    let tokens = world.redeem(&code).await.ok();
    let known = tokens["access_token"].as_str().unwrap();
    assert_eq!(introspect(http, known).await["active"], true);
    let other = world.tokens("read").await;
    let unknown = other["access_token"].as_str().unwrap();
    let authorization = basic("api", SECRET);
    let ask = async |token: &str| {
        let headers = [("authorization", authorization.as_str())];
        http.post("/introspect", &form(&[("token", token)]), &headers).await
    };
    let faults = world.store.faults();
    faults.fail(true);
    for token in [known, unknown, known] {
        let unavailable = (503, "temporarily_unavailable".to_owned());
        assert_eq!(ask(token).await.refusal(), unavailable);
    }
    faults.fail(false);

    // Where only the revocations cannot be read, the store is asked about this one token.
    faults.fail_on(&["AuthorizationStore::revoked_so_far"]);
    assert_eq!(introspect(http, known).await["active"], true);
    assert_eq!(introspect(http, unknown).await["active"], true);
    faults.fail_on(&["AuthorizationStore::revoked_so_far", "AuthorizationStore::find_grant"]);
    assert_eq!(ask(known).await.status, 503);
    faults.fail_on(&["AuthorizationStore::revoked_so_far"]);
    let why = RevocationReason::SignedOut;
    assert!(world.store.revoke_grant(&code.grant.id, why, world.now()).await.unwrap());
    assert_eq!(introspect(http, known).await, inactive());
    faults.fail_on(&[]);
    assert_eq!(introspect(http, known).await, inactive());
    assert_eq!(introspect(http, unknown).await["active"], true);
}

#[tokio::test]
async fn a67_a_token_whose_key_is_gone_is_not_active_known_or_not() {
    let world = World::new().await;
    let http = world.serve().await;
    let [known, unknown] = [world.tokens("read").await, world.tokens("read").await];
    let [known, unknown] = [&known, &unknown].map(|it| it["access_token"].as_str().unwrap());
    assert_eq!(introspect(http, known).await["active"], true);
    assert_eq!(claims_of(known)["aud"], API);
    let kid = header_of(known)["kid"].as_str().unwrap().to_owned();
    assert!(world.store.remove_signing_key(&kid).await.unwrap());
    world.server.refresh_signing_keys().await.unwrap();
    for token in [known, unknown] {
        assert_eq!(introspect(http, token).await, inactive());
    }
}
