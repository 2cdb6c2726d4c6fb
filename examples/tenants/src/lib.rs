//! A small API for several tenants, whose role assignments live in its own database.
//!
//! Read [`access`] first, then [`assignments`], [`members`] and [`users`]: which names there are,
//! who holds them, how that changes, and who they are. [`service`] puts it together.

#![expect(
    missing_docs,
    clippy::missing_errors_doc,
    reason = "an application, not a library: its modules are public for its program and its tests"
)]

pub mod access;
pub mod assignments;
pub mod error;
pub mod greeting;
pub mod members;
pub mod projects;
pub mod store;
pub mod users;

use auth_core::authenticator::AssignmentCache;
use auth_core::{Authenticator, JwtVerifier, Router};
use axum::extract::FromRef;

use access::{Permission, Role, Scope};
use assignments::StoredRoles;
use store::Store;

/// What the handlers need.
#[derive(Clone, FromRef)]
pub struct App {
    pub store: Store,
    /// To forget the roles of a subject who gets another one.
    pub kept: AssignmentCache,
}

/// Every route. What belongs to a tenant is below `/t/{tenant}`.
pub fn routes() -> Router<App> {
    users::routes().nest("/t/{tenant}", projects::routes().merge(members::routes()))
}

/// The whole service, for the tokens that this verifier accepts.
pub fn service(
    store: Store,
    verifier: JwtVerifier,
) -> Result<axum::Router, Box<dyn std::error::Error>> {
    let kept = AssignmentCache::new();
    let authenticator = Authenticator::builder()
        .vocabulary::<(Role, Permission, Scope)>()
        .verifier(verifier)
        .tenant_in_path("tenant")
        // `/signup` and `/me` are about no tenant.
        .optional_tenant()
        .assignment_source(StoredRoles(store.clone()))
        .assignment_cache(kept.clone())
        .build()?;
    Ok(routes().with_state(App { store, kept }).protect(authenticator)?)
}
