//! The endpoints do what they declare, for every role.

use auth_core::Router;
use auth_core::authenticator::AssignmentCache;
use auth_core::testing::AccessMatrix;
use tenants::App;
use tenants::store::Store;

#[tokio::test]
async fn every_endpoint_does_what_it_declares() {
    let store = Store::in_memory().await.unwrap();
    let app: Router = tenants::routes().with_state(App { store, kept: AssignmentCache::new() });
    let report = AccessMatrix::of(app).run().await;
    assert_eq!(report.skipped().collect::<Vec<_>>(), []);
}
