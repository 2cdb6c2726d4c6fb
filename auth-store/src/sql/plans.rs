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
    let mut connection = super::Dialect::readers(&*store.dialect).acquire().await.unwrap();
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
    for statement in statements {
        let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        let plan = sqlx::query(explain).fetch_all(&mut *connection).await.unwrap();
        let steps: Vec<String> = plan.iter().map(|step| step.get("detail")).collect();
        assert!(!steps.is_empty(), "{statement}");
        assert!(!steps.iter().any(|step| step.contains("SCAN")), "{statement}: {steps:#?}");
    }
    // They read the last row of an index.
    for statement in [audit::LAST, changes::LAST] {
        assert!(statement.ends_with("ORDER BY position DESC LIMIT 1"), "{statement}");
    }
}
