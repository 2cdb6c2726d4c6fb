//! The signing keys of every server here: to make them takes longer than a test.

use auth_accounts::secret::KeyRing;
use auth_core::time::FixedClock;
use auth_server::AuthorizationServer;
use auth_server::store::{AuthorizationStore, SigningKeyRecord};
use auth_store::memory::MemoryStore;
use tokio::sync::OnceCell;

use super::{FakeAccounts, ISSUER, NOW};

static KEYS: OnceCell<Vec<SigningKeyRecord>> = OnceCell::const_new();

/// What the keys are sealed with.
pub(super) fn secrets() -> KeyRing {
    KeyRing::new([("test", [7; 32])]).unwrap()
}

/// Puts the keys of a server that began at [`NOW`] into a store.
pub(crate) async fn give(store: &impl AuthorizationStore) {
    for key in KEYS.get_or_init(make).await {
        store.add_signing_key(key, None).await.unwrap();
    }
}

async fn make() -> Vec<SigningKeyRecord> {
    let store = MemoryStore::new();
    let builder = AuthorizationServer::builder(ISSUER).store(store.clone()).secrets(secrets());
    let builder = builder.clock(FixedClock::new(NOW)).accounts(FakeAccounts::default());
    builder.build().await.unwrap();
    store.signing_keys().await.unwrap()
}
