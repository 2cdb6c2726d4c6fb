//! A service behind a corporate proxy, and for programs with access tokens.

pub mod proxy;

use std::error::Error;

use auth_core::testing::TestIssuer;
use auth_core::time::Clock;
use auth_core::{Authenticator, Groups, Identity, Router, requires, routing::get};
use serde_json::{Map, Value, json};

use proxy::CorporateProxy;

/// The groups of the company that mean something here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Groups)]
pub enum Group {
    /// Keeps the books.
    Finance,
}

#[requires(method = "corporate-sso", group = Finance)]
async fn ledger(caller: Identity) -> String {
    format!("the ledger, for {}", caller.subject())
}

#[requires(method = Bearer | "corporate-sso")]
async fn me(caller: Identity) -> String {
    format!("{} by {}", caller.subject(), caller.method())
}

#[requires(authenticated)]
async fn export(caller: Identity) -> String {
    format!("an export, for {}", caller.subject())
}

/// Every route.
pub fn routes() -> Router {
    Router::new().route("/ledger", get(ledger)).route("/me", get(me)).route("/export", get(export))
}

/// Who may call: employees through the proxy with this key, and programs with tokens of the issuer.
///
/// # Errors
/// If a setting is invalid.
pub fn authenticator(
    issuer: &TestIssuer,
    key: &[u8],
    clock: impl Clock + Clone + 'static,
) -> Result<Authenticator, Box<dyn Error>> {
    Ok(Authenticator::builder()
        .vocabulary::<(Group,)>()
        .verifier(issuer.verifier().build()?)
        .scheme(CorporateProxy::new(key, clock.clone()))
        .clock(clock)
        .build()?)
}

/// The OpenAPI document: paths by hand here, who may call them from the declarations.
///
/// # Errors
/// If the document cannot be read.
pub fn document(authenticator: &Authenticator) -> Result<Value, Box<dyn Error>> {
    let schemes = authenticator.security_schemes().into_iter();
    let schemes: Map<String, Value> = schemes
        .map(|(method, scheme)| (method.as_str().to_owned(), scheme.to_json()))
        .filter(|(method, _)| method != "dpop" && method != "mtls")
        .collect();
    let operation = json!({ "get": { "responses": { "200": { "description": "OK" } } } });
    let mut document = json!({
        "openapi": "3.1.0",
        "info": { "title": "Books", "version": "1" },
        "paths": { "/ledger": operation, "/me": operation, "/export": operation },
        "components": { "securitySchemes": schemes },
    });
    let report = routes().access_map().apply_to_json(&mut document)?;
    if report.is_complete() { Ok(document) } else { Err(report.to_string().into()) }
}
