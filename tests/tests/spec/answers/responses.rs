//! What a rejected caller reads: status, challenge, caching and body, over real HTTP.

use auth_core::error::{Unauthenticated, Unavailable};
use auth_core::policy::{Access, Declaration, HandlerInfo, Policy};
use auth_core::response::{ErrorDetail, RejectionBody};
use auth_core::routing::get;
use auth_core::testing::TestIssuer;
use auth_core::token::VerifyError;
use auth_core::{AuthError, Authenticator, Guard, Identity, Router, check, public, requires};
use auth_tests::http::{
    Answer, NOW, Permission, Role, Scope, authenticator, issuer, send, send_as, serve,
};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

#[requires(authenticated)]
async fn me(caller: Identity) -> String {
    caller.subject().to_owned()
}

#[requires(role = Admin)]
async fn admin() {}

#[requires(all(scope = Read, scope = "write"))]
async fn scopes() {}

#[requires(permission = OrdersCancel)]
async fn cancel() {}

#[requires(acr = "urn:mfa", max_age = "5m")]
async fn strong() {}

#[check("the caller is the owner")]
async fn never() -> bool {
    std::future::ready(false).await
}

#[requires(check = never)]
async fn owner() {}

#[public(reason = "always down")]
async fn unavailable() -> AuthError {
    AuthError::Unavailable(Unavailable::NotReachable { retry_after: 7 })
}

#[requires(authenticated)]
async fn wrapped(caller: Identity) -> Result<&'static str, AuthError> {
    in_the_ledger(&caller)
}

#[requires(all(scope = Read, scope = Write))]
fn in_the_ledger(caller: &Identity) -> Result<&'static str, AuthError> {
    Ok("fine")
}

/// What an application does that knows nothing of `AuthError`: `?` makes its text the answer.
#[requires(authenticated)]
async fn careless(caller: Identity) -> Result<&'static str, (StatusCode, String)> {
    fn ask(caller: &Identity) -> Result<&'static str, Box<dyn std::error::Error + Send + Sync>> {
        Ok(in_the_ledger(caller)?)
    }
    ask(&caller).map_err(|error| {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(error) = source {
            text = format!("{text}: {error}");
            source = error.source();
        }
        (StatusCode::FORBIDDEN, text)
    })
}

fn router() -> Router {
    Router::new()
        .route("/careless", get(careless))
        .route("/me", get(me))
        .route("/admin", get(admin))
        .route("/scopes", get(scopes))
        .route("/cancel", get(cancel))
        .route("/strong", get(strong))
        .route("/owner", get(owner))
        .route("/unavailable", get(unavailable))
        .route("/wrapped", get(wrapped))
}

fn configured(issuer: &TestIssuer) -> auth_core::authenticator::AuthenticatorBuilder {
    Authenticator::builder()
        .vocabulary::<(Role, Permission, Scope)>()
        .verifier(issuer.verifier().build().unwrap())
}

/// What holds for every rejection.
fn is_refusal(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.header("cache-control"), "no-store");
    let problem = answer.json();
    assert_eq!(problem["status"], json!(status));
    assert_eq!(problem["code"], json!(code));
    assert_eq!(problem["type"], json!("about:blank"));
    assert!(problem["title"].is_string() && problem["detail"].is_string(), "{problem}");
    if status >= 500 {
        assert!(answer.all("www-authenticate").is_empty());
    } else {
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
    }
}

#[tokio::test]
async fn the_table_of_answers() {
    let (issuer, clock) = issuer();
    let app = serve(router().protect(authenticator(&issuer)).unwrap()).await;
    let alice = issuer.token("alice").scopes(["read"]).roles(["clerk"]).sign().unwrap();

    let answer = send_as(app, "GET", "/me", &alice).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "alice"));

    let answer = send(app, "GET", "/me", &[]).await;
    is_refusal(&answer, 401, "unauthenticated");
    assert_eq!(answer.header("www-authenticate"), "Bearer");

    let answer = send(app, "GET", "/me", &["authorization: Basic eDp5"]).await;
    is_refusal(&answer, 401, "unauthenticated");
    assert_eq!(answer.header("www-authenticate"), "Bearer");

    for headers in [
        &["authorization: Bearer"][..],
        &["authorization: Bearer a b"],
        &[&format!("authorization: Bearer {alice}"), &format!("authorization: Bearer {alice}")],
        &[&format!("authorization: Bearer {alice}, Bearer {alice}")],
    ] {
        let answer = send(app, "GET", "/me", headers).await;
        is_refusal(&answer, 400, "invalid_request");
        assert_eq!(
            answer.header("www-authenticate"),
            r#"Bearer error="invalid_request", error_description="the credential is malformed""#
        );
    }

    // A wrong signature, a failed claim and no token at all read the same.
    let stranger = TestIssuer::new("https://issuer.test", "orders-api").unwrap();
    let stranger = stranger.with_clock(clock.clone());
    let other_audience = issuer.token("alice").audience("other").sign().unwrap();
    let mut seen = Vec::new();
    for token in
        [stranger.token("alice").sign().unwrap(), other_audience, "abc".into(), format!("{alice}x")]
    {
        let answer = send_as(app, "GET", "/me", &token).await;
        is_refusal(&answer, 401, "invalid_token");
        let challenge = answer.header("www-authenticate").to_owned();
        assert_eq!(
            challenge,
            r#"Bearer error="invalid_token", error_description="the access token is not valid""#
        );
        seen.push((challenge, answer.body));
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:?}");

    let answer = send_as(app, "GET", "/scopes", &alice).await;
    is_refusal(&answer, 403, "insufficient_scope");
    assert_eq!(
        answer.header("www-authenticate"),
        r#"Bearer error="insufficient_scope", error_description="the access token lacks a scope", scope="read write""#
    );

    for path in ["/admin", "/cancel", "/owner"] {
        let answer = send_as(app, "GET", path, &alice).await;
        is_refusal(&answer, 403, "forbidden");
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        assert!(!answer.body.contains("admin") && !answer.body.contains("owner"), "{answer:?}");
    }

    let weak = send_as(app, "GET", "/strong", &alice).await;
    is_refusal(&weak, 401, "insufficient_user_authentication");
    assert_eq!(
        weak.header("www-authenticate"),
        r#"Bearer error="insufficient_user_authentication", error_description="a stronger or more recent login is required", acr_values="urn:mfa", max_age="300""#
    );
    let strong = issuer.token("alice").acr("urn:mfa").auth_time(NOW).sign().unwrap();
    assert_eq!(send_as(app, "GET", "/strong", &strong).await.status, 200);
    clock.advance(200);
    assert_eq!(send_as(app, "GET", "/strong", &strong).await.status, 200);
    clock.advance(99);
    let longer = issuer.token("alice").acr("urn:mfa").auth_time(NOW).sign().unwrap();
    assert_eq!(send_as(app, "GET", "/strong", &longer).await.status, 200);
    clock.advance(2);
    let old = send_as(app, "GET", "/strong", &longer).await;
    is_refusal(&old, 401, "insufficient_user_authentication");

    let answer = send(app, "GET", "/unavailable", &[]).await;
    is_refusal(&answer, 503, "unavailable");
    assert_eq!(answer.header("retry-after"), "7");
}

#[tokio::test]
async fn every_challenge_names_realm_and_metadata() {
    let (issuer, _) = issuer();
    let metadata = "https://api.test/.well-known/oauth-protected-resource";
    let authenticator =
        configured(&issuer).realm("orders").resource_metadata(metadata).build().unwrap();
    let app = serve(router().protect(authenticator).unwrap()).await;
    let alice = issuer.token("alice").sign().unwrap();
    let tail = format!(r#"resource_metadata="{metadata}""#);
    for answer in [
        send(app, "GET", "/me", &["host: evil.test"]).await,
        send(app, "GET", "/me", &["authorization: Bearer"]).await,
        send_as(app, "GET", "/me", "x").await,
        send_as(app, "GET", "/admin", &alice).await,
        send_as(app, "GET", "/strong", &alice).await,
        // A rejection from a function inside of a handler is completed on its way out.
        send_as(app, "GET", "/wrapped", &alice).await,
    ] {
        let challenge = answer.header("www-authenticate");
        assert!(challenge.starts_with(r#"Bearer realm="orders", "#), "{challenge}");
        assert!(challenge.ends_with(&tail), "{challenge}");
        assert!(answer.status < 500, "{answer:?}");
    }
    let answer = send_as(app, "GET", "/wrapped", &alice).await;
    is_refusal(&answer, 403, "insufficient_scope");
    assert!(answer.header("www-authenticate").contains(r#"scope="read write""#));
}

#[tokio::test]
async fn full_detail_explains_the_decision() {
    let (issuer, _) = issuer();
    let authenticator = configured(&issuer).error_detail(ErrorDetail::Full).build().unwrap();
    let app = serve(router().protect(authenticator).unwrap()).await;
    let alice = issuer.token("alice").scopes(["read"]).sign().unwrap();
    let answer = send_as(app, "GET", "/scopes", &alice).await;
    is_refusal(&answer, 403, "insufficient_scope");
    assert_eq!(answer.json()["decision"], json!("all(✓ scope read, ✗ scope write)"));
    let answer = send_as(app, "GET", "/me", "x").await;
    is_refusal(&answer, 401, "invalid_token");
    assert_eq!(answer.json().get("decision"), None);
}

#[tokio::test]
async fn a_hook_changes_the_body_and_nothing_else() {
    let (issuer, _) = issuer();
    let authenticator = configured(&issuer)
        .on_rejection(|refusal, headers| {
            let html = headers.get("accept").is_some_and(|accept| accept == "text/html");
            html.then(|| {
                RejectionBody::new("text/html", format!("{} {}", refusal.status(), refusal.code()))
            })
        })
        .build()
        .unwrap();
    let app = serve(router().protect(authenticator).unwrap()).await;
    let answer = send(app, "GET", "/me", &["accept: text/html"]).await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("content-type"), "text/html");
    assert_eq!(answer.header("www-authenticate"), "Bearer");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.body, "401 Unauthorized unauthenticated");
    is_refusal(&send(app, "GET", "/me", &[]).await, 401, "unauthenticated");
}

#[test]
fn an_authenticator_says_what_it_lacks() {
    let (issuer, _) = issuer();
    let verifier = || issuer.verifier().build().unwrap();
    let no_vocabulary = Authenticator::builder().verifier(verifier()).build().unwrap_err();
    assert!(no_vocabulary.to_string().contains("no vocabulary\nhelp: "), "{no_vocabulary}");
    let no_verifier =
        Authenticator::builder().vocabulary::<(Scope,)>().build().unwrap_err().to_string();
    assert!(no_verifier.contains("no verifier\nhelp: "), "{no_verifier}");
    for realm in ["a\"b", "a\\b", "a\nb", "ä", "a\tb"] {
        assert!(configured(&issuer).realm(realm).build().is_err(), "{realm:?}");
    }
    for url in ["", "api.test", "/path", "http://api.test/x", "https://a\"b", "ftp://a", "https://"]
    {
        assert!(configured(&issuer).resource_metadata(url).build().is_err(), "{url:?}");
    }
    assert!(configured(&issuer).resource_metadata("http://127.0.0.1:3000/x").build().is_ok());
}

#[tokio::test]
async fn a_panicking_hook_loses_only_its_own_body() {
    let (issuer, _) = issuer();
    let broken = configured(&issuer).on_rejection(|_, _| panic!("boom")).build().unwrap();
    let app = serve(router().protect(broken).unwrap()).await;
    is_refusal(&send(app, "GET", "/me", &[]).await, 401, "unauthenticated");
    let alice = issuer.token("alice").sign().unwrap();
    is_refusal(&send_as(app, "GET", "/admin", &alice).await, 403, "forbidden");
}

/// Keeps quiet about what the caller may not see.
#[requires(authenticated)]
async fn hidden(caller: Identity) -> Response {
    let mut response = in_the_ledger(&caller).into_response();
    response.headers_mut().remove("www-authenticate");
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

/// The same by the header alone.
#[requires(authenticated)]
async fn bare(caller: Identity) -> Response {
    let mut response = in_the_ledger(&caller).into_response();
    response.headers_mut().remove("www-authenticate");
    response
}

#[tokio::test]
async fn a_response_that_the_application_replaced_is_kept() {
    let (issuer, _) = issuer();
    let router = Router::new().route("/hidden", get(hidden)).route("/bare", get(bare));
    let app = serve(router.protect(configured(&issuer).build().unwrap()).unwrap()).await;
    let alice = issuer.token("alice").sign().unwrap();
    for (path, status) in [("/hidden", 404), ("/bare", 403)] {
        let answer = send_as(app, "GET", path, &alice).await;
        assert_eq!(answer.status, status, "{path}");
        assert!(answer.all("www-authenticate").is_empty(), "{path} {answer:?}");
    }
}

/// An identity that was kept, beside a socket for instance, is worth no more than its token.
#[tokio::test]
async fn an_identity_past_its_expiry_meets_nothing() {
    let (issuer, clock) = issuer();
    let authenticator = authenticator(&issuer);
    let token = issuer.token("alice").scopes(["read", "write"]).sign().unwrap();
    let kept = authenticator.authenticate_bearer(&token).await.unwrap();
    // The leeway of the verifier is granted here too, to the second.
    clock.set(kept.expires_at() + 29);
    assert!(authenticator.authenticate_bearer(&token).await.is_ok());
    assert!(in_the_ledger(&kept).is_ok());
    assert!(Guard::<__requires_me>::for_identity(&kept).is_ok());
    clock.advance(1);
    assert!(authenticator.authenticate_bearer(&token).await.is_err());
    let refused = [in_the_ledger(&kept).err(), Guard::<__requires_me>::for_identity(&kept).err()];
    for error in refused.map(Option::unwrap) {
        let AuthError::Unauthenticated(why) = error else { panic!("{error:?}") };
        assert_eq!(why, Unauthenticated::InvalidToken(VerifyError::Expired));
    }
}

/// A public policy behind a guard, which only a hand can write.
struct Open;

impl Policy for Open {
    type Checks = ();
    const DECLARATION: Declaration = Declaration {
        access: Access::Public { reason: "open" },
        handler: HandlerInfo { name: "open", module: "shop", doc: "", file: "", line: 0 },
        cross_site: None,
    };
}

#[tokio::test]
async fn a_guard_over_a_public_policy_is_never_satisfied() {
    let (issuer, _) = issuer();
    let token = issuer.token("alice").roles(["admin"]).sign().unwrap();
    let alice = authenticator(&issuer).authenticate_bearer(&token).await.unwrap();
    assert!(Guard::<__requires_me>::for_identity(&alice).is_ok());
    assert_eq!(Guard::<Open>::for_identity(&alice).unwrap_err().code(), "forbidden");
}

/// `Display` goes wherever errors go: into GraphQL, pages, JSON. Only `Debug` is for the log.
///
/// Holds P-25.
#[tokio::test]
async fn an_error_type_of_the_application_reveals_no_requirement() {
    let (issuer, _) = issuer();
    let authenticator = configured(&issuer)
        .on_rejection(|refusal, _| {
            Some(RejectionBody::new("text/plain", refusal.error().to_string()))
        })
        .build()
        .unwrap();
    let address = serve(router().protect(authenticator).unwrap()).await;
    let bob = issuer.token("bob").scopes(["read"]).sign().unwrap();
    let foreign = issuer.token("bob").audience("billing").sign().unwrap();
    for (path, token, told) in [
        ("/careless", &bob, "forbidden"),
        ("/admin", &bob, "forbidden"),
        ("/scopes", &bob, "forbidden"),
        ("/owner", &bob, "forbidden"),
        ("/strong", &bob, "unauthenticated: a stronger or more recent login is required"),
        ("/admin", &foreign, "unauthenticated: the access token is not valid"),
    ] {
        let answer = send_as(address, "GET", path, token).await;
        assert_eq!(answer.body, told, "{path}");
    }
}
