//! Redis, which `tests/stores/run` starts. Where a test needs one of its own, it starts it.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[cfg(feature = "authorization")]
mod authorization;

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use auth_accounts::model::{
    AccountId, AuditEntry, AuditOutcome, Carrier, ChangeKind, SessionId, SessionRecord,
};
use auth_accounts::secret::{Digest, random_base62, random_bytes};
use auth_accounts::store::{
    AttemptStore as _, AuditStore as _, ChangeStore as _, Created, Limit, OneTimeKind,
    OneTimeStore as _, SessionStore as _, StoreError, Stores,
};
use auth_store::memory::MemoryStore;
use auth_store::redis::{RedisError, RedisStore};

const NOW: u64 = 1_800_000_000;

fn url() -> String {
    std::env::var("TEST_REDIS_URL").expect("run by `tests/stores/run`")
}

/// Keys of its own in the Redis that all tests have.
async fn beside(memory: &MemoryStore) -> (RedisStore, String) {
    let prefix = format!("test-{}:", random_base62(16));
    let stores = Stores::all_in(memory.clone());
    (RedisStore::connect_with_prefix(&url(), &prefix, &stores).await.unwrap(), prefix)
}

async fn empty_store() -> Stores {
    let memory = MemoryStore::new();
    let (redis, _) = beside(&memory).await;
    Stores::all_in(memory).short_lived_in(redis)
}

mod conformance {
    use super::empty_store;

    auth_store::conformance_tests!(short_lived: empty_store);
}

/// A Redis of its own.
struct Server {
    process: Child,
    directory: PathBuf,
    port: u16,
    settings: Vec<&'static str>,
}

impl Server {
    async fn start(settings: &[&'static str]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let directory = std::env::temp_dir().join(format!("auth-redis-{}", random_base62(16)));
        std::fs::create_dir(&directory).unwrap();
        let process = Self::spawn(port, &directory, settings);
        let server = Self { process, directory, port, settings: settings.to_vec() };
        server.ready().await;
        server
    }

    fn spawn(port: u16, directory: &PathBuf, settings: &[&'static str]) -> Child {
        Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--dir"])
            .arg(directory)
            .args(settings)
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is installed")
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    async fn ready(&self) {
        let client = redis::Client::open(self.url()).unwrap();
        for _ in 0..200 {
            if let Ok(mut connection) = client.get_multiplexed_async_connection().await
                && redis::cmd("PING").exec_async(&mut connection).await.is_ok()
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("redis-server does not answer");
    }

    fn kill(&mut self) {
        // SIGKILL: it has no time to write anything.
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    async fn restart(&mut self) {
        self.process = Self::spawn(self.port, &self.directory, &self.settings);
        self.ready().await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

fn session(account: &AccountId) -> SessionRecord {
    SessionRecord {
        digest: secret(),
        id: SessionId::random(),
        account: account.clone(),
        epoch: 0,
        carrier: Carrier::Cookie,
        factors: Vec::new(),
        started_at: NOW,
        authenticated_at: NOW,
        seen_at: NOW,
        idle_seconds: 3_600,
        ends_at: NOW + 86_400,
        device: String::new(),
    }
}

fn secret() -> Digest {
    Digest::from_bytes(random_bytes())
}

fn entry(account: &AccountId) -> AuditEntry {
    AuditEntry::new(NOW, "test").about(account)
}

async fn refusal(settings: &[&'static str]) -> Option<RedisError> {
    let server = Server::start(settings).await;
    let stores = Stores::all_in(MemoryStore::new());
    RedisStore::connect(&server.url(), &stores).await.err()
}

#[tokio::test]
async fn a_redis_that_forgets_or_remembers_wrongly_is_refused() {
    let evicting = ["--appendonly", "yes", "--maxmemory-policy", "allkeys-lru"];
    assert_eq!(refusal(&evicting).await, Some(RedisError::Evicts("allkeys-lru".to_owned())));
    // A snapshot would bring sessions back that were ended since.
    assert_eq!(refusal(&["--save", "60 1"]).await, Some(RedisError::Snapshots));
    assert_eq!(refusal(&["--save", ""]).await, None);
    assert_eq!(refusal(&["--save", "", "--appendonly", "yes"]).await, None);
    let cluster = ["--cluster-enabled", "yes", "--appendonly", "yes"];
    assert_eq!(refusal(&cluster).await, Some(RedisError::Cluster));
    let replica = ["--replicaof", "127.0.0.1 1", "--appendonly", "yes"];
    assert_eq!(refusal(&replica).await, Some(RedisError::Replica));
    let stores = Stores::all_in(MemoryStore::new());
    let nowhere = RedisStore::connect("redis://127.0.0.1:1", &stores).await;
    assert!(matches!(nowhere, Err(RedisError::Store(StoreError::NotReachable(_)))));
    let wrong = RedisStore::connect("http://user:secret@host", &stores).await.unwrap_err();
    assert_eq!(wrong, RedisError::Address);
}

#[tokio::test]
async fn what_cannot_be_recorded_is_not_done() {
    let memory = MemoryStore::new();
    let (redis, _) = beside(&memory).await;
    let id = AccountId::random();
    let kept = session(&id);
    redis.create(&kept, &entry(&id)).await.unwrap();
    memory.faults().fail_on(&["AuditStore::append"]);
    let new = session(&id);
    assert!(redis.create(&new, &entry(&id)).await.is_err());
    assert!(redis.rotate(&kept.digest, &new, &entry(&id)).await.is_err());
    assert!(redis.end(&id, &kept.id, &entry(&id)).await.is_err());
    assert!(redis.end_others(&id, None, &entry(&id)).await.is_err());
    assert_eq!(redis.list(&id, NOW).await.unwrap(), [kept]);
}

#[cfg(feature = "authorization")]
#[tokio::test]
async fn grants_in_the_other_store_end_with_their_session() {
    use auth_store::authorization::AuthorizationStore as _;

    let memory = MemoryStore::new();
    let (redis, _) = beside(&memory).await;
    let id = AccountId::random();
    let sessions = [session(&id), session(&id), session(&id)];
    let mut grants = Vec::new();
    for session in &sessions {
        redis.create(session, &entry(&id)).await.unwrap();
        let mut online = authorization::grant(id.as_str(), "client");
        online.authentication.session_id = Some(session.id.to_string());
        let mut offline = authorization::grant(id.as_str(), "client");
        offline.authentication.session_id = Some(session.id.to_string());
        offline.scopes.push("offline_access".to_owned());
        for grant in [online, offline] {
            memory.authorize(&grant, &authorization::code(&grant), &[]).await.unwrap();
            grants.push(grant.id);
        }
    }
    let live = async || {
        let mut live = Vec::new();
        for (number, id) in grants.iter().enumerate() {
            if memory.find_grant(id).await.unwrap().unwrap().is_live(NOW) {
                live.push(number);
            }
        }
        live
    };
    let [one, two, three] = &sessions;
    // A session of another account.
    let stranger = AccountId::random();
    assert_eq!(redis.end(&stranger, &one.id, &entry(&stranger)).await, Ok(false));
    assert_eq!(live().await, [0, 1, 2, 3, 4, 5]);
    // What fails can be done again.
    memory.faults().fail_on(&["AccountStore::sessions_ended"]);
    assert!(redis.end(&id, &one.id, &entry(&id)).await.is_err());
    memory.faults().fail_on(&[]);
    assert_eq!(redis.end(&id, &one.id, &entry(&id)).await, Ok(true));
    assert_eq!(live().await, [1, 2, 3, 4, 5]);
    assert_eq!(redis.end_others(&id, Some(&two.id), &entry(&id)).await, Ok(1));
    assert_eq!(live().await, [1, 2, 3, 5]);
    assert_eq!(redis.list(&id, NOW).await.unwrap().len(), 1, "not {}", three.id);
}

#[tokio::test]
async fn what_was_recorded_and_not_done_is_recorded_as_failed() {
    let memory = MemoryStore::new();
    let (redis, _) = beside(&memory).await;
    let id = AccountId::random();
    let ended = session(&id);
    redis.create(&ended, &entry(&id)).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..32 {
        let (redis, id, session) = (redis.clone(), id.clone(), ended.id.clone());
        tasks.spawn(async move { redis.end(&id, &session, &entry(&id)).await.unwrap() });
    }
    let done = tasks.join_all().await.into_iter().filter(|is_done| *is_done).count();
    assert_eq!(done, 1);
    let records = memory.records(1, Some(&id), 100).await.unwrap();
    let number = |outcome| records.iter().filter(|it| it.entry.outcome == outcome).count();
    assert_eq!(number(AuditOutcome::Done) - number(AuditOutcome::Failed), 1);
}

#[tokio::test]
async fn an_end_that_was_not_announced_is_announced_later() {
    let memory = MemoryStore::new();
    let (redis, _) = beside(&memory).await;
    let id = AccountId::random();
    let [first, second] = [session(&id), session(&id)];
    for session in [&first, &second] {
        redis.create(session, &entry(&id)).await.unwrap();
        memory.faults().fail_on(&["ChangeStore::announce"]);
        // The other nodes do not know yet, so the caller gets an error.
        assert!(redis.end(&id, &session.id, &entry(&id)).await.is_err());
        assert_eq!(redis.load(&session.digest, NOW).await, Ok(None));
        memory.faults().fail_on(&[]);
        if session.id == first.id {
            assert_eq!(redis.sweep_sessions(NOW, 10).await, Ok(0));
        } else {
            assert_eq!(redis.end(&id, &session.id, &entry(&id)).await, Ok(false));
        }
        let batch = memory.changes_after(0, 10).await.unwrap();
        let last = batch.changes.last().map(|change| change.kind.clone());
        assert_eq!(last, Some(ChangeKind::Session(session.id.clone())));
    }
    // Each once.
    assert_eq!(memory.changes_after(0, 10).await.unwrap().changes.len(), 2);
}

#[tokio::test]
async fn nothing_is_left_of_what_is_over() {
    let memory = MemoryStore::new();
    let (redis, prefix) = beside(&memory).await;
    let id = AccountId::random();
    let [ended, swept, other] = [session(&id), session(&id), session(&id)];
    for session in [&ended, &swept, &other] {
        redis.create(session, &entry(&id)).await.unwrap();
        redis.set_data(&session.id, "cart", b"apples", None, NOW).await.unwrap();
    }
    redis.end(&id, &ended.id, &entry(&id)).await.unwrap();
    redis.rotate(&other.digest, &session(&id), &entry(&id)).await.unwrap();
    redis.sweep_sessions(NOW + 86_400, 10).await.unwrap();
    for kind in [OneTimeKind::Code, OneTimeKind::KnownDevice] {
        redis.put(kind, &secret(), Some(&id), b"", NOW + 1, NOW).await.unwrap();
    }
    redis.clear(OneTimeKind::Code, &id).await.unwrap();
    redis.sweep_one_time(NOW + 1, 10).await.unwrap();
    let limit = Limit { attempts: 1, window_seconds: 1 };
    let forgiven = secret();
    redis.hit(&forgiven, limit, NOW).await.unwrap();
    redis.hit(&secret(), limit, NOW).await.unwrap();
    redis.forgive(&forgiven).await.unwrap();
    redis.sweep_attempts(NOW + 1, 10).await.unwrap();
    let client = redis::Client::open(url()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let keys: Vec<String> =
        redis::cmd("KEYS").arg(format!("{prefix}*")).query_async(&mut connection).await.unwrap();
    assert_eq!(keys, [format!("{prefix}n")], "only the number of the last note is left");
}

#[tokio::test]
async fn a_full_redis_takes_no_more_and_still_ends_sessions() {
    let server =
        Server::start(&["--save", "", "--maxmemory", "6mb", "--maxmemory-policy", "noeviction"])
            .await;
    let memory = MemoryStore::new();
    let stores = Stores::all_in(memory.clone());
    let redis = RedisStore::connect(&server.url(), &stores).await.unwrap();
    let id = AccountId::random();
    let kept = session(&id);
    redis.create(&kept, &entry(&id)).await.unwrap();
    let value = vec![0; 256 * 1024];
    let mut full = Ok(Created::Created);
    while full.is_ok() {
        full = redis.put(OneTimeKind::Code, &secret(), None, &value, NOW + 10, NOW).await;
    }
    assert_eq!(full, Err(StoreError::Full("Redis")));
    // There is room for smaller ones yet.
    let other = AccountId::random();
    let mut refused = Ok(());
    while refused.is_ok() {
        refused = redis.create(&session(&other), &entry(&other)).await;
    }
    assert_eq!(refused, Err(StoreError::Full("Redis")));
    let rotated = redis.rotate(&kept.digest, &session(&id), &entry(&id)).await;
    assert_eq!(rotated, Err(StoreError::Full("Redis")));
    assert_eq!(redis.list(&id, NOW).await.unwrap(), std::slice::from_ref(&kept));
    assert_eq!(redis.end(&id, &kept.id, &entry(&id)).await, Ok(true));
    assert_eq!(redis.load(&kept.digest, NOW).await, Ok(None));
    let batch = memory.changes_after(0, 10).await.unwrap();
    assert_eq!(batch.changes.first().map(|it| &it.kind), Some(&ChangeKind::Session(kept.id)));
    assert!(redis.sweep_one_time(NOW + 10, 100).await.unwrap() > 0);
    redis.create(&session(&id), &entry(&id)).await.unwrap();
}

/// Calls go on when it is back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_undone_by_a_kill() {
    let settings = ["--save", "", "--appendonly", "yes", "--appendfsync", "always"];
    let mut server = Server::start(&settings).await;
    let memory = MemoryStore::new();
    let id = &AccountId::random();
    let redis = RedisStore::connect(&server.url(), &Stores::all_in(memory.clone())).await.unwrap();
    let mut acknowledged = [0; 3];
    for round in 0..5_u64 {
        let (mut ended, mut held, mut used) = (Vec::new(), Vec::new(), Vec::new());
        let work = async {
            loop {
                let [first, second] = [session(id), session(id)];
                if redis.create(&first, &entry(id)).await.is_ok()
                    && redis.end(id, &first.id, &entry(id)).await.is_ok()
                {
                    ended.push(first);
                }
                if redis.create(&second, &entry(id)).await.is_ok() {
                    held.push(second);
                }
                let code = secret();
                let put = redis.put(OneTimeKind::Code, &code, None, b"", NOW + 10, NOW).await;
                if put.is_ok()
                    && redis.take(OneTimeKind::Code, &code, NOW).await.is_ok_and(|it| it.is_some())
                {
                    used.push(code);
                }
                if put.is_err() {
                    return;
                }
            }
        };
        let kill = async {
            tokio::time::sleep(Duration::from_millis(40 + 17 * round)).await;
            server.kill();
        };
        tokio::join!(work, kill);
        assert!(redis.load(&secret(), NOW).await.is_err(), "a store that is down has no answer");
        server.restart().await;
        for (sum, number) in acknowledged.iter_mut().zip([ended.len(), held.len(), used.len()]) {
            *sum += number;
        }
        // The first call may still find the connection that is gone.
        for _ in 0..200 {
            if redis.load(&secret(), NOW).await.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        for session in ended {
            assert_eq!(redis.load(&session.digest, NOW).await, Ok(None));
        }
        for code in used {
            assert_eq!(redis.take(OneTimeKind::Code, &code, NOW).await, Ok(None));
        }
        for session in held {
            assert!(redis.load(&session.digest, NOW).await.unwrap().is_some());
        }
    }
    assert!(acknowledged.into_iter().all(|sum| sum > 0), "{acknowledged:?}");
}

mod replay;
