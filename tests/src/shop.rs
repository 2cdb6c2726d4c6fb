//! A small API for the tokens of the identity provider.

use auth_core::routing::{get, post};
use auth_core::{Authenticator, Identity, Router, public, requires};

use crate::http::{Permission, Role, Scope};

#[public(reason = "says only that the service is up")]
async fn health() -> &'static str {
    "ok"
}

#[requires(authenticated)]
async fn me(caller: Identity) -> String {
    format!("{} of {}", caller.subject(), caller.issuer())
}

#[requires(role = Clerk, scope = Read)]
async fn orders() -> &'static str {
    "every order"
}

#[requires(role = Manager, scope = Write)]
async fn cancel() -> &'static str {
    "cancelled"
}

#[requires(acr = "urn:mfa", max_age = "5m")]
async fn refund(caller: Identity) -> String {
    format!("refunded by {}", caller.subject())
}

#[requires(max_age = "1s")]
async fn close() -> &'static str {
    "closed"
}

/// Its endpoints, behind an authenticator for [`Names`].
///
/// # Errors
/// If the authenticator does not know the names.
pub fn shop(authenticator: Authenticator) -> Result<axum::Router, auth_core::ProtectError> {
    Router::new()
        .route("/health", get(health))
        .route("/me", get(me))
        .route("/orders", get(orders).delete(cancel))
        .route("/refund", post(refund))
        .route("/close", post(close))
        .protect(authenticator)
}

/// Names that the shop knows.
pub type Names = (Role, Permission, Scope);
