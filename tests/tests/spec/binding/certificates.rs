//! Tokens that are bound to a client certificate (RFC 8705 §3), over real HTTP.

use std::net::SocketAddr;

use auth_core::authenticator::{AuthenticatorBuilder, AuthenticatorError};
use auth_core::binding::{
    CertificateEncoding, ClientCertificates, ClientCertificatesError, Dpop, PeerCertificate,
};
use auth_core::routing::get;
use auth_core::testing::{CollectingSink, DpopKey, TestIssuer};
use auth_core::{Authenticator, Identity, Router, requires};
use auth_tests::challenge;
use auth_tests::http::{Answer, Permission, Role, Scope, issuer, send, serve, serve_with_peers};
use axum::extract::{ConnectInfo, FromRequestParts, Request};
use axum::middleware::{self, Next};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use http::request::Parts;
use serde_json::json;

/// Runs between the guard and the extractor, and may exchange the certificate.
struct Tamper;

impl<S: Sync> FromRequestParts<S> for Tamper {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        match parts.headers.get("x-change").and_then(|change| change.to_str().ok()) {
            Some("header") => {
                parts
                    .headers
                    .insert("client-cert", HeaderValue::from_str(&header(&other())).unwrap());
            }
            Some("no-header") => {
                parts.headers.remove("client-cert");
            }
            Some("peer") => {
                parts.extensions.insert(ConnectInfo(SocketAddr::from(([10, 0, 0, 1], 1))));
            }
            Some("connection") => {
                parts.extensions.insert(PeerCertificate::from_der(other()));
            }
            _ => {}
        }
        Ok(Self)
    }
}

#[requires(scope = Read)]
async fn read(_: Tamper, caller: Identity) -> String {
    caller.subject().to_owned()
}

/// A certificate as far as a thumbprint goes: no one but the proxy looks into it.
fn der(content: u8) -> Vec<u8> {
    [vec![0x30, 0x82, 1, 0], vec![content; 256]].concat()
}

fn own() -> Vec<u8> {
    der(1)
}

fn other() -> Vec<u8> {
    der(2)
}

/// RFC 9440 §2
fn header(der: &[u8]) -> String {
    format!(":{}:", STANDARD.encode(der))
}

struct World {
    address: SocketAddr,
    issuer: TestIssuer,
    events: CollectingSink,
}

fn from_header() -> ClientCertificates {
    ClientCertificates::from_header("Client-Cert").trusted_peers(["127.0.0.0/8", "::1"])
}

fn protected(
    configure: impl FnOnce(AuthenticatorBuilder) -> AuthenticatorBuilder,
) -> (axum::Router, TestIssuer, CollectingSink) {
    let (issuer, _) = issuer();
    let events = CollectingSink::default();
    let builder = Authenticator::builder()
        .vocabulary::<(Role, Permission, Scope)>()
        .verifier(issuer.verifier().build().unwrap())
        .audit(events.clone());
    let authenticator = configure(builder).build().unwrap();
    let app = Router::new().route("/read", get(read)).protect(authenticator).unwrap();
    (app, issuer, events)
}

impl World {
    async fn new(certificates: ClientCertificates) -> Self {
        let (app, issuer, events) = protected(|builder| builder.client_certificates(certificates));
        Self { address: serve_with_peers(app).await, issuer, events }
    }

    fn bound(&self) -> String {
        self.issuer.token("alice").scopes(["read"]).bound_to_certificate(own()).sign().unwrap()
    }

    fn unbound(&self) -> String {
        self.issuer.token("alice").scopes(["read"]).sign().unwrap()
    }

    async fn send(&self, token: &str, lines: &[&str]) -> Answer {
        let authorization = format!("authorization: Bearer {token}");
        let lines: Vec<&str> = [&[authorization.as_str()], lines].concat();
        send(self.address, "GET", "/read", &lines).await
    }

    fn refused(&self, answer: &Answer, reason: &str) {
        assert_eq!(answer.status, 401, "{reason}: {answer:?}");
        let params = challenge::parse(answer.header("www-authenticate")).unwrap();
        assert_eq!(params["error"], "invalid_token", "{reason}");
        assert_eq!(answer.json()["code"], "invalid_token");
        let reasons: Vec<_> = self.events.take().into_iter().map(|it| it.token_error).collect();
        assert_eq!(reasons.last().copied().flatten(), Some(reason));
    }
}

/// Holds P-15.
#[tokio::test]
async fn a_bound_token_needs_its_certificate() {
    let world = World::new(from_header()).await;
    let token = world.bound();
    let line = |value: &str| format!("client-cert: {value}");
    let good = line(&header(&own()));
    assert_eq!(world.send(&token, &[&good]).await.status, 200);
    world.refused(&world.send(&token, &[]).await, "sender_constrained");
    world.refused(&world.send(&token, &["client-cert:"]).await, "sender_constrained");
    world.refused(&world.send(&token, &[&line(&header(&other()))]).await, "not_bound");
    world.refused(&world.send(&token, &[&good, &good]).await, "certificate_repeated");
    for garbage in
        ["x", "::", ":x:", &format!("{}, {}", header(&own()), header(&own())), &header(b"x")]
    {
        let answer = world.send(&token, &[&line(garbage)]).await;
        world.refused(&answer, "certificate_malformed");
    }
    let other_header = format!("x-client-cert: {}", header(&own()));
    world.refused(&world.send(&token, &[&other_header]).await, "sender_constrained");
}

#[tokio::test]
async fn the_certificate_is_read_as_each_proxy_writes_it() {
    let base64 = |der: &[u8]| STANDARD.encode(der);
    let pem = |der: &[u8]| {
        let lines = ["-----BEGIN CERTIFICATE-----", &base64(der), "-----END CERTIFICATE-----"];
        // ALB leaves `+=/` as they are.
        lines.join("%0A").replace(' ', "%20") + "%0A"
    };
    for (form, single, chain) in [
        (CertificateEncoding::Base64Der, true, None),
        (CertificateEncoding::Traefik, true, Some(",")),
        (CertificateEncoding::UrlEncodedPem, false, Some("")),
    ] {
        let world = World::new(from_header().encoding(form)).await;
        let token = world.bound();
        let write = |der: &[u8]| if single { base64(der) } else { pem(der) };
        let line = |value: &str| format!("client-cert: {value}");
        let (own, other) = (write(&own()), write(&other()));
        assert_eq!(world.send(&token, &[&line(&own)]).await.status, 200, "{form:?}");
        world.refused(&world.send(&token, &[&line(&other)]).await, "not_bound");
        world.refused(&world.send(&token, &[&line("garbage")]).await, "certificate_malformed");
        let separator = chain.unwrap_or(",");
        let answer = world.send(&token, &[&line(&format!("{own}{separator}{other}"))]).await;
        match chain {
            Some(_) => assert_eq!(answer.status, 200, "{form:?}"),
            None => world.refused(&answer, "certificate_malformed"),
        }
        let answer = world.send(&token, &[&line(&format!("{other}{separator}{own}"))]).await;
        let reason = if chain.is_some() { "not_bound" } else { "certificate_malformed" };
        world.refused(&answer, reason);
    }
}

#[tokio::test]
async fn an_unbound_token_is_good_with_any_certificate_and_with_none() {
    let world = World::new(from_header()).await;
    let line = format!("client-cert: {}", header(&other()));
    assert_eq!(world.send(&world.unbound(), &[]).await.status, 200);
    assert_eq!(world.send(&world.unbound(), &[&line]).await.status, 200);
    let answer = world.send(&world.unbound(), &["client-cert: garbage"]).await;
    world.refused(&answer, "certificate_malformed");
}

#[tokio::test]
async fn a_thumbprint_compares_exactly() {
    let world = World::new(from_header()).await;
    let line = format!("client-cert: {}", header(&own()));
    let good = world.issuer.token("alice").bound_to_certificate(own()).sign().unwrap();
    let claims = good.split('.').nth(1).unwrap();
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(claims).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    let thumbprint = claims["cnf"]["x5t#S256"].as_str().unwrap().to_owned();
    for wrong in [
        format!("{thumbprint}="),
        thumbprint.to_lowercase(),
        format!("A{thumbprint}"),
        format!("{thumbprint}A"),
    ] {
        let token = world.issuer.token("alice").claim("cnf", json!({"x5t#S256": wrong}));
        let answer = world.send(&token.sign().unwrap(), &[&line]).await;
        world.refused(&answer, "not_bound");
    }
    for wrong in [json!(""), json!(1), json!(null), json!([thumbprint])] {
        let token = world.issuer.token("alice").claim("cnf", json!({"x5t#S256": wrong}));
        let answer = world.send(&token.sign().unwrap(), &[&line]).await;
        world.refused(&answer, "invalid_claim");
    }
}

/// Holds P-17.
#[tokio::test]
async fn only_the_trusted_proxy_names_the_certificate_of_a_client() {
    let elsewhere = ClientCertificates::from_header("client-cert").trusted_peers(["10.0.0.0/8"]);
    let world = World::new(elsewhere).await;
    let line = format!("client-cert: {}", header(&own()));
    for token in [world.bound(), world.unbound()] {
        let answer = world.send(&token, &[&line]).await;
        world.refused(&answer, "certificate_untrusted_peer");
        let forwarded = [line.as_str(), "x-forwarded-for: 10.0.0.1", "forwarded: for=10.0.0.1"];
        let answer = world.send(&token, &forwarded).await;
        world.refused(&answer, "certificate_untrusted_peer");
        let answer = world.send(&token, &["client-cert:"]).await;
        world.refused(&answer, "certificate_untrusted_peer");
    }
    assert_eq!(world.send(&world.unbound(), &[]).await.status, 200);
}

/// Holds P-17.
#[tokio::test]
async fn an_unknown_peer_is_not_trusted() {
    let (app, issuer, events) = protected(|builder| builder.client_certificates(from_header()));
    let world = World { address: serve(app).await, issuer, events };
    let line = format!("client-cert: {}", header(&own()));
    world.refused(&world.send(&world.bound(), &[&line]).await, "certificate_untrusted_peer");
}

#[tokio::test]
async fn without_the_setting_no_header_is_looked_at() {
    let (app, issuer, events) = protected(|builder| builder);
    let world = World { address: serve_with_peers(app).await, issuer, events };
    let line = format!("client-cert: {}", header(&own()));
    world.refused(&world.send(&world.bound(), &[&line]).await, "sender_constrained");
    assert_eq!(world.send(&world.unbound(), &["client-cert: garbage"]).await.status, 200);
}

#[tokio::test]
async fn proxies_write_certificates_in_their_own_ways() {
    let pem = format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        STANDARD.encode(own())
    );
    let escaped = pem.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02X}"));
    let nginx =
        ClientCertificates::from_header("x-ssl-cert").encoding(CertificateEncoding::UrlEncodedPem);
    let world = World::new(nginx.trusted_peers(["127.0.0.1"])).await;
    let line = format!("x-ssl-cert: {escaped}");
    assert_eq!(world.send(&world.bound(), &[&line]).await.status, 200);
    let envoy = ClientCertificates::from_header("x-forwarded-client-cert");
    let envoy = envoy.encoding(CertificateEncoding::Envoy).trusted_peers(["127.0.0.1"]);
    let world = World::new(envoy).await;
    let element = format!("By=spiffe://a;Cert=\"{escaped}\";Subject=\"CN=b\"");
    let line = format!("x-forwarded-client-cert: {element}");
    assert_eq!(world.send(&world.bound(), &[&line]).await.status, 200);
    let line = format!("x-forwarded-client-cert: {element},{element}");
    world.refused(&world.send(&world.bound(), &[&line]).await, "certificate_malformed");
}

/// In place of a TLS acceptor of the application.
async fn accept(mut request: Request, next: Next) -> axum::response::Response {
    let shown = request.headers_mut().remove("x-shown");
    match shown.as_ref().map(HeaderValue::as_bytes) {
        Some(b"own") => drop(request.extensions_mut().insert(PeerCertificate::from_der(own()))),
        Some(b"other") => drop(request.extensions_mut().insert(PeerCertificate::from_der(other()))),
        Some(_) => drop(request.extensions_mut().insert(PeerCertificate::from_der("garbage"))),
        None => {}
    }
    next.run(request).await
}

#[tokio::test]
async fn an_application_that_ends_tls_says_it_by_an_extension() {
    let (app, issuer, events) =
        protected(|builder| builder.client_certificates(ClientCertificates::from_connection()));
    let app = app.layer(middleware::from_fn(accept));
    let world = World { address: serve(app).await, issuer, events };
    let token = world.bound();
    assert_eq!(world.send(&token, &["x-shown: own"]).await.status, 200);
    world.refused(&world.send(&token, &["x-shown: other"]).await, "not_bound");
    world.refused(&world.send(&token, &["x-shown: x"]).await, "certificate_malformed");
    let line = format!("client-cert: {}", header(&own()));
    world.refused(&world.send(&token, &[&line]).await, "sender_constrained");
    let line = "x-change: connection";
    world.refused(&world.send(&token, &["x-shown: own", line]).await, "not_bound");
}

/// Holds P-09.
#[tokio::test]
async fn a_changed_certificate_is_verified_again() {
    let world = World::new(from_header()).await;
    let line = format!("client-cert: {}", header(&own()));
    for (change, reason) in [
        ("header", "not_bound"),
        ("no-header", "sender_constrained"),
        ("peer", "certificate_untrusted_peer"),
    ] {
        let change = format!("x-change: {change}");
        let answer = world.send(&world.bound(), &[&line, &change]).await;
        world.refused(&answer, reason);
    }
    assert_eq!(world.send(&world.bound(), &[&line, "x-change: nothing"]).await.status, 200);
}

/// Holds P-15.
#[tokio::test]
async fn a_token_that_is_bound_twice_needs_both() {
    let (app, issuer, events) = protected(|builder| {
        let dpop = Dpop::builder("https://api.test").build().unwrap();
        builder.dpop(dpop).client_certificates(from_header())
    });
    let world = World { address: serve_with_peers(app).await, issuer: issuer.clone(), events };
    let key = DpopKey::generate()
        .unwrap()
        .with_clock(auth_core::time::FixedClock::new(auth_tests::http::NOW));
    let token = issuer.token("alice").scopes(["read"]).bound_to(&key).bound_to_certificate(own());
    let token = token.sign().unwrap();
    let proof = || key.proof("GET", "https://api.test/read").token(&token).sign().unwrap();
    let certificate = format!("client-cert: {}", header(&own()));
    for (scheme, with_proof, with_certificate, status) in [
        ("DPoP", true, true, 200),
        ("DPoP", true, false, 401),
        ("DPoP", false, true, 401),
        ("Bearer", true, true, 401),
        ("Bearer", false, true, 401),
    ] {
        let mut lines = vec![format!("authorization: {scheme} {token}")];
        if with_proof {
            lines.push(format!("dpop: {}", proof()));
        }
        if with_certificate {
            lines.push(certificate.clone());
        }
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let answer = send(world.address, "GET", "/read", &lines).await;
        assert_eq!(answer.status, status, "{scheme} {with_proof} {with_certificate}");
    }
    // A token that is bound to a certificate only is a bearer token with it.
    assert_eq!(world.send(&world.bound(), &[&certificate]).await.status, 200);
}

#[test]
fn an_invalid_setting_is_an_error_of_the_builder() {
    let (issuer, _) = issuer();
    let build = |certificates| {
        Authenticator::builder()
            .vocabulary::<(Role, Permission, Scope)>()
            .verifier(issuer.verifier().build().unwrap())
            .client_certificates(certificates)
            .build()
            .err()
    };
    assert_eq!(
        build(ClientCertificates::from_header("client-cert")),
        Some(AuthenticatorError::ClientCertificates(ClientCertificatesError::NoTrustedPeer))
    );
    assert_eq!(build(from_header()), None);
}
