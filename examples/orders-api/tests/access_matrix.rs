//! Every endpoint of the service against every kind of caller.

use auth_core::testing::AccessMatrix;
use orders_api::service;
use orders_api::store::Store;

#[tokio::test]
async fn every_endpoint_does_what_it_declares() {
    let store = Store::open(":memory:").await.expect("a database in memory");
    let app = service::app(store);
    let map = app.access_map();
    let report = AccessMatrix::of(app).run().await;
    assert_eq!(report.skipped().collect::<Vec<_>>(), []);
    // Each minimal set that the access map shows was tried, and those of `GET` for `HEAD` too.
    for (row, endpoint) in report.rows().iter().zip(&map.model().endpoints) {
        let methods = if endpoint.method.as_deref() == Some("GET") { 2 } else { 1 };
        let sets = if endpoint.requirement.is_none() { 1 } else { endpoint.minimal.len() };
        assert_eq!(row.passed(), sets * methods, "{}", row.endpoint());
    }
}
