//! What a request asks of the allocator, beside the same handler without a guard.

#![cfg(test)]

use allocation_counter::measure;
use auth_core::routing::get;
use auth_core::{Authenticator, Router, requires};
use auth_tests::http::{Permission, Role, Scope, issuer};
use axum::body::Body;
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

/// Allocations of one request, after a few that are not counted.
fn allocations(router: &axum::Router, token: Option<&str>, expected: StatusCode) -> u64 {
    let credential = token.map(|token| {
        // As hyper has it: a part of a buffer that is shared already.
        let line = axum::body::Bytes::from(format!("Bearer {token}\r\n"));
        let value = line.slice(..line.len() - 2);
        HeaderValue::from_maybe_shared(value).unwrap()
    });
    let once = || {
        let mut request = Request::get("/orders").body(Body::empty()).unwrap();
        if let Some(credential) = &credential {
            request.headers_mut().insert(header::AUTHORIZATION, credential.clone());
        }
        let router = router.clone();
        let mut status = None;
        let counted = measure(|| {
            let response = router.oneshot(request).now_or_never().unwrap().unwrap();
            status = Some(response.status());
        });
        assert_eq!(status, Some(expected));
        counted.count_total
    };
    for _ in 0..3 {
        once();
    }
    once()
}

struct Services {
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
    Services { guarded, plain, token, visitor }
}

#[test]
fn a_known_token_costs_one_allocation() {
    let Services { guarded, plain, token, .. } = services();
    let bare = allocations(&plain, Some(&token), StatusCode::OK);
    let ours = allocations(&guarded, Some(&token), StatusCode::OK);
    // The session, among the extensions of the request.
    assert_eq!(ours, bare + 1, "the plain handler takes {bare}");
}

#[test]
fn a_refusal_costs_hardly_more_than_an_answer() {
    let Services { guarded, plain, visitor, .. } = services();
    let bare = allocations(&plain, None, StatusCode::OK);
    let missing = allocations(&guarded, None, StatusCode::UNAUTHORIZED);
    let lacking = allocations(&guarded, Some(&visitor), StatusCode::FORBIDDEN);
    // The session and the refusal.
    assert_eq!(missing, bare + 2, "the plain handler takes {bare}");
    assert_eq!(lacking, bare + 4, "the plain handler takes {bare}");
}
