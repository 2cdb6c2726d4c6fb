//! Every endpoint of the service against every kind of caller.

use auth_core::testing::AccessMatrix;
use orders_api::service;
use orders_api::store::Store;

#[tokio::test]
async fn every_endpoint_does_what_it_declares() {
    let store = Store::open(":memory:").await.expect("a database in memory");
    let (routes, _) = service::routes("http://127.0.0.1:3000/", "https://id.example.com", None)
        .expect("the routes of the service");
    let map = service::access_map(&routes);
    let app = routes.with_state(store);
    let report = AccessMatrix::of(app).with_path("/orders/{id}", "/orders/2").run().await;
    assert_eq!(report.skipped().collect::<Vec<_>>(), []);
    // Each minimal set that the access map shows was tried, and those of `GET` for `HEAD` too.
    for (row, endpoint) in report.rows().iter().zip(&map.model().endpoints) {
        let methods = if endpoint.method.as_deref() == Some("GET") { 2 } else { 1 };
        let sets = if endpoint.requirement.is_none() { 1 } else { endpoint.minimal_sets.len() };
        assert_eq!(row.passed(), sets * methods, "{}", row.endpoint());
    }
}
