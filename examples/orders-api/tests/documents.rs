//! The OpenAPI document and the routes say the same.

use orders_api::{documents, service};

/// A route without documentation, or documentation without a route, fails here.
#[test]
fn every_route_is_documented() {
    let (routes, _) = service::routes("http://127.0.0.1:3000", "https://id.example.com", None)
        .expect("a service");
    let (_, report) = documents::open_api(&service::access_map(&routes));
    assert_eq!(report.operations_without_endpoint, Vec::<String>::new());
    let undocumented = report.endpoints_without_operation.iter();
    let about_itself = ["/.well-known/", "/access", "/docs", "/openapi.json"];
    let undocumented: Vec<&String> = undocumented
        .filter(|endpoint| !about_itself.iter().any(|path| endpoint.contains(path)))
        .collect();
    assert_eq!(undocumented, Vec::<&String>::new());
    assert!(report.renamed_parameters.is_empty() && report.replaced_security.is_empty());
}
