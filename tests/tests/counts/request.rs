//! What a request asks of the allocator, beside the same handler without a guard.

use allocation_counter::{AllocationInfo, measure};
use auth_core::routing::get;
use auth_core::testing::TestIssuer;
use auth_core::{Authenticator, Router, requires};
use auth_tests::http::{Permission, Role, Scope, issuer};
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, Request, StatusCode, header};
use futures_util::FutureExt as _;
use tower::ServiceExt as _;

#[requires(role = Manager, scope = Read)]
async fn orders() -> &'static str {
    "every order"
}

async fn plain() -> &'static str {
    "every order"
}

/// What one request asks for.
fn send(router: &axum::Router, token: Option<&str>, expected: StatusCode) -> AllocationInfo {
    let mut request = Request::get("/orders").body(Body::empty()).unwrap();
    if let Some(token) = token {
        // As hyper has it: a part of a buffer that is shared already.
        let line = Bytes::from(format!("Bearer {token}\r\n"));
        let _buffer = line.clone();
        let value = HeaderValue::from_maybe_shared(line.slice(..line.len() - 2)).unwrap();
        request.headers_mut().insert(header::AUTHORIZATION, value);
    }
    let router = router.clone();
    let mut status = None;
    let counted = measure(|| {
        let response = router.oneshot(request).now_or_never().unwrap().unwrap();
        status = Some(response.status());
    });
    assert_eq!(status, Some(expected));
    counted
}

/// Allocations of one request, after a few that are not counted.
fn allocations(router: &axum::Router, token: Option<&str>, expected: StatusCode) -> u64 {
    for _ in 0..3 {
        send(router, token, expected);
    }
    send(router, token, expected).count_total
}

struct Services {
    issuer: TestIssuer,
    guarded: axum::Router,
    plain: axum::Router,
    token: String,
    visitor: String,
}

fn services() -> Services {
    let (issuer, _clock) = issuer();
    let authenticator = Authenticator::builder()
        .vocabulary::<(Role, Permission, Scope)>()
        .verifier(issuer.verifier().build().unwrap())
        .realm("orders")
        .build()
        .unwrap();
    let guarded = Router::new().route("/orders", get(orders)).protect(authenticator).unwrap();
    let plain = axum::Router::new().route("/orders", axum::routing::get(plain));
    let token = issuer.token("alice").roles(["manager"]).scopes(["read"]).sign().unwrap();
    let visitor = issuer.token("bob").scopes(["read"]).sign().unwrap();
    Services { issuer, guarded, plain, token, visitor }
}

/// What the feature `metrics`, which the tests are built with, asks for to count a decision.
const COUNTED: u64 = 2;

#[test]
fn a_known_token_costs_three_allocations() {
    let Services { guarded, plain, token, .. } = services();
    let bare = allocations(&plain, Some(&token), StatusCode::OK);
    let ours = allocations(&guarded, Some(&token), StatusCode::OK);
    // axum clones the handler with its gate, and the session grows the extensions of the request.
    assert_eq!(ours, bare + 3 + COUNTED, "the plain handler takes {bare}");
}

#[test]
fn a_refusal_costs_hardly_more_than_an_answer() {
    let Services { guarded, plain, visitor, .. } = services();
    let bare = allocations(&plain, None, StatusCode::OK);
    let missing = allocations(&guarded, None, StatusCode::UNAUTHORIZED);
    let lacking = allocations(&guarded, Some(&visitor), StatusCode::FORBIDDEN);
    assert_eq!(missing, bare + 2 + COUNTED, "the plain handler takes {bare}");
    assert_eq!(lacking, bare + 6 + COUNTED, "the plain handler takes {bare}");
}

/// A flood of tokens that no one signed leaves nothing behind, and moves nothing out.
#[test]
fn a_flood_of_forged_tokens_grows_nothing() {
    let Services { issuer, guarded, token, .. } = services();
    let known = allocations(&guarded, Some(&token), StatusCode::OK);
    let forge = |number: usize| {
        let token = issuer.token(format!("stranger-{number}")).roles(["manager"]).sign().unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let turned: String = signature.chars().rev().collect();
        format!("{signed}.{turned}")
    };
    for number in 0..300 {
        let forged = forge(number);
        let left = send(&guarded, Some(&forged), StatusCode::UNAUTHORIZED);
        // The request itself is freed within, so less may be held than before.
        assert!(left.bytes_current <= 0, "{number}: {left:?}");
    }
    assert_eq!(send(&guarded, Some(&token), StatusCode::OK).count_total, known, "still known");
}
