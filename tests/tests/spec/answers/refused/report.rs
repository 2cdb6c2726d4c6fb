//! A token explained, step by step.

use auth_core::token::{StepOutcome, TokenReport, VerifyError};

use auth_tests::introspection::Endpoint;

use super::*;

fn authenticator(builder: AuthenticatorBuilder) -> Authenticator {
    builder.build().unwrap()
}

fn failed(report: &TokenReport) -> Vec<&'static str> {
    report.failures().map(|step| step.step).collect()
}

#[tokio::test]
async fn a_good_token_passes_every_step() {
    let (issuer, _) = issuer();
    let authenticator = authenticator(builder().verifier(issuer.verifier().build().unwrap()));
    let token = issuer.token("alice").roles(["manager"]).scopes(["write"]).sign().unwrap();
    let report = authenticator.diagnose(&token).await;
    assert!(report.is_accepted() && failed(&report).is_empty(), "{report}");
    let steps: Vec<&str> = report.steps.iter().map(|step| step.step).collect();
    let expected = [
        "form",
        "header",
        "verifier",
        "key",
        "signature",
        "type",
        "claims",
        "revocation",
        "binding",
        "names",
        "names",
        "names",
        "grants",
    ];
    assert_eq!(steps, expected, "{report}");
    let text = report.to_string();
    assert!(text.contains("roles: trainee clerk librarian manager;"), "{text}");
    assert!(text.contains("permissions: orders:read orders:place orders:cancel"), "{text}");
    for part in token.split('.') {
        assert!(!text.contains(part), "{text}");
    }
    // As it is pasted from a request.
    assert!(authenticator.diagnose(&format!(" Bearer {token}\n")).await.is_accepted());
}

#[tokio::test]
async fn steps_after_a_failure_are_tried_and_marked_unverified() {
    let (issuer, _) = issuer();
    let authenticator = authenticator(builder().verifier(issuer.verifier().build().unwrap()));
    let stranger = TestIssuer::new("https://issuer.test/", "billing").unwrap();
    let stranger = stranger.with_clock(FixedClock::new(NOW)).with_key_id("other").unwrap();
    let token = stranger.token("eve").claim("exp", NOW - 9000).header("typ", "JWT").sign().unwrap();
    let report = authenticator.diagnose(&token).await;
    assert_eq!(report.refusal, Some(VerifyError::UnknownKey));
    assert_eq!(failed(&report), ["key", "type", "claims", "claims", "claims"], "{report}");
    let text = report.to_string();
    for told in ["another issuer", "another audience", "expired", "(unverified)", "Generic"] {
        assert!(text.contains(told), "`{told}` is not in {text}");
    }
    assert!(report.failures().all(|step| !step.is_verified));
    // Signed by the right key, the same claims are the issuer's own.
    let token = issuer.token("alice").audience("billing").claim("exp", NOW - 9000).sign().unwrap();
    let report = authenticator.diagnose(&token).await;
    assert_eq!(failed(&report), ["claims", "claims"], "{report}");
    assert!(report.failures().all(|step| step.is_verified), "{report}");
}

/// The report says what a request with the token meets, and some step fails for it.
#[tokio::test]
async fn the_report_and_the_request_agree() {
    let (issuer, _) = issuer();
    let revocations = RevocationList::default();
    let authenticator = authenticator(
        builder().verifier(issuer.verifier().build().unwrap()).revocations(revocations.clone()),
    );
    let app = router().protect(authenticator.clone()).unwrap();
    let token = || issuer.token("alice");
    let key = DpopKey::generate().unwrap();
    let revoked = token().claim("jti", "t-1").sign().unwrap();
    let verified = issuer.verifier().build().unwrap().verify(&revoked).unwrap();
    revocations.revoke(&verified).unwrap();
    let mut tokens = vec![
        revoked,
        String::new(),
        "x".to_owned(),
        "x y".to_owned(),
        "\u{e4}".to_owned(),
        "a.b.c".to_owned(),
        "y".repeat(70_000),
    ];
    for built in [
        token(),
        token().audience("x"),
        token().issuer("x"),
        token().without("iss"),
        token().without("exp"),
        token().without("sub"),
        token().claim("sub", 7),
        token().claim("jti", 7),
        token().claim("cnf", json!({})),
        token().claim("cnf", json!({"x": "y"})),
        token().bound_to(&key),
        token().claim("nbf", NOW + 99),
        token().claim("exp", NOW - 99),
        token().header("typ", "JWT"),
        token().header("kid", "?"),
        token().header("crit", json!([])),
    ] {
        let signed = built.sign().unwrap();
        tokens.push(format!("{signed}x"));
        tokens.push(signed.chars().rev().collect());
        tokens.push(signed);
    }
    for token in tokens {
        let report = authenticator.diagnose(&token).await;
        let is_failed = report.failures().next().is_some();
        assert_eq!(report.is_accepted(), !is_failed, "{report}");
        let mut headers = http::HeaderMap::new();
        if let Ok(value) = format!("Bearer {token}").parse() {
            headers.insert("authorization", value);
            let status = send_value(&app, &headers).await;
            assert_eq!(report.is_accepted(), status == 200, "{status} {report}");
        }
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["refusal"].is_null(), report.is_accepted());
        assert!(json["steps"][0]["says"].is_string() && json["steps"][0]["outcome"].is_string());
    }
}

async fn send_value(app: &axum::Router, headers: &http::HeaderMap) -> u16 {
    let mut request = Request::builder().uri("/me").body(Body::empty()).unwrap();
    *request.headers_mut() = headers.clone();
    app.clone().oneshot(request).await.unwrap().status().as_u16()
}

#[tokio::test]
async fn which_verifier_and_why() {
    let (employees, clock) = issuer();
    let customers = TestIssuer::new("https://login.shop.test", "orders-api").unwrap();
    let customers = customers.with_clock(clock.clone());
    let authenticator = authenticator(
        builder()
            .verifier(employees.verifier().build().unwrap())
            .verifier(customers.verifier().build().unwrap()),
    );
    let token = customers.token("alice").sign().unwrap();
    let report = authenticator.diagnose(&token).await;
    assert!(report.is_accepted() && report.to_string().contains("login.shop.test"), "{report}");
    let nobody = employees.token("alice").issuer("https://issuer.test:8443").sign().unwrap();
    let report = authenticator.diagnose(&nobody).await;
    assert_eq!(failed(&report), ["verifier"], "{report}");
    assert!(report.to_string().contains("port"), "{report}");
    assert_eq!(clock.now(), NOW);
}

#[tokio::test]
async fn names_outside_the_vocabulary_are_reported() {
    let (issuer, _) = issuer();
    let map = ClaimMap::new().roles("/roles").roles("/realm_access/roles").scopes("/scp");
    let verifier = issuer.verifier().claims(map).profile(TokenProfile::Generic).build().unwrap();
    let authenticator = authenticator(builder().verifier(verifier));
    let token = issuer.token("alice").roles(["ROLE_ADMIN", "x"]).scopes(["write"]).sign().unwrap();
    let report = authenticator.diagnose(&token).await;
    let noted: Vec<&str> = report
        .steps
        .iter()
        .filter(|step| step.outcome == StepOutcome::Noted)
        .map(|step| step.finding.says.as_str())
        .collect();
    let noted = noted.join("\n");
    for told in ["ROLE_ADMIN", "`admin` is known", "nothing at /realm_access/roles", "/scope"] {
        assert!(noted.contains(told), "`{told}` is not in {noted}");
    }
}

#[tokio::test]
async fn a_shared_secret_that_does_not_fit_is_explained() {
    let (issuer, clock) = issuer();
    let random: [u8; 40] = std::array::from_fn(|place| u8::try_from(place * 167 % 251).unwrap());
    let secret = HmacSecret::new(Algorithm::HS256, random).unwrap();
    let verifier = JwtVerifier::builder()
        .issuer("https://issuer.test")
        .audience("orders-api")
        .shared_secret(secret)
        .clock(clock)
        .build()
        .unwrap();
    let authenticator = authenticator(builder().verifier(verifier));
    let report = authenticator.diagnose(&issuer.token("alice").sign().unwrap()).await;
    assert_eq!(failed(&report), ["key"], "{report}");
    assert!(report.to_string().contains("HS256"), "{report}");
}

#[tokio::test]
async fn an_opaque_token_is_explained_by_what_its_endpoint_says() {
    let endpoint = Endpoint::start().await;
    endpoint.activate("opaque", "alice");
    endpoint.say("other", 200, json!({"active": true, "aud": "billing", "sub": "a"}).to_string());
    let authenticator = authenticator(builder().verifier(endpoint.verifier().build().unwrap()));
    let report = authenticator.diagnose("opaque").await;
    assert!(report.is_accepted() && failed(&report).is_empty(), "{report}");
    assert!(report.to_string().contains("scopes: read"), "{report}");
    let report = authenticator.diagnose("unheard-of").await;
    assert_eq!((report.refusal, failed(&report)), (Some(VerifyError::Inactive), vec!["issuer"]));
    let report = authenticator.diagnose("other").await;
    assert!(report.to_string().contains("expected  \"orders-api\""), "{report}");
    assert!(!report.to_string().contains("unheard-of"));
}

#[tokio::test]
async fn an_endpoint_that_is_down_is_no_fault_of_the_token() {
    let endpoint = Endpoint::start().await;
    endpoint.say("opaque", 500, "");
    let authenticator = authenticator(builder().verifier(endpoint.verifier().build().unwrap()));
    let report = authenticator.diagnose("opaque").await;
    assert!(matches!(report.refusal, Some(VerifyError::Unavailable { .. })), "{report}");
    // Nor does a line about the token hide the one about the endpoint.
    assert_eq!(lines(), [""; 0]);
}
