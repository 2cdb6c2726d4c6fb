//! Look-ups stay look-ups, however many records there are.

use sqlx::{AssertSqlSafe, Row as _};

use super::{
    accounts, api_keys, assignments, attempts, audit, changes, factors, one_time, sessions,
};
use crate::sqlite::SqliteStore;

#[tokio::test]
async fn every_statement_that_is_run_often_uses_an_index() {
    let store = SqliteStore::open("sqlite::memory:").await.unwrap();
    store.migrate().await.unwrap();
    let statements = [
        accounts::FIND,
        accounts::FIND_BY_EMAIL,
        accounts::LOAD,
        accounts::STATE,
        accounts::LOCK,
        api_keys::ALL,
        api_keys::LOAD,
        api_keys::OF_OWNER,
        api_keys::TOUCH,
        assignments::HOLDERS,
        assignments::OF_ACCOUNT,
        assignments::WITH_ACCOUNT,
        attempts::BEGIN,
        attempts::SWEEP,
        audit::ALL,
        audit::OF_ACCOUNT,
        changes::AFTER,
        factors::ACCEPT_STEP,
        factors::OF_ACCOUNT,
        factors::PASSKEY,
        factors::TAKE_RECOVERY_CODE,
        one_time::CLEAR,
        one_time::PEEK,
        one_time::SWEEP,
        one_time::TAKE,
        sessions::FIND,
        sessions::LIST,
        sessions::LOAD,
        sessions::SWEEP,
        sessions::TOUCH,
    ];
    no_scan(&store, &statements).await;
    // They read the last row of an index.
    for statement in [audit::LAST, changes::LAST] {
        assert!(statement.ends_with("ORDER BY position DESC LIMIT 1"), "{statement}");
    }
}

#[cfg(feature = "authorization")]
#[tokio::test]
async fn every_statement_of_an_authorization_server_uses_an_index() {
    use super::authorization::{
        clients, codes, consents, devices, grants, keys, once, refresh_tokens, revoked, sweep,
        tokens,
    };

    let store = SqliteStore::open("sqlite::memory:").await.unwrap();
    store.migrate().await.unwrap();
    let statements = [
        clients::FIND,
        clients::LIST,
        clients::REMOVE,
        clients::TOUCH,
        clients::UPDATE,
        codes::FIND,
        codes::LOCK_GRANT.plain,
        codes::REDEEM,
        codes::REDEEMED,
        consents::FORGET,
        consents::FORGET_CLIENT,
        consents::FORGET_SUBJECT,
        consents::OF,
        devices::DECIDE,
        devices::FETCH,
        devices::FIND_WAITING,
        devices::FORGET_EXPIRED,
        devices::FORGET_UNFETCHED,
        devices::GIVE,
        devices::LOCK.plain,
        devices::POLLED,
        grants::FIND,
        grants::LOCK.plain,
        grants::REVOKE,
        keys::REMOVE,
        once::CODE.plain,
        once::REFRESH_TOKEN.plain,
        refresh_tokens::FIND,
        refresh_tokens::LOCK_GRANT.plain,
        refresh_tokens::SPEND,
        refresh_tokens::SPENT,
        revoked::AFTER,
        revoked::OF_TOKEN,
        sweep::CLIENTS,
        sweep::DEVICES,
        sweep::LOCK_UNFETCHED.plain,
        sweep::LOCK_UNREDEEMED.plain,
        sweep::OPAQUE,
        sweep::REDEEMED,
        sweep::REFRESH,
        sweep::REVOCATIONS,
        sweep::UNFETCHED,
        sweep::UNREDEEMED,
        tokens::FIND_OPAQUE,
        tokens::REMOVE_OPAQUE,
    ];
    no_scan(&store, &statements).await;
    for selected in [
        grants::ENDS_OUTSIDE_SESSION,
        grants::ENDS_WITH_SESSION,
        grants::OF_CLIENT,
        grants::OF_SESSION,
        grants::OF_SUBJECT,
        grants::OF_SUBJECT_AT_CLIENT,
    ] {
        no_scan(&store, &[selected.list, selected.lock.plain, selected.revoke]).await;
    }
    // What it looks at is one batch, which an index gives.
    let plan = plan(&store, sweep::GRANTS).await.unwrap();
    let scans: Vec<&String> = plan.iter().filter(|step| step.contains("SCAN")).collect();
    assert_eq!(scans, ["SCAN over"], "{plan:#?}");
}

async fn no_scan(store: &SqliteStore, statements: &[&str]) {
    for statement in statements.iter().flat_map(|it| it.split("; ")) {
        let steps = plan(store, statement).await.unwrap_or_default();
        assert!(!steps.is_empty(), "{statement}");
        assert!(!steps.iter().any(|step| step.contains("SCAN")), "{statement}: {steps:#?}");
    }
}

async fn plan(store: &SqliteStore, statement: &str) -> sqlx::Result<Vec<String>> {
    let mut lease = super::Dialect::readers(&*store.dialect).acquire().await?;
    let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
    let plan = sqlx::query(explain).fetch_all(lease.connection()?).await?;
    plan.iter().map(|step| step.try_get("detail")).collect()
}
