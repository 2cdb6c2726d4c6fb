//! A proof is looked at once for each request, and again when someone changes what it is for.

use axum::extract::{FromRequestParts, OriginalUri};
use http::request::Parts;
use http::{HeaderValue, Method};

use super::*;

/// Changes the request between the guard and the handler's own look at the caller.
struct Tamper;

impl<S: Sync> FromRequestParts<S> for Tamper {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let change = parts.headers.get("x-change").cloned();
        match change.as_ref().and_then(|change| change.to_str().ok()) {
            Some("method") => parts.method = Method::POST,
            Some("proof") => {
                parts.headers.insert("dpop", HeaderValue::from_static("a.b.c"));
            }
            Some("another-proof") => {
                parts.headers.append("dpop", HeaderValue::from_static("a.b.c"));
            }
            Some("no-proof") => {
                parts.headers.remove("dpop");
            }
            Some("address") => {
                parts.extensions.insert(OriginalUri("/other".parse().unwrap()));
            }
            Some("scheme") => {
                let value = parts.headers["authorization"].to_str().unwrap();
                let value = value.replace("DPoP", "Bearer");
                parts.headers.insert("authorization", value.parse().unwrap());
            }
            Some("another-credential") => {
                parts.headers.append("authorization", HeaderValue::from_static("Bearer x"));
            }
            // The router does the same where it nests another.
            Some("inner-address") => parts.uri = "/inner".parse().unwrap(),
            Some("another-header") => {
                parts.headers.insert("x-other", HeaderValue::from_static("x"));
            }
            _ => {}
        }
        Ok(Self)
    }
}

#[requires(scope = Read)]
async fn tampered(_: Tamper, caller: Identity) -> String {
    caller.subject().to_owned()
}

/// Holds P-09.
#[tokio::test]
async fn a_changed_request_is_authenticated_again() {
    let (issuer, clock) = issuer();
    let authenticator = Authenticator::builder()
        .vocabulary::<(Role, Permission, Scope)>()
        .verifier(issuer.verifier().build().unwrap())
        .dpop(dpop().build().unwrap())
        .build()
        .unwrap();
    let app = Router::new().route("/read", get(tampered)).protect(authenticator).unwrap();
    let address = serve(app).await;
    let key = DpopKey::generate().unwrap().with_clock(clock);
    for (change, status) in [
        ("nothing", 200),
        ("another-header", 200),
        ("inner-address", 200),
        ("method", 401),
        ("proof", 401),
        ("another-proof", 401),
        ("no-proof", 401),
        ("address", 401),
        ("scheme", 401),
        ("another-credential", 400),
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
