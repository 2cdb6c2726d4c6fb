//! Who may call what: any change fails here until the lock is written anew and reviewed.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use auth_core::AccessMap;
use auth_core::access_map::SCHEMA;
use orders_api::access::{Permission, Role, Scope};
use orders_api::{service, store::Store};

async fn map() -> AccessMap {
    let store = Store::open(":memory:").await.expect("a database in memory opens");
    service::app(store).access_map().with_vocabulary::<(Role, Permission, Scope)>()
}

#[tokio::test]
async fn who_may_call_is_locked() {
    map().await.assert_locked("access.lock");
}

#[tokio::test]
async fn the_map_fits_its_schema() {
    let map = map().await;
    let schema = serde_json::from_str(SCHEMA).expect("the schema is JSON");
    let validator = jsonschema::draft202012::new(&schema).expect("the schema is one");
    let json = serde_json::from_str(&map.to_json()).expect("the map is JSON");
    assert!(validator.is_valid(&json), "{:?}", validator.validate(&json));
    // A refund asks for the role, with a second factor, and for no permission.
    assert_eq!(map.model().findings.unused_permissions, ["orders:refund"]);
}
