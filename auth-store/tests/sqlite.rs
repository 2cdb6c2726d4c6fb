//! SQLite: what the conformance suite cannot ask of every store.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod authorization;
mod crash;
mod records;
mod sql_promises;

use std::path::PathBuf;

use auth_accounts::model::{Account, FactorKind};
use auth_accounts::secret::random_base62;
use auth_accounts::store::{
    AccountStore, ChangeStore as _, FactorStore as _, SessionStore, StoreError, Stores,
};
use auth_store::SchemaError;
use auth_store::authorization::{AuthorizationStore as _, Redeemed};
use auth_store::conformance::Nodes;
use auth_store::sqlite::SqliteStore;
use records::*;

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

    /// The same, which makes the file.
    async fn raw_new(&self) -> sqlx::SqliteConnection {
        use sqlx::Connection as _;
        sqlx::SqliteConnection::connect(&format!("{}?mode=rwc", self.url())).await.unwrap()
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

/// A file that the next run of the same test begins anew.
async fn empty_file() -> Stores {
    let test = std::thread::current().name().unwrap().replace("::", "-");
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test);
    drop(File(path.clone()));
    let store = SqliteStore::open(&format!("sqlite:{}", path.display())).await.unwrap();
    store.migrate().await.unwrap();
    Stores::all_in(store)
}

mod conformance {
    use super::empty_file;

    auth_store::conformance_tests!(empty_file);
}

/// Two processes on a file that the next run of the same test begins anew.
async fn two_on_an_empty_file() -> Nodes {
    let test = std::thread::current().name().unwrap().replace("::", "-");
    let file = File(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(test));
    drop(File(file.0.clone()));
    let [one, other] = two_on(&file).await;
    std::mem::forget(file);
    Nodes::one(one).and(other)
}

mod authorization_conformance {
    use super::two_on_an_empty_file;

    auth_store::authorization_conformance_tests!(two_on_an_empty_file);
}

/// Two processes on one file.
async fn two_on(file: &File) -> [SqliteStore; 2] {
    let stores = [file.open().await, file.open().await];
    stores[0].migrate().await.unwrap();
    stores
}

#[tokio::test]
async fn a_rotation_that_fails_uses_nothing_up() {
    sql_promises::a_rotation_that_fails_uses_nothing_up(&in_memory().await).await;
}

#[tokio::test]
async fn a_change_is_announced_and_recorded_or_was_not_made() {
    sql_promises::a_change_is_announced_and_recorded_or_was_not_made(&in_memory().await).await;
}

#[tokio::test]
async fn a_rule_that_gives_the_same_again_changes_nothing() {
    sql_promises::a_rule_that_gives_the_same_again_changes_nothing(&in_memory().await).await;
}

#[tokio::test]
async fn any_text_is_only_itself() {
    sql_promises::any_text_is_only_itself(&in_memory().await).await;
}

#[tokio::test]
async fn a_session_is_over_at_its_end_and_never_before() {
    sql_promises::a_session_is_over_at_its_end_and_never_before(&in_memory().await).await;
}

#[tokio::test]
async fn attempts_are_counted_in_a_window() {
    sql_promises::attempts_are_counted_in_a_window(&in_memory().await).await;
}

#[tokio::test]
async fn what_was_stored_comes_back() {
    let file = File::new();
    let [one, other] = two_on(&file).await;
    sql_promises::what_was_stored_comes_back(&one, &other).await;
}

#[tokio::test]
async fn what_ended_on_one_node_is_over_on_the_other() {
    let file = File::new();
    let [one, other] = two_on(&file).await;
    sql_promises::what_ended_on_one_node_is_over_on_the_other(&one, &other).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_use_what_can_be_used_once_one_does() {
    let file = File::new();
    let [one, other] = two_on(&file).await;
    sql_promises::of_many_who_use_what_can_be_used_once_one_does(one, other).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_of_a_role_stays_in_a_race() {
    let file = File::new();
    let [one, other] = two_on(&file).await;
    sql_promises::the_last_of_a_role_stays_in_a_race(one, other).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_is_one_first_administrator() {
    let file = File::new();
    let [one, other] = two_on(&file).await;
    sql_promises::there_is_one_first_administrator(one, other).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codes_that_are_replaced_twice_at_once_are_those_of_one() {
    let file = File::new();
    let [one, other] = two_on(&file).await;
    sql_promises::codes_that_are_replaced_twice_at_once_are_those_of_one(one, other).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn positions_ascend_without_gaps_while_two_nodes_write() {
    let file = File::new();
    let [one, other] = two_on(&file).await;
    sql_promises::positions_ascend_without_gaps_while_two_nodes_write(one, other).await;
}

#[tokio::test]
async fn a_call_that_is_dropped_leaves_nothing_half_done() {
    sql_promises::a_call_that_is_dropped_leaves_nothing_half_done(&in_memory().await, 60).await;
}

#[tokio::test]
async fn the_rows_of_a_read_that_is_dropped_are_those_of_no_other() {
    let store = in_memory().await;
    sql_promises::the_rows_of_a_read_that_is_dropped_are_those_of_no_other(&store, 20).await;
}

#[tokio::test]
async fn a_node_that_waits_for_a_change_is_woken_by_it() {
    let store = in_memory().await;
    sql_promises::a_node_that_waits_for_a_change_is_woken_by_it(&store, &store).await;
}

#[tokio::test]
async fn grants_end_with_their_account() {
    let file = File::new();
    let [one, other] = two_on(&file).await;
    let alice = account_without_password(&one).await;
    authorization::grants_end_with_their_account(&one, &other, &alice).await;
}

#[tokio::test]
async fn grants_end_with_their_session() {
    let file = File::new();
    let [one, other] = two_on(&file).await;
    let alice = Account { epoch: 0, ..account("alice") };
    AccountStore::create(&one, &alice, &audit("account_created")).await.unwrap();
    let sessions = [(); 4].map(|()| session(&alice.id));
    authorization::grants_end_with_their_session(&one, &other, sessions).await;
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
    sqlx::query("UPDATE auth_schema SET version = 3").execute(&mut raw).await.unwrap();
    let newer = SchemaError::Newer { found: 3, needed: 2 };
    assert_eq!(store.check().await, Err(newer.clone()));
    assert_eq!(store.migrate().await, Err(newer));
    sqlx::query("UPDATE auth_schema SET version = 0").execute(&mut raw).await.unwrap();
    assert_eq!(store.check().await, Err(SchemaError::Older { found: 0, needed: 2 }));
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
async fn a_node_that_is_ahead_of_a_backup_gets_another_generation() {
    let store = in_memory().await;
    let alice = stored_account(&store).await;
    store.bump_epoch(&alice.id, None, &audit("bumped")).await.unwrap();
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
    let bump = store.bump_epoch(&alice.id, None, &audit("bumped")).await;
    assert!(matches!(bump, Err(StoreError::NotReachable(_))), "{bump:?}");
    sqlx::query("ROLLBACK").execute(&mut raw).await.unwrap();
    assert_eq!(store.bump_epoch(&alice.id, None, &audit("bumped")).await, Ok(Some(2)));
}

#[tokio::test]
async fn tables_with_rows_are_brought_up_and_keep_them() {
    let file = File::new();
    let mut raw = file.raw_new().await;
    let before = concat!(
        include_str!("../migrations/0001_accounts.sql"),
        "CREATE TABLE auth_schema (version INTEGER NOT NULL) STRICT;
        INSERT INTO auth_schema (version) VALUES (1);
        INSERT INTO auth_feed (generation) VALUES (8);
        INSERT INTO auth_account (id, kind, login, username, names_folded, status, epoch, revision,
            created_at)
        WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 10000)
        SELECT printf('%022d', n), 'person', 'u' || n, 'u' || n, 'u' || n, 'active', 3, 0, 1 FROM n;"
    );
    sqlx::raw_sql(before).execute(&mut raw).await.unwrap();
    let store = file.open().await;
    assert_eq!(store.check().await, Err(SchemaError::Older { found: 1, needed: 2 }));
    store.migrate().await.unwrap();
    assert_eq!(store.check().await, Ok(()));
    assert_eq!(store.search("u", None, 20_000).await.unwrap().len(), 10_000);
    assert_eq!(store.changes_after(9, 10).await.unwrap().generation, 9);
    authorization::a_grant_is_redeemed_and_refreshed(&store).await;
    // The version before works beside this one: its statements name their columns.
    sqlx::query("UPDATE auth_account SET epoch = 4").execute(&mut raw).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_undone_by_a_kill() {
    let file = File::new();
    file.open().await.migrate().await.unwrap();
    let count = |query| {
        let file = &file;
        async move { sqlx::query_scalar(query).fetch_one(&mut file.raw().await).await.unwrap() }
    };
    crash::nothing_acknowledged_is_undone_by_a_kill(&file.url(), || file.open(), count).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it is run and killed by the test before it"]
async fn the_process_that_is_killed() {
    let database = std::env::var(crash::DATABASE).unwrap();
    crash::work(SqliteStore::open(&database).await.unwrap()).await;
}

/// One step that is refused takes none of those with it that are made durable by the same commit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_fails_is_undone_alone() {
    let file = File::new();
    let store = file.open().await;
    store.migrate().await.unwrap();
    let held = authorization::granted(&store, "alice").await;
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..200 {
        let (store, held) = (store.clone(), held.clone());
        tasks.spawn(async move {
            let grant = authorization::grant("bob", "client");
            let code = authorization::code(&grant);
            store.authorize(&grant, &code, &[]).await.unwrap();
            let mut redemption = authorization::redemption(&code);
            let is_wrong = number % 5 == 0;
            if is_wrong {
                // It is refused after the code was spent.
                redemption.refresh_token.as_mut().unwrap().digest = held.digest;
            }
            let redeemed = store.redeem_code(&redemption).await;
            let code = store.find_code(&code.digest).await.unwrap().unwrap();
            assert_eq!(code.redeemed_at.is_none(), is_wrong);
            if is_wrong {
                assert!(matches!(redeemed, Err(StoreError::Conflict(_))), "{redeemed:?}");
            } else {
                assert_eq!(redeemed, Ok(Redeemed::First));
                let token = redemption.refresh_token.unwrap().digest;
                assert!(store.find_refresh_token(&token).await.unwrap().is_some());
            }
        });
    }
    while let Some(task) = tasks.join_next().await {
        task.unwrap();
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_the_store_makes_is_read_by_its_user_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let file = File::new();
    let store = file.open().await;
    store.migrate().await.unwrap();
    for end in ["", "-wal", "-shm"] {
        let path = format!("{}{end}", file.0.display());
        let mode = std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{end}");
    }
}
