//! The store in memory keeps what every store promises, and the suite finds those that do not.

use auth_accounts::store::Stores;
use auth_store::memory::MemoryStore;

async fn empty_store() -> Stores {
    Stores::all_in(MemoryStore::new())
}

mod memory {
    use super::empty_store;

    auth_store::conformance_tests!(empty_store);
}
