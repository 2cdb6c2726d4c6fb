//! A runtime that lacks something: no request panics, no caller is let in, and the log says what to do.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use auth_core::authenticator::{IssuerResolver, ResolveError};
use auth_core::testing::TestIssuer;
use auth_core::time::FixedClock;
use auth_core::token::IntrospectionVerifier;
use auth_core::{AuthError, Authenticator, JwtVerifier, Scopes};
use futures_util::FutureExt as _;
use tokio::runtime::Runtime;

use crate::alone::is_alone;
use crate::logged::Logged;

const NOW: u64 = 1_800_000_000;

#[derive(Clone, Copy, Scopes)]
enum Scope {
    Read,
}

/// A resolver that would find the tenant, and counts.
#[derive(Clone)]
struct Tenants(JwtVerifier, Arc<AtomicUsize>);

impl IssuerResolver for Tenants {
    async fn resolve(&self, _: &str) -> Result<Option<JwtVerifier>, ResolveError> {
        self.1.fetch_add(1, SeqCst);
        Ok(Some(self.0.clone()))
    }
}

fn issuer() -> TestIssuer {
    TestIssuer::new("https://north.test", "api").unwrap().with_clock(FixedClock::new(NOW))
}

/// Each of the ways that reach out, with a token that goes it, and who was asked.
fn ways() -> Vec<(&'static str, Authenticator, String, Arc<AtomicUsize>)> {
    let (issuer, asked) = (issuer(), Arc::<AtomicUsize>::default());
    let token = issuer.token("alice").sign().unwrap();
    let builder = || Authenticator::builder().vocabulary::<(Scope,)>();
    let tenants = Tenants(issuer.verifier().build().unwrap(), Arc::clone(&asked));
    let fetching = JwtVerifier::builder()
        .issuer("https://north.test")
        .audience("api")
        .jwks_uri("http://127.0.0.1:9/keys")
        .clock(FixedClock::new(NOW))
        .build()
        .unwrap();
    let introspection = IntrospectionVerifier::builder()
        .issuer("https://north.test")
        .endpoint("http://127.0.0.1:9/introspect")
        .client_secret_basic("api", "secret")
        .audience("api")
        .clock(FixedClock::new(NOW))
        .build()
        .unwrap();
    let resolving = builder().clock(FixedClock::new(NOW)).issuers(tenants).build().unwrap();
    vec![
        ("issuers", resolving, token.clone(), Arc::clone(&asked)),
        ("keys", builder().verifier(fetching).build().unwrap(), token, Arc::clone(&asked)),
        (
            "introspection",
            builder().verifier(introspection).build().unwrap(),
            "opaque".into(),
            asked,
        ),
    ]
}

fn is_unavailable(way: &str, outcome: Result<auth_core::Identity, AuthError>) {
    let error = outcome.unwrap_err();
    assert_eq!(error.code(), "unavailable", "{way}: {error:?}");
}

fn runtime(enable: impl FnOnce(&mut tokio::runtime::Builder)) -> Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    enable(&mut builder);
    builder.build().unwrap()
}

/// The line that is said once in a while is one for the whole process.
///
/// Holds P-23.
#[test]
fn without_a_timer_nothing_is_fetched_and_the_log_says_so_once_in_a_while() {
    let test =
        "keys::runtime::without_a_timer_nothing_is_fetched_and_the_log_says_so_once_in_a_while";
    if !is_alone(test, |_| {}) {
        return;
    }
    Logged::listen();
    for (way, authenticator, token, asked) in ways() {
        let bare = runtime(|_| {});
        for _ in 0..3 {
            is_unavailable(way, bare.block_on(authenticator.authenticate_bearer(&token)));
        }
        assert_eq!(asked.load(SeqCst), 0, "{way}");
    }
    let lines = Logged::take();
    let of_timer: Vec<_> =
        lines.iter().filter(|line| line.contains("so nothing outside")).collect();
    assert_eq!(of_timer.len(), 1, "{lines:#?}");
    assert!(of_timer[0].starts_with("ERROR") && of_timer[0].contains("enable_all"), "{lines:#?}");
    // The same verifiers go on where there is one.
    let (_, resolving, token, _) = ways().swap_remove(0);
    let bare = runtime(|_| {});
    is_unavailable("issuers", bare.block_on(resolving.authenticate_bearer(&token)));
    let good = runtime(|builder| _ = builder.enable_all());
    assert!(good.block_on(resolving.authenticate_bearer(&token)).is_ok());
}

#[test]
fn without_a_runtime_nothing_is_fetched() {
    for (way, authenticator, token, asked) in ways() {
        let outcome = authenticator.authenticate_bearer(&token).now_or_never();
        is_unavailable(way, outcome.expect("there is nothing to wait for"));
        assert_eq!(asked.load(SeqCst), 0, "{way}");
    }
}

/// Holds P-23.
#[test]
fn without_io_nothing_is_fetched() {
    for (way, authenticator, token, asked) in ways() {
        let timed = runtime(|builder| _ = builder.enable_time());
        let outcome = timed.block_on(authenticator.authenticate_bearer(&token));
        // A resolver need not reach out at all.
        if way == "issuers" {
            assert!(outcome.is_ok());
            assert_eq!(asked.load(SeqCst), 1);
        } else {
            is_unavailable(way, outcome);
        }
    }
}

/// A timer that ends with its runtime, in the middle of a question.
#[test]
fn a_runtime_that_is_shut_down_leaves_the_verifier_usable() {
    let (_, authenticator, token, _) = ways().swap_remove(1);
    let first = runtime(|builder| _ = builder.enable_all());
    let known = token.clone();
    let waiting = authenticator.clone();
    first.spawn(async move { waiting.authenticate_bearer(&known).await.is_ok() });
    first.shutdown_timeout(Duration::from_millis(10));
    let second = runtime(|builder| _ = builder.enable_all());
    is_unavailable("keys", second.block_on(authenticator.authenticate_bearer(&token)));
}
