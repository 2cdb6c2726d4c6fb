//! PostgreSQL, which `tests/stores/run` starts.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod authorization;
mod crash;
mod records;
mod sql_promises;

use auth_accounts::model::{Account, AccountId};
use auth_accounts::secret::random_base62;
use auth_accounts::store::{AccountStore, SessionStore, StoreError, Stores};
use auth_store::SchemaError;
use auth_store::authorization::{
    AuthorizationStore as _, GrantSelector, RevocationReason, Rotated,
};
use auth_store::conformance::Nodes;
use auth_store::postgres::PostgresStore;
use records::*;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

/// For many tasks that wait for each other on a machine that has more to do.
const PATIENT: &str = "options[statement_timeout]=20000";

/// The address of a database of its own: locks and changes are those of one database.
async fn database() -> String {
    let server = std::env::var("TEST_POSTGRES_URL").expect("run by `tests/stores/run`");
    let name = format!("test_{}", random_base62(16).to_ascii_lowercase());
    let mut connection = PgConnection::connect(&server).await.unwrap();
    let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::query(create).execute(&mut connection).await.unwrap();
    let (server, _) = server.rsplit_once('/').unwrap();
    format!("{server}/{name}")
}

async fn node(url: &str) -> PostgresStore {
    let store = PostgresStore::connect(url).await.unwrap();
    store.migrate().await.unwrap();
    store
}

/// In a schema of its own, which is made faster than a database. Others in the same database may wake
/// it for nothing.
async fn empty_store() -> Stores {
    let server = std::env::var("TEST_POSTGRES_URL").expect("run by `tests/stores/run`");
    let name = format!("test_{}", random_base62(16).to_ascii_lowercase());
    let mut connection = PgConnection::connect(&server).await.unwrap();
    let create = AssertSqlSafe(format!("CREATE SCHEMA {name}"));
    sqlx::query(create).execute(&mut connection).await.unwrap();
    Stores::all_in(node(&format!("{server}?options[search_path]={name}&{PATIENT}")).await)
}

mod conformance {
    use super::empty_store;

    auth_store::conformance_tests!(empty_store);
}

/// Two nodes on a schema of their own.
async fn two_nodes_on_nothing() -> Nodes {
    let server = std::env::var("TEST_POSTGRES_URL").expect("run by `tests/stores/run`");
    let name = format!("test_{}", random_base62(16).to_ascii_lowercase());
    let mut connection = PgConnection::connect(&server).await.unwrap();
    let create = AssertSqlSafe(format!("CREATE SCHEMA {name}"));
    sqlx::query(create).execute(&mut connection).await.unwrap();
    let url = format!("{server}?options[search_path]={name}&{PATIENT}");
    Nodes::one(node(&url).await).and(node(&url).await)
}

mod authorization_conformance {
    use super::two_nodes_on_nothing;

    auth_store::authorization_conformance_tests!(two_nodes_on_nothing);
}

/// Two nodes on one database.
async fn two_nodes() -> [PostgresStore; 2] {
    let url = format!("{}?{PATIENT}", database().await);
    [node(&url).await, node(&url).await]
}

#[tokio::test]
async fn a_rotation_that_fails_uses_nothing_up() {
    sql_promises::a_rotation_that_fails_uses_nothing_up(&node(&database().await).await).await;
}

#[tokio::test]
async fn a_change_is_announced_and_recorded_or_was_not_made() {
    sql_promises::a_change_is_announced_and_recorded_or_was_not_made(
        &node(&database().await).await,
    )
    .await;
}

#[tokio::test]
async fn a_rule_that_gives_the_same_again_changes_nothing() {
    sql_promises::a_rule_that_gives_the_same_again_changes_nothing(&node(&database().await).await)
        .await;
}

#[tokio::test]
async fn any_text_is_only_itself() {
    sql_promises::any_text_is_only_itself(&node(&database().await).await).await;
}

#[tokio::test]
async fn a_session_is_over_at_its_end_and_never_before() {
    sql_promises::a_session_is_over_at_its_end_and_never_before(&node(&database().await).await)
        .await;
}

#[tokio::test]
async fn attempts_are_counted_in_a_window() {
    sql_promises::attempts_are_counted_in_a_window(&node(&database().await).await).await;
}

#[tokio::test]
async fn what_was_stored_comes_back() {
    let [one, other] = two_nodes().await;
    sql_promises::what_was_stored_comes_back(&one, &other).await;
}

#[tokio::test]
async fn what_ended_on_one_node_is_over_on_the_other() {
    let [one, other] = two_nodes().await;
    sql_promises::what_ended_on_one_node_is_over_on_the_other(&one, &other).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_use_what_can_be_used_once_one_does() {
    let [one, other] = two_nodes().await;
    sql_promises::of_many_who_use_what_can_be_used_once_one_does(one, other).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_of_a_role_stays_in_a_race() {
    let [one, other] = two_nodes().await;
    sql_promises::the_last_of_a_role_stays_in_a_race(one, other).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_is_one_first_administrator() {
    let [one, other] = two_nodes().await;
    sql_promises::there_is_one_first_administrator(one, other).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codes_that_are_replaced_twice_at_once_are_those_of_one() {
    let [one, other] = two_nodes().await;
    sql_promises::codes_that_are_replaced_twice_at_once_are_those_of_one(one, other).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn positions_ascend_without_gaps_while_two_nodes_write() {
    let [one, other] = two_nodes().await;
    sql_promises::positions_ascend_without_gaps_while_two_nodes_write(one, other).await;
}

#[tokio::test]
async fn a_call_that_is_dropped_leaves_nothing_half_done() {
    let store = node(&database().await).await;
    sql_promises::a_call_that_is_dropped_leaves_nothing_half_done(&store, 60).await;
}

#[tokio::test]
async fn the_rows_of_a_read_that_is_dropped_are_those_of_no_other() {
    let store = node(&database().await).await;
    sql_promises::the_rows_of_a_read_that_is_dropped_are_those_of_no_other(&store, 20).await;
}

#[tokio::test]
async fn a_change_wakes_the_other_node() {
    let [one, other] = two_nodes().await;
    sql_promises::a_node_that_waits_for_a_change_is_woken_by_it(&one, &other).await;
}

#[tokio::test]
async fn grants_end_with_their_account() {
    let [one, other] = two_nodes().await;
    let alice = account_without_password(&one).await;
    authorization::grants_end_with_their_account(&one, &other, &alice).await;
}

#[tokio::test]
async fn grants_end_with_their_session() {
    let [one, other] = two_nodes().await;
    let alice = Account { epoch: 0, ..account("alice") };
    AccountStore::create(&one, &alice, &audit("account_created")).await.unwrap();
    let sessions = [(); 4].map(|()| session(&alice.id));
    authorization::grants_end_with_their_session(&one, &other, sessions).await;
}

#[tokio::test]
async fn a_session_ends_after_the_grants_that_are_being_made_in_it() {
    let url = database().await;
    let store = node(&url).await;
    let alice = stored_account(&store).await.id;
    let session = session(&alice);
    SessionStore::create(&store, &session, &audit("signed_in")).await.unwrap();
    // As the store locks the account while it makes a grant.
    let mut raw = PgConnection::connect(&url).await.unwrap();
    sqlx::query("BEGIN").execute(&mut raw).await.unwrap();
    sqlx::query("SELECT id FROM auth_account FOR SHARE").execute(&mut raw).await.unwrap();
    let entry = audit("signed_out");
    let stranger = AccountId::random();
    assert_eq!(store.end(&stranger, &session.id, &entry).await, Ok(false));
    let brief = std::time::Duration::from_millis(200);
    let waiting = tokio::time::timeout(brief, store.end(&alice, &session.id, &entry)).await;
    assert!(waiting.is_err(), "{waiting:?}");
    let waiting = tokio::time::timeout(brief, store.end_others(&alice, None, &entry)).await;
    assert!(waiting.is_err(), "{waiting:?}");
    sqlx::query("COMMIT").execute(&mut raw).await.unwrap();
    assert_eq!(store.end(&alice, &session.id, &entry).await, Ok(true));
}

/// Holds P-41.
#[tokio::test]
async fn a_withdrawal_comes_after_the_grants_that_are_being_made() {
    let url = database().await;
    let store = node(&url).await;
    let alice = stored_account(&store).await.id;
    let grant = authorization::grant(alice.as_str(), "client");
    store.authorize(&grant, &authorization::code(&grant), &[]).await.unwrap();
    // As the store locks the account while it makes a grant.
    let mut raw = PgConnection::connect(&url).await.unwrap();
    sqlx::query("BEGIN").execute(&mut raw).await.unwrap();
    sqlx::query("SELECT id FROM auth_account FOR SHARE").execute(&mut raw).await.unwrap();
    assert_eq!(store.withdraw_consents("another", "client", NOW).await, Ok(0));
    let waiting = store.withdraw_consents(alice.as_str(), "client", NOW);
    let waiting = tokio::time::timeout(std::time::Duration::from_millis(200), waiting).await;
    assert!(waiting.is_err(), "{waiting:?}");
    sqlx::query("COMMIT").execute(&mut raw).await.unwrap();
    assert_eq!(store.withdraw_consents(alice.as_str(), "client", NOW).await, Ok(1));
}

#[tokio::test]
async fn nothing_is_granted_beside_a_change_of_the_account() {
    let url = database().await;
    let store = node(&url).await;
    let alice = stored_account(&store).await.id;
    let mut raw = PgConnection::connect(&url).await.unwrap();
    sqlx::query("BEGIN").execute(&mut raw).await.unwrap();
    sqlx::query("UPDATE auth_account SET epoch = 5").execute(&mut raw).await.unwrap();
    // What it revokes are the grants that it sees, so no other one may be made until it has ended.
    let grant = authorization::grant(alice.as_str(), "client");
    let code = authorization::code(&grant);
    let waiting = store.authorize(&grant, &code, &[]);
    let waiting = tokio::time::timeout(std::time::Duration::from_millis(200), waiting).await;
    assert!(waiting.is_err(), "{waiting:?}");
    let of_another = authorization::grant("another", "client");
    let code = authorization::code(&of_another);
    assert_eq!(store.authorize(&of_another, &code, &[]).await, Ok(()));
}

#[tokio::test]
async fn nodes_that_migrate_at_once_make_the_tables_once() {
    let url = database().await;
    let (one, other) =
        (PostgresStore::connect(&url).await.unwrap(), PostgresStore::connect(&url).await.unwrap());
    assert_eq!(one.check().await, Err(SchemaError::Missing));
    let (one_done, other_done) = tokio::join!(one.migrate(), other.migrate());
    assert_eq!((one_done, other_done), (Ok(()), Ok(())));
    assert_eq!(one.check().await, Ok(()));
}

#[tokio::test]
async fn connections_that_were_lost_are_replaced() {
    let url = database().await;
    let [one, other] = [node(&url).await, node(&url).await];
    let alice = stored_account(&one).await.id;
    let mut raw = PgConnection::connect(&url).await.unwrap();
    sqlx::query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    .execute(&mut raw)
    .await
    .unwrap();
    // A connection that was just in use is found broken by who uses it; one that rested is not.
    tokio::time::sleep(std::time::Duration::from_millis(1_200)).await;
    assert_eq!(one.bump_epoch(&alice, None, &audit("bumped")).await, Ok(Some(2)));
    assert!(AccountStore::load(&other, &alice).await.unwrap().is_some());
    // They listen again, too.
    tokio::time::sleep(std::time::Duration::from_millis(1_200)).await;
    sql_promises::a_node_that_waits_for_a_change_is_woken_by_it(&one, &other).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_set_to_another_isolation_level_makes_no_difference() {
    let url = database().await;
    let mut raw = PgConnection::connect(&url).await.unwrap();
    let (_, name) = url.rsplit_once('/').unwrap();
    let set = format!("ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'");
    sqlx::query(AssertSqlSafe(set)).execute(&mut raw).await.unwrap();
    let url = format!("{url}?{PATIENT}");
    let nodes = [node(&url).await, node(&url).await];
    for round in 0..5 {
        let token = authorization::granted(&nodes[0], &format!("user {round}")).await;
        let mut racers = tokio::task::JoinSet::new();
        for store in nodes.iter().cycle().take(32) {
            let (store, rotation) = (store.clone(), authorization::rotation(&token));
            racers.spawn(async move { store.rotate_refresh_token(&rotation).await });
        }
        let rotated = racers.join_all().await;
        let retried = |it: &&_| matches!(it, Ok(Rotated::Retried { .. }));
        let first = rotated.iter().filter(|it| **it == Ok(Rotated::First)).count();
        assert_eq!((first, rotated.iter().filter(retried).count()), (1, 31), "{rotated:?}");
    }
}

#[tokio::test]
async fn a_call_that_was_dropped_while_it_waited_for_a_lock_holds_none() {
    let url = database().await;
    let store = node(&url).await;
    let alice = stored_account(&store).await.id;
    let mut raw = PgConnection::connect(&url).await.unwrap();
    sqlx::query("BEGIN").execute(&mut raw).await.unwrap();
    sqlx::query("UPDATE auth_account SET epoch = 5").execute(&mut raw).await.unwrap();
    let entry = audit("bumped");
    let waiting = store.bump_epoch(&alice, None, &entry);
    let waiting = tokio::time::timeout(std::time::Duration::from_millis(200), waiting).await;
    assert!(waiting.is_err());
    sqlx::query("COMMIT").execute(&mut raw).await.unwrap();
    assert_eq!(store.bump_epoch(&alice, None, &entry).await, Ok(Some(6)));
    assert_eq!(intact_trail(&store).await.len(), 2);
}

#[tokio::test]
async fn a_statement_that_waits_for_too_long_is_ended_by_the_server() {
    let url = database().await;
    let store = node(&url).await;
    let alice = stored_account(&store).await.id;
    let mut raw = PgConnection::connect(&url).await.unwrap();
    sqlx::query("BEGIN").execute(&mut raw).await.unwrap();
    sqlx::query("UPDATE auth_account SET epoch = 5").execute(&mut raw).await.unwrap();
    let bump = store.bump_epoch(&alice, None, &audit("bumped")).await;
    assert!(matches!(bump, Err(StoreError::NotReachable(_))), "{bump:?}");
    sqlx::query("ROLLBACK").execute(&mut raw).await.unwrap();
    assert_eq!(store.bump_epoch(&alice, None, &audit("bumped")).await, Ok(Some(2)));
}

/// Another application that holds a grant of the subject `alice`, of two that all of the tokens belong to.
async fn holding_one_of_two(url: &str, store: &PostgresStore) -> (PgConnection, [String; 2]) {
    let mut grants = [(); 2].map(|()| authorization::grant("alice", "client"));
    grants.sort_by(|one, other| one.id.cmp(&other.id));
    for grant in &grants {
        store.authorize(grant, &authorization::code(grant), &[]).await.unwrap();
    }
    let mut raw = PgConnection::connect(url).await.unwrap();
    sqlx::query("BEGIN").execute(&mut raw).await.unwrap();
    let ids = grants.map(|it| it.id.to_string());
    touch(&mut raw, &ids[1]).await;
    (raw, ids)
}

/// Locks a grant, without changing it.
async fn touch(raw: &mut PgConnection, id: &str) {
    let touch = "UPDATE auth_grant SET subject = subject WHERE id = $1";
    sqlx::query(touch).bind(id).execute(raw).await.unwrap();
}

/// Waits until a connection of the store waits for a lock; its process. Within a transaction it would be seen
/// once.
async fn waiting(raw: &mut PgConnection) -> i32 {
    let waits = "SELECT pid FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    loop {
        if let Some(pid) = sqlx::query_scalar(waits).fetch_optional(&mut *raw).await.unwrap() {
            return pid;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

fn revoke_all(store: &PostgresStore) -> tokio::task::JoinHandle<Result<u64, StoreError>> {
    let store = store.clone();
    tokio::spawn(async move {
        let which = GrantSelector::Subject("alice".to_owned());
        store.revoke_grants(&which, RevocationReason::SignedOut, NOW).await
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_a_deadlock_has_undone_is_done_again() {
    let url = database().await;
    let store = node(&format!("{url}?{PATIENT}")).await;
    let (mut raw, ids) = holding_one_of_two(&url, &store).await;
    // So that the server ends the wait of the store, and not this one.
    sqlx::query("SET LOCAL deadlock_timeout = '60s'").execute(&mut raw).await.unwrap();
    let mut other = PgConnection::connect(&url).await.unwrap();
    let revoking = revoke_all(&store);
    waiting(&mut other).await;
    // The store has the first grant and waits for the second one. This ends when the store was undone.
    touch(&mut raw, &ids[0]).await;
    sqlx::query("COMMIT").execute(&mut raw).await.unwrap();
    assert_eq!(revoking.await.unwrap(), Ok(2));
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    // The statistics are written a moment later.
    loop {
        let count: i64 = sqlx::query_scalar(deadlocks).fetch_one(&mut other).await.unwrap();
        if count == 1 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_whose_connection_is_lost_is_done_again_twice() {
    let url = database().await;
    let store = node(&format!("{url}?{PATIENT}")).await;
    for (kills, expected) in [(2, Ok(2)), (3, Err(()))] {
        let (mut raw, _) = holding_one_of_two(&url, &store).await;
        let mut other = PgConnection::connect(&url).await.unwrap();
        let revoking = revoke_all(&store);
        for _ in 0..kills {
            let process = waiting(&mut other).await;
            let end = "SELECT pg_terminate_backend($1, 5000)";
            sqlx::query(end).bind(process).execute(&mut other).await.unwrap();
        }
        if expected.is_ok() {
            waiting(&mut other).await;
        }
        sqlx::query("COMMIT").execute(&mut raw).await.unwrap();
        assert_eq!(revoking.await.unwrap().map_err(drop), expected);
        // What was not done was done in no part.
        let which = GrantSelector::Subject("alice".to_owned());
        let left = store.list_grants(&which, NOW, 10).await.unwrap().len();
        assert_eq!(left, if expected.is_ok() { 0 } else { 2 });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_undone_by_a_kill() {
    let url = &database().await;
    drop(node(url).await);
    let count = |query| async move {
        let mut raw = PgConnection::connect(url).await.unwrap();
        sqlx::query_scalar(query).fetch_one(&mut raw).await.unwrap()
    };
    crash::nothing_acknowledged_is_undone_by_a_kill(url, || node(url), count).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it is run and killed by the test before it"]
async fn the_process_that_is_killed() {
    let database = std::env::var(crash::DATABASE).unwrap();
    crash::work(PostgresStore::connect(&database).await.unwrap()).await;
}
