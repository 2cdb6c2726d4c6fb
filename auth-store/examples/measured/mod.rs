//! What the programs that measure grants share.

#[path = "../../tests/authorization/mod.rs"]
pub(crate) mod grants;

use std::sync::Arc;
use std::time::{Duration, Instant};

use auth_store::authorization::{AuthorizationStore, RefreshToken, Rotated};
use auth_store::postgres::PostgresStore;
use auth_store::sqlite::SqliteStore;

/// The store at this address, with its tables.
pub(crate) async fn open(url: &str) -> Arc<dyn AuthorizationStore> {
    if url.starts_with("postgres") {
        let store = PostgresStore::connect(url).await.unwrap();
        store.migrate().await.unwrap();
        Arc::new(store)
    } else {
        let store = SqliteStore::open(url).await.unwrap();
        store.migrate().await.unwrap();
        Arc::new(store)
    }
}

/// Rotates a token, as a server does, which looks first; its successor, and how long that took.
pub(crate) async fn rotate(
    store: &dyn AuthorizationStore,
    token: &RefreshToken,
) -> (RefreshToken, Duration) {
    let rotation = grants::rotation(token);
    let begin = Instant::now();
    assert!(store.find_refresh_token(&token.digest).await.unwrap().is_some());
    assert_eq!(store.rotate_refresh_token(&rotation).await, Ok(Rotated::First));
    (rotation.successor, begin.elapsed())
}
