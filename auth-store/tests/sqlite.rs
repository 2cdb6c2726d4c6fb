//! SQLite: what the conformance suite cannot ask of every store.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use auth_accounts::model::{AssignmentOrigin, AuditEntry, ChangeKind, FactorKind};
use auth_accounts::secret::random_base62;
use auth_accounts::store::{
    AccountStore, ApiKeyStore as _, AssignmentStore as _, ChangeStore as _, Created, FactorAdded,
    FactorStore as _, OneTimeKind, OneTimeStore as _, PasswordChange, PasswordWritten,
    SessionStore, StoreError,
};
use auth_store::SchemaError;
use auth_store::sqlite::SqliteStore;
use common::*;

async fn in_memory() -> SqliteStore {
    let store = SqliteStore::open("sqlite::memory:").await.unwrap();
    store.migrate().await.unwrap();
    store
}

/// A file that is gone with the test.
struct File(PathBuf);

impl File {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("auth-store-{}.db", random_base62(16))))
    }

    fn url(&self) -> String {
        format!("sqlite:{}", self.0.display())
    }

    async fn open(&self) -> SqliteStore {
        SqliteStore::open(&self.url()).await.unwrap()
    }

    async fn raw(&self) -> sqlx::SqliteConnection {
        use sqlx::Connection as _;
        sqlx::SqliteConnection::connect(&self.url()).await.unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm"] {
            let mut path = self.0.clone().into_os_string();
            path.push(end);
            let _ = std::fs::remove_file(path);
        }
    }
}

#[tokio::test]
async fn a_program_starts_only_on_tables_of_its_version() {
    let file = File::new();
    let store = file.open().await;
    assert_eq!(store.check().await, Err(SchemaError::Missing));
    store.migrate().await.unwrap();
    assert_eq!(store.check().await, Ok(()));
    store.migrate().await.unwrap();
    assert_eq!(store.check().await, Ok(()));

    let mut raw = file.raw().await;
    sqlx::query("UPDATE auth_schema SET version = 2").execute(&mut raw).await.unwrap();
    let newer = SchemaError::Newer { found: 2, needed: 1 };
    assert_eq!(store.check().await, Err(newer.clone()));
    assert_eq!(store.migrate().await, Err(newer));
    sqlx::query("UPDATE auth_schema SET version = 0").execute(&mut raw).await.unwrap();
    assert_eq!(store.check().await, Err(SchemaError::Older { found: 0, needed: 1 }));
}

#[tokio::test]
async fn two_processes_that_migrate_at_once_make_the_tables_once() {
    let file = File::new();
    let (one, other) = (file.open().await, file.open().await);
    let (one_done, other_done) = tokio::join!(one.migrate(), other.migrate());
    assert_eq!((one_done, other_done), (Ok(()), Ok(())));
    assert_eq!(one.check().await, Ok(()));
}

#[tokio::test]
async fn everything_comes_back_as_it_was_after_the_file_was_closed() {
    let file = File::new();
    let store = file.open().await;
    store.migrate().await.unwrap();
    let alice = stored_account(&store).await;
    let session = session(&alice.id);
    SessionStore::create(&store, &session, &audit("sign_in")).await.unwrap();
    let passkey = auth_accounts::model::FactorRecord {
        kind: FactorKind::Passkey,
        credential_id: Some(vec![0, 255, 7]),
        sign_count: u32::MAX,
        ..factor(&alice.id)
    };
    assert_eq!(store.add_factor(&passkey, &audit("factor_added")).await, Ok(FactorAdded::Done));
    let key = key(&alice.id);
    assert_eq!(store.add_key(&key, &audit("key_created")).await, Ok(Created::Created));
    let role = role(&alice.id, "admin");
    assert_eq!(store.assign(&role, &audit("role_assigned")).await, Ok(true));
    drop(store);

    let store = file.open().await;
    assert_eq!(store.check().await, Ok(()));
    assert_eq!(store.find(&alice.login).await.unwrap(), Some(alice.clone()));
    let found = SessionStore::load(&store, &session.digest, NOW).await.unwrap().unwrap();
    assert_eq!(found.record, session);
    assert_eq!(found.account, Some(alice.state()));
    assert_eq!(store.factors(&alice.id).await.unwrap(), std::slice::from_ref(&passkey));
    assert_eq!(store.passkey(&[0, 255, 7]).await.unwrap(), Some(passkey));
    let found = store.key(&key.id).await.unwrap().unwrap();
    assert_eq!((found.record, found.owner), (key, Some(alice.state())));
    assert_eq!(store.assignments(&alice.id, NOW).await.unwrap(), [role]);
    let events: Vec<_> = intact_trail(&store).await.into_iter().map(|it| it.entry.event).collect();
    assert_eq!(
        events,
        ["account_created", "sign_in", "factor_added", "key_created", "role_assigned"]
    );
}

#[tokio::test]
async fn a_change_is_in_the_feed_and_the_trail_or_was_not_made() {
    let store = in_memory().await;
    let alice = stored_account(&store).await;
    let seen = alice.password.as_ref();
    let new = auth_accounts::model::PasswordHash::new("$argon2id$two");
    let change = PasswordChange::Changed { at: NOW };
    let entry = audit("password_changed").about(&alice.id);
    let set = || store.set_password(&alice.id, seen, &new, change, &entry);
    assert_eq!(set().await, Ok(PasswordWritten::Done { epoch: 2 }));
    assert_eq!(set().await, Ok(PasswordWritten::Changed));
    let too_long = AuditEntry { request_id: Some("long".repeat(1_000)), ..entry.clone() };
    let bump = store.bump_epoch(&alice.id, &too_long).await;
    assert!(matches!(bump, Err(StoreError::TooLong(_))), "{bump:?}");
    assert_eq!(store.state(&alice.id).await.unwrap().unwrap().epoch, 2);

    let feed = store.changes_after(0, 100).await.unwrap();
    let kinds: Vec<_> = feed.changes.into_iter().map(|change| change.kind).collect();
    assert_eq!(kinds, [ChangeKind::Account(alice.id.clone())]);
    assert_eq!(intact_trail(&store).await.len(), 2);
}

#[tokio::test]
async fn a_call_that_is_dropped_leaves_nothing_half_done_and_the_store_in_order() {
    let store = in_memory().await;
    let alice = stored_account(&store).await;
    // However many steps it gets to do before it is dropped.
    for steps in 0..60 {
        let entry = audit("role_assigned").with("steps", steps);
        let name = format!("role {steps}");
        let role = role(&alice.id, &name);
        let mut steps_left = steps;
        let mut assign = Box::pin(store.assign(&role, &entry));
        std::future::poll_fn(|context| {
            if steps_left == 0 {
                return std::task::Poll::Ready(());
            }
            steps_left -= 1;
            assign.as_mut().poll(context).map(drop)
        })
        .await;
        drop(assign);
        // One that is not dropped comes after it, so what it did is done or undone by now.
        assert_eq!(
            store.bump_epoch(&alice.id, &audit("bumped")).await.map(|it| it.is_some()),
            Ok(true)
        );
        let held = store.assignments(&alice.id, NOW).await.unwrap();
        let is_held = held.iter().any(|it| it.name == name);
        let trail = intact_trail(&store).await;
        let is_recorded =
            trail.iter().any(|it| it.entry.detail.get("steps") == Some(&steps.into()));
        assert_eq!(is_held, is_recorded, "{steps}");
    }
    let feed = store.changes_after(0, 1_000).await.unwrap();
    let told = feed.changes.iter().filter(|it| matches!(it.kind, ChangeKind::Assignments(_)));
    assert_eq!(told.count(), store.assignments(&alice.id, NOW).await.unwrap().len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_use_what_can_be_used_once_one_does() {
    let file = File::new();
    let stores = [file.open().await, file.open().await];
    stores[0].migrate().await.unwrap();
    let alice = stored_account(&stores[0]).await;
    let totp = factor(&alice.id);
    stores[0].add_factor(&totp, &audit("factor_added")).await.unwrap();
    let (secret, code) = (digest(), digest());
    let kind = OneTimeKind::PasswordReset;
    stores[0].put(kind, &secret, None, b"value", NOW + 60, NOW).await.unwrap();
    stores[0].replace_recovery_codes(&alice.id, &[code], &audit("codes")).await.unwrap();

    let mut tasks = tokio::task::JoinSet::new();
    let stores = std::sync::Arc::new(stores);
    for node in 0..32 {
        let (stores, totp, alice) = (stores.clone(), totp.id.clone(), alice.id.clone());
        tasks.spawn(async move {
            let store = &stores[node % 2];
            let taken = store.take(kind, &secret, NOW).await.unwrap().is_some();
            let stepped = store.accept_step(&totp, 7, NOW).await.unwrap();
            let coded = store.take_recovery_code(&alice, &code, &audit("code")).await.unwrap();
            (u32::from(taken), u32::from(stepped), u32::from(coded))
        });
    }
    let sum = tasks.join_all().await.into_iter();
    let sum = sum.reduce(|one, other| (one.0 + other.0, one.1 + other.1, one.2 + other.2));
    assert_eq!(sum, Some((1, 1, 1)));
    intact_trail(&stores[0]).await;
}

#[tokio::test]
async fn whoever_waits_for_a_change_is_woken_by_it() {
    let store = in_memory().await;
    let alice = stored_account(&store).await;
    let start = Instant::now();
    let empty = store.changes_after(0, 10).await.unwrap();
    assert!(empty.changes.is_empty() && start.elapsed() >= Duration::from_secs(1));

    let start = Instant::now();
    let entry = audit("bumped");
    let (batch, _) = tokio::join!(store.changes_after(0, 10), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        store.bump_epoch(&alice.id, &entry).await.unwrap()
    });
    assert_eq!(batch.unwrap().position, 1);
    assert!(start.elapsed() < Duration::from_millis(800), "{:?}", start.elapsed());
}

#[tokio::test]
async fn whoever_has_seen_what_a_backup_has_not_is_told_another_generation() {
    let store = in_memory().await;
    let alice = stored_account(&store).await;
    store.bump_epoch(&alice.id, &audit("bumped")).await.unwrap();
    let batch = store.changes_after(0, 10).await.unwrap();
    let ahead = store.changes_after(7, 10).await.unwrap();
    assert_ne!(ahead.generation, batch.generation);
    assert_eq!((ahead.position, ahead.complete), (1, true));
    store.begin_generation().await.unwrap();
    assert_ne!(store.changes_after(0, 10).await.unwrap().generation, batch.generation);
}

#[tokio::test]
async fn a_factor_that_this_version_does_not_know_is_not_proved() {
    let file = File::new();
    let store = file.open().await;
    store.migrate().await.unwrap();
    let alice = stored_account(&store).await;
    let session = session(&alice.id);
    SessionStore::create(&store, &session, &audit("sign_in")).await.unwrap();
    let mut raw = file.raw().await;
    let evidence = r#"[{"kind":"iris","at":1},{"kind":"password","at":2},{"kind":"totp"}]"#;
    let set = sqlx::query("UPDATE auth_session SET factors = $1").bind(evidence);
    set.execute(&mut raw).await.unwrap();
    let found = SessionStore::load(&store, &session.digest, NOW).await.unwrap().unwrap();
    let proved: Vec<_> = found.record.factors.iter().map(|it| (it.kind, it.at)).collect();
    assert_eq!(proved, [(FactorKind::Password, 2)]);

    sqlx::query("UPDATE auth_account SET status = 'asleep'").execute(&mut raw).await.unwrap();
    let load = SessionStore::load(&store, &session.digest, NOW).await;
    assert_eq!(load, Err(StoreError::NotUnderstood("account_status")));
    assert!(AccountStore::load(&store, &alice.id).await.is_err());

    let totp = factor(&alice.id);
    store.add_factor(&totp, &audit("factor_added")).await.unwrap();
    sqlx::query("UPDATE auth_factor SET kind = 'iris'").execute(&mut raw).await.unwrap();
    assert_eq!(store.factors(&alice.id).await, Err(StoreError::NotUnderstood("kind")));
}

#[tokio::test]
async fn a_file_that_another_process_writes_to_for_long_cannot_be_reached() {
    let file = File::new();
    let store = file.open().await;
    store.migrate().await.unwrap();
    let alice = stored_account(&store).await;
    let mut raw = file.raw().await;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut raw).await.unwrap();
    // What only reads is not disturbed.
    assert!(store.state(&alice.id).await.unwrap().is_some());
    let bump = store.bump_epoch(&alice.id, &audit("bumped")).await;
    assert!(matches!(bump, Err(StoreError::NotReachable(_))), "{bump:?}");
    sqlx::query("ROLLBACK").execute(&mut raw).await.unwrap();
    assert_eq!(store.bump_epoch(&alice.id, &audit("bumped")).await, Ok(Some(2)));
}

#[tokio::test]
async fn a_rule_that_gives_the_same_again_changes_nothing() {
    let store = in_memory().await;
    let alice = stored_account(&store).await;
    store.assign(&role(&alice.id, "member"), &audit("by hand")).await.unwrap();
    let rule = auth_accounts::model::Assignment {
        origin: AssignmentOrigin::Rule,
        ..role(&alice.id, "member")
    };
    let replace = async |rules: &[_]| {
        store.replace(&alice.id, AssignmentOrigin::Rule, rules, &audit("rules")).await.unwrap()
    };
    assert!(replace(std::slice::from_ref(&rule)).await);
    let later = auth_accounts::model::Assignment { granted_at: NOW + 5, ..rule };
    assert!(!replace(&[later]).await);
    assert!(replace(&[]).await);
    assert!(!replace(&[]).await);
    assert_eq!(store.assignments(&alice.id, NOW).await.unwrap().len(), 1);
    assert_eq!(intact_trail(&store).await.len(), 4);
}
