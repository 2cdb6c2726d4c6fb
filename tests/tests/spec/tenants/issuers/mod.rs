//! Several issuers in one service: those that are configured, and tenants that come and go.

mod database;
mod one_issuer;
mod tenants;

use std::sync::Arc;
use std::time::Duration;

use auth_core::authenticator::{AuthenticatorBuilder, IssuerResolverSettings};
use auth_core::error::{Unauthenticated, Unavailable};
use auth_core::routing::get;
use auth_core::testing::TestIssuer;
use auth_core::time::FixedClock;
use auth_core::token::VerifyError;
use auth_core::{AuthError, Authenticator, Identity, Jwks, JwtVerifier, Router, requires};
use auth_tests::http::{NOW, Permission, Role, Scope, send, serve};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use serde_json::Value;

use database::Tenants;

const KID: &str = "the-same-for-all";

/// An issuer whose key has the name that the keys of all issuers have.
fn issuer(name: &str, clock: &FixedClock) -> TestIssuer {
    let issuer = TestIssuer::new(name, "orders-api").unwrap().with_clock(clock.clone());
    issuer.with_key_id(KID).unwrap()
}

fn verifier(issuer: &TestIssuer) -> JwtVerifier {
    issuer.verifier().build().unwrap()
}

fn token(issuer: &TestIssuer) -> String {
    issuer.token("alice").scopes(["read"]).sign().unwrap()
}

fn builder() -> AuthenticatorBuilder {
    Authenticator::builder().vocabulary::<(Role, Permission, Scope)>()
}

async fn call(authenticator: &Authenticator, token: &str) -> Result<Identity, AuthError> {
    authenticator.authenticate_bearer(token).await
}

/// Whose token it is, or why it is invalid.
async fn accepted(authenticator: &Authenticator, token: &str) -> Result<String, VerifyError> {
    match call(authenticator, token).await {
        Ok(caller) => Ok(caller.issuer().to_owned()),
        Err(AuthError::Unauthenticated(Unauthenticated::InvalidToken(reason))) => Err(reason),
        Err(AuthError::Unavailable(Unavailable::NotReachable { retry_after })) => {
            Err(VerifyError::Unavailable { retry_after })
        }
        Err(other) => panic!("{other}"),
    }
}

#[requires(scope = Read)]
async fn read() {}

#[tokio::test]
async fn vectors_of_two_issuers_that_share_a_kid() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/jwks_cases.json");
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let file = &file["multi_issuer"];
    let mut builder = builder();
    for (issuer, jwks) in file["issuers"].as_object().unwrap() {
        let verifier = JwtVerifier::builder()
            .issuer(issuer)
            .audience("https://api.test")
            .keys(Jwks::from_json(&jwks.to_string()).unwrap())
            .clock(FixedClock::new(NOW));
        builder = builder.verifier(verifier.build().unwrap());
    }
    let app = Router::new().route("/read", get(read)).protect(builder.build().unwrap()).unwrap();
    let service = serve(app).await;
    let cases = file["cases"].as_array().unwrap();
    for case in cases {
        let authorization = format!("authorization: {}", case["authorization"].as_str().unwrap());
        let answer = send(service, "GET", "/read", &[&authorization]).await;
        assert_eq!(case["status"], answer.status, "{}: {}", case["name"], case["why"]);
    }
    assert_eq!(cases.len(), 8);
}

/// Holds P-10.
#[tokio::test]
async fn the_issuer_of_a_token_has_one_reading() {
    let clock = FixedClock::new(NOW);
    let [a, b] = ["https://a.test", "https://b.test"].map(|name| issuer(name, &clock));
    let several = builder().verifier(verifier(&a)).verifier(verifier(&b)).build().unwrap();
    assert_eq!(accepted(&several, &token(&a)).await.as_deref(), Ok("https://a.test"));
    assert_eq!(accepted(&several, &token(&b)).await.as_deref(), Ok("https://b.test"));

    for name in ["https://c.test", "https://a.test/", "https://A.test", "a.test", "", "https://b"] {
        let other = token(&issuer(name, &clock));
        assert_eq!(accepted(&several, &other).await, Err(VerifyError::IssuerMismatch), "{name}");
    }
    let with = |iss: Value| a.token("alice").claim("iss", iss).sign().unwrap();
    for iss in [Value::Null, 1.into(), vec!["https://a.test"].into()] {
        let refused = accepted(&several, &with(iss.clone())).await;
        assert_eq!(refused, Err(VerifyError::InvalidClaim("iss")), "{iss}");
    }
    let without = a.token("alice").without("iss").sign().unwrap();
    assert_eq!(accepted(&several, &without).await, Err(VerifyError::MissingClaim("iss")));

    // One reader would take the first, another the last.
    let (good, header) = (token(&a), URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256","typ":"at+jwt"}"#));
    let twice = URL_SAFE_NO_PAD.encode(r#"{"iss":"https://a.test","iss":"https://b.test"}"#);
    for malformed in
        [format!("{header}.{twice}.AAAA"), format!("{good}.x"), "a.b".to_owned(), "x".to_owned()]
    {
        assert_eq!(accepted(&several, &malformed).await, Err(VerifyError::Malformed));
    }
    let long = format!("{header}.{}.AAAA", "e".repeat(16 * 1024));
    assert_eq!(accepted(&several, &long).await, Err(VerifyError::TooLarge));
}

#[test]
fn verifiers_that_do_not_go_together_are_refused() {
    let clock = FixedClock::new(NOW);
    let [a, b] = ["https://a.test", "https://b.test"].map(|name| issuer(name, &clock));
    let later = issuer("https://c.test", &FixedClock::new(NOW + 6));
    let refused = |builder: AuthenticatorBuilder| format!("{:?}", builder.build().unwrap_err());

    let said = refused(builder());
    assert!(said.contains("no verifier"), "{said}");
    let said =
        refused(builder().verifier(verifier(&a)).verifier(verifier(&b)).verifier(verifier(&a)));
    assert!(said.contains("two verifiers for the tokens of `https://a.test`"), "{said}");
    let said = refused(builder().verifier(verifier(&a)).verifier(verifier(&later)));
    assert!(said.contains("one shows 1800000000, another 1800000006"), "{said}");
    let said = refused(builder().verifier(verifier(&a)).clock(FixedClock::new(NOW - 6)));
    assert!(said.contains("one shows 1799999994, another 1800000000"), "{said}");
    for issuers in [
        IssuerResolverSettings::new(Tenants::default()).capacity(0),
        IssuerResolverSettings::new(Tenants::default()).ttl(Duration::ZERO),
        IssuerResolverSettings::new(Tenants::default()).negative_ttl(Duration::from_secs(86_401)),
        IssuerResolverSettings::new(Tenants::default()).timeout(Duration::ZERO),
    ] {
        let said = refused(builder().issuers(issuers));
        assert!(said.contains("out of their bounds"), "{said}");
    }
    let several = IssuerResolverSettings::new(Tenants::default()).capacity(usize::MAX);
    let several = several.timeout(Duration::ZERO).ttl(Duration::ZERO);
    let clocks = builder().issuers(several).verifier(verifier(&a)).verifier(verifier(&later));
    let said = refused(clocks);
    assert_eq!(said.matches("out of their bounds").count(), 3, "{said}");
    assert!(said.contains("one shows 1800000000, another 1800000006"), "{said}");
    let introspection = || {
        let builder = auth_core::token::IntrospectionVerifier::builder().issuer("https://o.test");
        let builder = builder.endpoint("https://o.test/introspect").bearer_token("t");
        builder.audience("orders-api").clock(clock.clone()).build().unwrap()
    };
    let said = refused(builder().verifier(introspection()).verifier(introspection()));
    assert!(said.contains("two introspection verifiers"), "{said}");
    assert!(builder().verifier(introspection()).verifier(verifier(&a)).build().is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// With any claims and any key, a token is accepted only if the issuer that it
    /// names signed it.
    ///
    /// Holds P-10.
    #[test]
    fn a_token_is_verified_only_with_the_keys_of_its_issuer(
        signer in 0_usize..4,
        claimed in 0_usize..6,
        fixed in 0_usize..4,
        kid in prop_oneof![Just(KID), Just("another"), Just("")],
    ) {
        let clock = FixedClock::new(NOW);
        let names = ["https://a.test", "https://b.test", "https://c.test", "https://d.test",
            "https://e.test", "https://a.test/"];
        let issuers = ISSUERS.with(Clone::clone);
        let tenants = Tenants::default();
        let mut builder = builder().clock(clock);
        for (place, issuer) in issuers.iter().enumerate() {
            if place < fixed {
                builder = builder.verifier(verifier(issuer));
            } else {
                tenants.add(verifier(issuer));
            }
        }
        let authenticator = builder.issuers(tenants).build().unwrap();
        let token = issuers[signer].token("alice").issuer(names[claimed]).header("kid", kid);
        let token = token.sign().unwrap();
        let accepted = block_on(accepted(&authenticator, &token));
        // A key is found by its name, or where none is named.
        let named = kid == KID;
        if signer == claimed && named {
            prop_assert_eq!(accepted.as_deref(), Ok(names[claimed]));
        } else {
            prop_assert!(accepted.is_err(), "{:?}", accepted);
        }
    }

    /// No text in the place of a token panics, is accepted, or is anything but the caller's matter.
    #[test]
    fn no_text_is_accepted_as_a_token(text in "[A-Za-z0-9._~+/-]{1,200}={0,2}", json in "\\PC{0,60}") {
        let authenticator = TWO.with(Clone::clone);
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let around = format!(r#"{{"iss":{json}}}"#);
        let header = encode(r#"{"alg":"ES256","typ":"at+jwt"}"#);
        for token in [
            text.clone(),
            format!("{header}.{}.{text}", encode(&json)),
            format!("{header}.{}.AAAA", encode(&around)),
            format!("{}.{}.AAAA", encode(&json), encode(r#"{"iss":"https://a.test"}"#)),
        ] {
            match block_on(call(&authenticator, &token)) {
                Err(AuthError::Unauthenticated(_)) => {}
                other => prop_assert!(false, "{:?}", other),
            }
        }
    }
}

thread_local! {
    static ISSUERS: Arc<Vec<TestIssuer>> = {
        let clock = FixedClock::new(NOW);
        let names = ["https://a.test", "https://b.test", "https://c.test", "https://d.test"];
        Arc::new(names.iter().map(|name| issuer(name, &clock)).collect())
    };
    static TWO: Authenticator = {
        let (a, tenants) = (ISSUERS.with(|all| verifier(&all[0])), Tenants::default());
        tenants.add(ISSUERS.with(|all| verifier(&all[1])));
        builder().verifier(a).issuers(tenants).build().unwrap()
    };
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}
