//! A small API for the tokens of the identity provider.
#![expect(clippy::expect_used, reason = "a test that cannot be set up has failed")]

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use auth_core::keys::JwksRefresh;
use auth_core::routing::{get, post};

use auth_core::{Authenticator, Identity, JwtVerifier, Router, public, requires};

use super::AUDIENCE;
use crate::http::{Permission, Role, Scope, send_as};

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

#[requires(max_age = "3s")]
async fn close() -> &'static str {
    "closed"
}

/// Names that the shop knows.
pub type Names = (Role, Permission, Scope);

/// Its endpoints, behind an authenticator for [`Names`].
///
/// # Panics
/// If the authenticator is for other names.
pub fn protected(authenticator: Authenticator) -> axum::Router {
    Router::new()
        .route("/health", get(health))
        .route("/me", get(me))
        .route("/orders", get(orders).delete(cancel))
        .route("/refund", post(refund))
        .route("/close", post(close))
        .protect(authenticator)
        .expect("the names of the shop")
}

/// The shop for tokens that this verifier accepts.
///
/// # Panics
/// Never, as long as a vocabulary and a verifier are enough for an authenticator.
pub fn of(verifier: JwtVerifier) -> axum::Router {
    let authenticator = Authenticator::builder().vocabulary::<Names>().verifier(verifier).build();
    protected(authenticator.expect("an authenticator"))
}

/// The shop for access tokens of a provider that it knows by name only.
///
/// # Panics
/// If the issuer is no URL.
pub fn discovering(issuer: &str) -> axum::Router {
    of(discovery(issuer))
}

/// A verifier that finds the keys of its issuer. It looks for new ones more often than it would
/// outside of a test.
///
/// # Panics
/// If the issuer is no URL.
#[must_use]
pub fn discovery(issuer: &str) -> JwtVerifier {
    let verifier = JwtVerifier::builder()
        .issuer(issuer)
        .audience(AUDIENCE)
        .discover()
        .refresh(refresh())
        .build();
    verifier.expect("a verifier")
}

/// Keys as fresh as the provider says, and a short pause after a search for an unknown one.
pub fn refresh() -> JwksRefresh {
    JwksRefresh::default()
        .min_age(Duration::from_millis(300))
        .min_refetch_interval(Duration::from_millis(200))
}

/// Waits until the shop knows the keys that this token is signed with.
///
/// # Panics
/// If that takes more than a minute.
pub async fn wait_until_ready(shop: SocketAddr, token: &str) {
    wait_until(shop, token, 200).await;
}

/// Waits until the shop gives this answer to the token.
///
/// # Panics
/// If that takes more than a minute.
pub async fn wait_until(shop: SocketAddr, token: &str, status: u16) -> Duration {
    let start = Instant::now();
    loop {
        let answer = send_as(shop, "GET", "/me", token).await;
        if answer.status == status {
            return start.elapsed();
        }
        let (waited, body) = (start.elapsed(), answer.body);
        assert!(waited.as_secs() < 60, "waited for {status}, it is {} {body}", answer.status);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
