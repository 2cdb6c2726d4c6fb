//! A proof is looked at once for each request, and again when middleware changes what it is for.

use axum::extract::{OriginalUri, Request};
use axum::middleware::{self, Next};
use axum::response::Response;
use http::{HeaderValue, Method};

use super::*;

/// Changes the request behind the gate that has already looked at it.
async fn tamper(mut request: Request, next: Next) -> Response {
    let change = request.headers_mut().remove("x-change");
    match change.as_ref().and_then(|change| change.to_str().ok()) {
        Some("method") => *request.method_mut() = Method::POST,
        Some("proof") => {
            request.headers_mut().insert("dpop", HeaderValue::from_static("a.b.c"));
        }
        Some("no-proof") => {
            request.headers_mut().remove("dpop");
        }
        Some("address") => {
            let uri = OriginalUri("/other".parse().unwrap());
            request.extensions_mut().insert(uri);
        }
        Some("scheme") => {
            let value = request.headers()["authorization"].to_str().unwrap().to_owned();
            let value = value.replace("DPoP", "Bearer");
            request.headers_mut().insert("authorization", value.parse().unwrap());
        }
        Some("harmless") => {
            request.headers_mut().insert("x-other", HeaderValue::from_static("x"));
        }
        _ => {}
    }
    next.run(request).await
}

#[tokio::test]
async fn whoever_changes_the_request_has_it_looked_at_again() {
    let (issuer, clock) = issuer();
    let authenticator = Authenticator::builder()
        .vocabulary::<(Role, Permission, Scope)>()
        .verifier(issuer.verifier().build().unwrap())
        .dpop(dpop().build().unwrap())
        .build()
        .unwrap();
    let inner =
        Router::new().route("/read", get(read).post(read)).layer(middleware::from_fn(tamper));
    let app = Router::new().merge(inner).require(auth_core::requirement!(authenticated));
    let address = serve(app.protect(authenticator).unwrap()).await;
    let key = DpopKey::generate().unwrap().with_clock(clock);
    for (change, status) in [
        ("nothing", 200),
        ("harmless", 200),
        ("method", 401),
        ("proof", 401),
        ("no-proof", 401),
        ("address", 401),
        ("scheme", 401),
    ] {
        let token = issuer.token("alice").scopes(["read"]).bound_to(&key).sign().unwrap();
        let proof = key.proof("GET", format!("{ORIGIN}/read")).token(&token).sign().unwrap();
        let lines = [
            format!("authorization: DPoP {token}"),
            format!("dpop: {proof}"),
            format!("x-change: {change}"),
        ];
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let answer = send(address, "GET", "/read", &lines).await;
        assert_eq!(answer.status, status, "{change}: {answer:?}");
    }
}
