//! Who may call what: any change fails here until the lock is written anew and reviewed.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use auth_core::AccessMap;
use auth_core::access_map::SCHEMA;
use orders_api::service;

fn map() -> AccessMap {
    let routes = service::routes("http://127.0.0.1:3000", "https://id.example.com", None);
    service::access_map(&routes.expect("the routes").0)
}

#[test]
fn who_may_call_is_locked() {
    map().assert_locked("access.lock");
}

#[test]
fn the_map_fits_its_schema() {
    let map = map();
    let schema = serde_json::from_str(SCHEMA).expect("the schema is JSON");
    let validator = jsonschema::draft202012::new(&schema).expect("the schema is one");
    let json = serde_json::from_str(&map.to_json()).expect("the map is JSON");
    assert!(validator.is_valid(&json), "{:?}", validator.validate(&json));
    // A refund asks for the role, with a second factor, and for no permission.
    assert_eq!(map.model().findings.unused_permissions, ["orders:refund"]);
}
