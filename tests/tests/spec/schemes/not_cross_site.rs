//! A handler that takes no credential can ask whether the page of a stranger called it.

use std::sync::Arc;

use auth_core::routing::post;
use auth_core::scheme::TrustedOrigins;
use auth_core::testing::CollectingSink;
use auth_core::web::NotCrossSite;
use auth_core::{AuthError, Router, public};
use auth_tests::http::{Answer, issuer, serve};
use axum::extract::State;
use http::request::Parts;

use super::{builder, send};

#[public(reason = "sign-in")]
async fn sign_in(_: NotCrossSite) -> &'static str {
    "signed in"
}

/// The same by hand, with origins of its own.
#[public(reason = "sign-in")]
async fn by_hand(
    State(origins): State<Arc<TrustedOrigins>>,
    request: Parts,
) -> Result<&'static str, AuthError> {
    origins.check(&request)?;
    Ok("signed in")
}

fn routes(origins: TrustedOrigins) -> Router {
    Router::new()
        .route("/sign-in", post(sign_in).get(sign_in))
        .route("/by-hand", post(by_hand))
        .with_state(Arc::new(origins))
}

fn is_refused(answer: &Answer) -> bool {
    let refused = answer.status == 403;
    if refused {
        assert_eq!(answer.json()["code"], "cross_site_request");
        assert_eq!(answer.all("vary"), ["Sec-Fetch-Site, Origin"]);
        assert!(answer.all("www-authenticate").is_empty());
    } else {
        assert_eq!((answer.status, answer.body.as_str()), (200, "signed in"));
    }
    refused
}

#[tokio::test]
async fn a_sign_in_by_the_page_of_a_stranger_is_refused() {
    let (issuer, _) = issuer();
    let origins = TrustedOrigins::new(["https://app.shop.test"]).unwrap();
    let sink = CollectingSink::default();
    let authenticator =
        builder(&issuer).trusted_origins(origins.iter()).audit(sink.clone()).build().unwrap();
    let app = serve(routes(origins).protect(authenticator).unwrap()).await;
    for path in ["/sign-in", "/by-hand"] {
        for (headers, refused) in [
            (&[][..], true),
            (&[("sec-fetch-site", "same-origin")], false),
            (&[("sec-fetch-site", "none")], false),
            (&[("sec-fetch-site", "same-site")], true),
            (&[("sec-fetch-site", "cross-site")], true),
            (&[("origin", "https://app.shop.test")], false),
            (&[("origin", "https://evil.test")], true),
            (&[("origin", "null")], true),
        ] {
            let answer = send(app, "POST", path, headers).await;
            assert_eq!(is_refused(&answer), refused, "{path} {headers:?}");
        }
    }
    assert!(!is_refused(&send(app, "GET", "/sign-in", &[]).await));
    let noted = sink.take();
    assert_eq!(noted.len(), 5, "each of the extractor's refusals");
    assert!(noted.iter().all(|event| event.code == "cross_site_request"));
}

#[tokio::test]
async fn outside_of_a_protected_router_no_request_is_let_through() {
    let plain = axum::Router::new()
        .route("/sign-in", axum::routing::get(|_: NotCrossSite| async { "signed in" }));
    assert_eq!(send(serve(plain).await, "GET", "/sign-in", &[]).await.status, 500);
}
