//! Why a caller is rejected: one line of the log for each kind of rejection, a report of every step,
//! and the answer of a service under development.

use std::time::Duration;

use auth_core::authenticator::AuthenticatorBuilder;
use auth_core::binding::{ClientCertificates, Dpop};
use auth_core::jose::{Algorithm, HmacSecret};
use auth_core::response::ErrorDetail;
use auth_core::revocation::RevocationList;
use auth_core::routing::get;
use auth_core::testing::{DpopKey, TestIssuer, TokenBuilder};
use auth_core::time::{Clock, FixedClock};
use auth_core::{Authenticator, ClaimMap, JwtVerifier, Router, TokenProfile, requires};
use auth_tests::http::{NOW, Permission, Role, Scope, issuer};
use axum::body::{Body, to_bytes};
use axum::http::Request;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tower::ServiceExt as _;

mod report;

use crate::logged::Logged;

const TARGET: &str = "auth_core::refused";

#[requires(authenticated)]
async fn me() {}

#[requires(role = Manager, scope = Write)]
async fn cancel() {}

fn router() -> Router {
    Router::new().route("/me", get(me)).route("/cancel", get(cancel))
}

fn builder() -> AuthenticatorBuilder {
    Logged::listen();
    Authenticator::builder().vocabulary::<(Role, Permission, Scope)>()
}

fn app(builder: AuthenticatorBuilder) -> axum::Router {
    router().protect(builder.build().unwrap()).unwrap()
}

/// The status, the challenge and the problem.
async fn answer(app: &axum::Router, path: &str, authorization: &str) -> (u16, String, Value) {
    let request = Request::builder().uri(path).header("authorization", authorization);
    let response = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let challenge = response.headers().get("www-authenticate");
    let challenge = challenge.map_or("", |value| value.to_str().unwrap()).to_owned();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, challenge, serde_json::from_slice(&body).unwrap_or_default())
}

async fn send(app: &axum::Router, path: &str, token: &str) -> u16 {
    answer(app, path, &format!("Bearer {token}")).await.0
}

/// The lines about rejections, as someone reads them who sees `INFO`.
fn lines() -> Vec<String> {
    let lines = Logged::take();
    lines.into_iter().filter(|line| line.starts_with(&format!("INFO {TARGET} "))).collect()
}

/// The one line that a rejected token makes.
async fn line_of(app: &axum::Router, token: &str) -> String {
    Logged::take();
    assert_eq!(send(app, "/me", token).await, 401);
    let lines = lines();
    let [line] = lines.as_slice() else { panic!("not one line: {lines:#?}") };
    line.clone()
}

fn parts(header: &Value, claims: &Value, signature: &str) -> String {
    let encode = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    format!("{}.{}.{signature}", encode(header), encode(claims))
}

#[tokio::test]
async fn each_kind_of_refusal_says_what_came_what_is_configured_and_what_to_try() {
    let (issuer, _) = issuer();
    let revocations = RevocationList::default();
    let app = app(builder()
        .verifier(issuer.verifier().build().unwrap())
        .revocations(revocations.clone()));
    let token = || issuer.token("alice");
    let sign = |token: TokenBuilder| token.sign().unwrap();
    let revoked = sign(token().claim("jti", "t-1"));
    let stranger = TestIssuer::new("https://issuer.test/", "orders-api").unwrap();
    let stranger = stranger.with_clock(FixedClock::new(NOW));
    let renamed = stranger.with_key_id("kid-of-staging").unwrap();
    let with_key = |header: Value| {
        parts(&header, &json!({"iss": "https://issuer.test", "exp": NOW + 60}), "c2ln")
    };
    let key = DpopKey::generate().unwrap();
    let cases: Vec<(&str, String, &[&str])> = vec![
        ("malformed", "undefined".into(), &["the word `undefined`", "no token"]),
        ("malformed", "opaque-token".into(), &["1 part", "IntrospectionVerifier"]),
        ("malformed", "a.b.c.d.e".into(), &["5 parts", "JWE"]),
        ("malformed", format!("{}=", sign(token())), &["padding"]),
        ("unsupported_algorithm", with_key(json!({"alg": "none"})), &["\"none\"", "unsigned"]),
        ("unsupported_algorithm", with_key(json!({"alg": "ES512x"})), &["\"ES512x\""]),
        ("critical_header", with_key(json!({"alg": "ES256", "crit": ["b64"]})), &["[\"b64\"]"]),
        (
            "unknown_key",
            with_key(json!({"alg": "HS256"})),
            &["alg \"HS256\"", "HmacSecret::new(Algorithm::HS256"],
        ),
        (
            "unknown_key",
            sign(renamed.token("eve")),
            &["\"kid-of-staging\"", "\"https://issuer.test/\"", "has a slash at its end"],
        ),
        (
            "wrong_type",
            sign(token().header("typ", "JWT")),
            &["typ \"JWT\"", "TokenProfile::Generic"],
        ),
        ("wrong_type", sign(token().without_header("typ")), &["no `typ`", "TokenProfile::Generic"]),
        ("wrong_type", sign(token().header("typ", "logout+jwt")), &["logout token"]),
        ("missing_claim", sign(token().without("aud").claim("azp", "web")), &["`aud`", "azp"]),
        ("missing_claim", sign(token().without("sub").claim("client_id", "job")), &["`sub`"]),
        ("invalid_claim", sign(token().claim("sub", 77_001)), &["`sub`", "a number"]),
        (
            "invalid_claim",
            sign(token().claim("exp", "2027-01-01T00:00:00Z")),
            &["`exp`", "2027-01-01", "text"],
        ),
        ("lifetime_too_long", sign(token().claim("exp", NOW * 1000)), &["milliseconds"]),
        ("expired", sign(token().claim("exp", NOW - 90)), &["90 seconds ago", "clocks", ".leeway"]),
        ("expired", sign(token().claim("exp", NOW - 9000)), &["9000 seconds ago", "new one"]),
        ("not_yet_valid", sign(token().claim("nbf", NOW + 120)), &["in 120 seconds", "clocks"]),
        ("issued_in_future", sign(token().claim("iat", NOW + 45)), &["in 45 seconds", "NTP"]),
        ("not_yet_valid", sign(token().claim("nbf", NOW * 1000)), &["`nbf` is in milliseconds"]),
        (
            "issuer",
            sign(token().issuer("https://issuer.test/")),
            &["\"https://issuer.test/\"", "\"https://issuer.test\"", "slash"],
        ),
        ("issuer", sign(token().issuer("http://issuer.test")), &["scheme"]),
        ("issuer", sign(token().issuer("https://issuer.test:8443")), &["port"]),
        ("issuer", sign(token().issuer("https://Issuer.test")), &["upper and lower case"]),
        (
            "audience",
            sign(token().audience("Orders-API")),
            &["\"Orders-API\"", "\"orders-api\"", "case"],
        ),
        ("audience", sign(token().audience("account")), &["\"account\"", "mapper"]),
        ("audience", sign(token().audience("web").claim("azp", "web")), &["client which got"]),
        ("sender_constrained", sign(token().bound_to(&key)), &["jkt", ".dpop(..)"]),
        ("revoked", revoked.clone(), &["revoked"]),
    ];
    let verifier = issuer.verifier().build().unwrap();
    revocations.revoke(&verifier.verify(&revoked).unwrap()).unwrap();
    let mut wrong = Vec::new();
    for (code, token, told) in &cases {
        let line = line_of(&app, token).await;
        for told in [&[format!("code=\"{code}\"").as_str()], *told].concat() {
            // The log quotes what is quoted already.
            let plain = line.replace("\\\"", "\"");
            if !plain.contains(told) {
                wrong.push(format!("{code}: `{told}` is not in {plain}"));
            }
        }
        for part in token.split('.').filter(|part| part.len() > 12) {
            assert!(!line.contains(part), "a part of the token is in {line}");
        }
        assert!(!line.contains("alice") && !line.contains("77001"), "{line}");
    }
    assert_eq!(wrong, [""; 0]);
}

#[tokio::test]
async fn a_header_that_holds_no_token_says_how_to_send_one() {
    let (issuer, _) = issuer();
    let app = app(builder().verifier(issuer.verifier().build().unwrap()));
    let raw = issuer.token("alice").sign().unwrap();
    for (value, code, told) in [
        (raw.as_str(), "foreign_scheme", "Authorization: Bearer"),
        ("Basic YWxpY2U6c2VjcmV0", "foreign_scheme", "Authorization: Bearer"),
        ("Bearer \"quoted\"", "malformed_credential", "quotes"),
    ] {
        Logged::take();
        assert!((400..402).contains(&answer(&app, "/me", value).await.0));
        let lines = lines();
        assert!(
            lines.len() == 1 && lines[0].contains(code) && lines[0].contains(told),
            "{lines:?}"
        );
        assert!(!lines[0].contains("YWxpY2U6c2VjcmV0") && !lines[0].contains(&raw), "{lines:?}");
    }
    // Nothing is wrong with a request that carries nothing.
    let request = Request::builder().uri("/me").body(Body::empty()).unwrap();
    app.oneshot(request).await.unwrap();
    assert_eq!(lines(), [""; 0]);
}

/// Holds P-25.
#[tokio::test]
async fn unverified_input_is_shortened_escaped_and_marked_in_the_log() {
    let (issuer, _) = issuer();
    let app = app(builder().verifier(issuer.verifier().build().unwrap()));
    let kid = format!("x\n\u{1b}[31mINFO forged\u{202e}{}", "k".repeat(400));
    let claims = json!({"iss": format!("https://{}\r\nforged", "e".repeat(5000))});
    let forged = parts(&json!({"alg": "ES256", "kid": kid}), &claims, "c2ln");
    let line = line_of(&app, &forged).await;
    assert!(!line.chars().any(char::is_control) && !line.contains('\u{202e}'), "{line:?}");
    assert!(line.len() < 1500 && line.contains("verified=false"), "{} {line}", line.len());
    // And what the issuer signed is said to be that.
    let signed = issuer.token("alice").audience("billing").sign().unwrap();
    assert!(line_of(&app, &signed).await.contains("verified=true"));
}

#[tokio::test]
async fn one_line_of_a_kind_in_ten_seconds() {
    let (issuer, clock) = issuer();
    let app = app(builder().verifier(issuer.verifier().build().unwrap()));
    crate::logged::MOST.set(tracing::Level::INFO);
    let other = issuer.token("alice").audience("billing").sign().unwrap();
    let expired = issuer.token("alice").claim("exp", NOW - 90).sign().unwrap();
    let bob = issuer.token("bob").lifetime(Duration::from_secs(600)).sign().unwrap();
    let mut seen = Vec::new();
    for _ in 0..50 {
        send(&app, "/me", &other).await;
        send(&app, "/me", &expired).await;
        send(&app, "/me", "x.y.z").await;
        send(&app, "/cancel", &bob).await;
    }
    seen.extend(lines());
    assert_eq!(seen.len(), 4, "one of each kind: {seen:#?}");
    clock.advance(11);
    for _ in 0..50 {
        send(&app, "/me", &other).await;
    }
    assert_eq!(lines().len(), 1);
    // Anyone who looks for it sees each.
    crate::logged::MOST.set(tracing::Level::DEBUG);
    for _ in 0..5 {
        send(&app, "/me", &other).await;
    }
    assert_eq!(lines().len(), 5);
}

#[tokio::test]
async fn several_verifiers_are_named_and_the_one_that_knows_the_token() {
    let (employees, clock) = issuer();
    let customers = TestIssuer::new("https://login.shop.test", "orders-api").unwrap();
    let customers = customers.with_clock(clock);
    let app = app(builder()
        .verifier(employees.verifier().build().unwrap())
        .verifier(customers.verifier().build().unwrap()));
    let typo = employees.token("alice").issuer("https://issuer.test/").sign().unwrap();
    let line = line_of(&app, &typo).await.replace("\\\"", "\"");
    for told in
        ["\"https://issuer.test\"", "\"https://login.shop.test\"", "slash", "verified=false"]
    {
        assert!(line.contains(told), "{line}");
    }
    // A token of one issuer that says it is of the other finds no key there.
    let mixed = customers.token("alice").issuer("https://issuer.test").sign().unwrap();
    let line = line_of(&app, &mixed).await;
    assert!(line.contains("unknown_key") || line.contains("signature"), "{line}");
}

#[tokio::test]
async fn the_log_of_a_403_says_what_the_token_carries() {
    let (issuer, _) = issuer();
    let app = app(builder().verifier(issuer.verifier().build().unwrap()));
    let token = || issuer.token("alice");
    for (token, told) in [
        (
            token().roles(["ROLE_MANAGER", "Manger"]).scopes(["Write"]),
            vec![
                "\"ROLE_MANAGER\"",
                "`manager` is known",
                "did you mean `manager`?",
                "`write` is known",
            ],
        ),
        (
            token().claim("realm_access", json!({"roles": ["manager"]})),
            vec!["nothing at /roles", "/realm_access/roles", "ClaimMap::keycloak"],
        ),
        (
            token().claim("https://shop.test/roles", json!(["manager"])),
            vec!["/https:~1~1shop.test~1roles"],
        ),
        (
            token().claim("roles", json!({"suspended": true})).claim("scope", 5),
            vec![
                "roles: none; which there are is unknown",
                "/roles (it is an object)",
                "/scope (it is a number)",
            ],
        ),
        (token().roles(["orders:read"]), vec!["the vocabulary has a permission of that name"]),
        (
            token().roles(["/manager", "org:manager"]),
            vec!["it comes with `/` before it", "more before it"],
        ),
    ] {
        Logged::take();
        assert_eq!(send(&app, "/cancel", &token.sign().unwrap()).await, 403);
        let lines = lines();
        let [line] = lines.as_slice() else { panic!("not one line: {lines:#?}") };
        let line = line.replace("\\\"", "\"");
        for told in told {
            assert!(line.contains(told), "`{told}` is not in {line}");
        }
        assert!(line.contains("missing"), "{line}");
    }
}

#[tokio::test]
async fn full_detail_says_why_a_credential_is_rejected() {
    let (issuer, _) = issuer();
    let app =
        app(builder().verifier(issuer.verifier().build().unwrap()).error_detail(ErrorDetail::Full));
    let odd = issuer.token("alice").audience("bill\"ing\\ \u{e4}\r\n").sign().unwrap();
    let (status, challenge, problem) = answer(&app, "/me", &format!("Bearer {odd}")).await;
    assert_eq!((status, &problem["code"]), (401, &json!("invalid_token")));
    assert_eq!(problem["reason"]["says"], json!("the token is for another audience"));
    assert_eq!(problem["reason"]["expected"], json!("\"orders-api\""));
    let description = challenge.split_once("error_description=\"").unwrap().1;
    let (description, _) = description.split_once('"').unwrap();
    assert!(description.contains("another audience") && description.contains("'orders-api'"));
    let is_allowed = |byte: u8| matches!(byte, 0x20 | 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    assert!(description.bytes().all(is_allowed), "{description:?}");
    let (_, challenge, problem) = answer(&app, "/me", "Basic abc").await;
    assert!(problem["reason"]["hint"].as_str().unwrap().contains("Bearer"), "{problem}");
    assert!(!challenge.contains("error="), "RFC 6750 §3.1: {challenge}");
}

/// Holds P-25.
#[tokio::test]
async fn no_reason_is_disclosed_by_default() {
    let (issuer, _) = issuer();
    let app = app(builder().verifier(issuer.verifier().build().unwrap()));
    let other = issuer.token("alice").audience("billing").sign().unwrap();
    let (_, challenge, problem) = answer(&app, "/me", &format!("Bearer {other}")).await;
    assert_eq!(problem.get("reason"), None);
    assert!(!challenge.contains("audience") && !problem.to_string().contains("audience"));
}

#[tokio::test]
async fn a_proof_and_a_certificate_that_are_refused_say_why() {
    let (issuer, _) = issuer();
    let dpop = Dpop::builder("https://api.test").build().unwrap();
    let proxy = ClientCertificates::from_header("client-cert").trusted_peers(["10.0.0.0/8"]);
    let app = app(builder()
        .verifier(issuer.verifier().build().unwrap())
        .dpop(dpop)
        .client_certificates(proxy));
    let key = DpopKey::generate().unwrap();
    let bound = issuer.token("alice").bound_to(&key).sign().unwrap();
    Logged::take();
    assert_eq!(answer(&app, "/me", &format!("DPoP {bound}")).await.0, 401);
    let seen = lines();
    assert!(seen.len() == 1 && seen[0].contains("proof_missing"), "{seen:?}");
    assert!(seen[0].contains("needs a header `DPoP`") && !seen[0].contains(&bound), "{seen:?}");
    let plain = issuer.token("alice").sign().unwrap();
    let request = Request::builder()
        .uri("/me")
        .header("authorization", format!("Bearer {plain}"))
        .header("client-cert", ":AAAA:");
    app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let seen = lines();
    assert!(seen.len() == 1 && seen[0].contains("certificate_untrusted_peer"), "{seen:?}");
    assert!(seen[0].contains("trusted_peers"), "{seen:?}");
}
