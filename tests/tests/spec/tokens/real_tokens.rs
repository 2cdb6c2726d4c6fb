//! Tokens in the shapes that providers really give them.

use auth_core::authenticator::AuthenticatorBuilder;
use auth_core::revocation::RevocationList;
use auth_core::routing::get;
use auth_core::testing::{TestIssuer, TokenBuilder};
use auth_core::time::FixedClock;
use auth_core::token::{JwtVerifierBuilder, VerifyError, client_subject};
use auth_core::{
    AuthError, Authenticator, Identity, Jwks, JwtVerifier, Router, TokenProfile, requires,
};
use auth_tests::http::{NOW, Permission, Role, Scope, issuer, send_as, serve};
use serde_json::{Value, json};

fn builder(verifier: JwtVerifierBuilder) -> AuthenticatorBuilder {
    let verifier = verifier.build().unwrap();
    Authenticator::builder().vocabulary::<(Role, Permission, Scope)>().verifier(verifier)
}

fn authenticator(verifier: JwtVerifierBuilder) -> Authenticator {
    builder(verifier).build().unwrap()
}

async fn call(authenticator: &Authenticator, token: &TokenBuilder) -> Result<Identity, AuthError> {
    let token = token.clone().sign().unwrap();
    authenticator.authenticate_bearer(&token).await
}

/// What a browser login at Keycloak before 25 yields with the mapper "nonce backwards compatible".
fn keycloak(issuer: &TestIssuer) -> TokenBuilder {
    issuer
        .token("f1c9b8d2-4f0e-4d3b-9a54-2f6f4f1f9d11")
        .header("typ", "JWT")
        .without("client_id")
        .claim("aud", json!(["orders-api", "account"]))
        .claim("typ", "Bearer")
        .claim("azp", "orders-web")
        .claim("nonce", "n-0S6_WzA2Mj")
        .claim("session_state", "0c3f1c34-0a5c-4a0b-8b8e-5a3a3f0d1c11")
        .claim("sid", "0c3f1c34-0a5c-4a0b-8b8e-5a3a3f0d1c11")
        .claim("acr", "1")
        .claim("allowed-origins", json!(["https://shop.example"]))
        .claim("scope", "openid profile email")
}

/// Holds P-06.
#[tokio::test]
async fn an_access_token_with_a_nonce_passes_and_the_id_token_beside_it_does_not() {
    let (issuer, _) = issuer();
    let api = authenticator(issuer.verifier().profile(TokenProfile::Generic));
    let access = keycloak(&issuer);
    assert!(call(&api, &access).await.is_ok());
    assert!(call(&api, &access.clone().claim("typ", "DPoP")).await.is_ok());

    // Also for an API that is its own client.
    let own = access.clone().audience("orders-api").claim("azp", "orders-api");
    assert!(call(&api, &own).await.is_ok());

    for other in ["ID", "Refresh", "Offline", "Logout", "Serialized-ID", "Unheard-Of"] {
        assert!(call(&api, &own.clone().claim("typ", other)).await.is_err(), "{other}");
        assert!(call(&api, &access.clone().claim("typ", other)).await.is_err(), "{other}");
    }
    // Of another issuer, which names no kind.
    let id_token = own.without("typ");
    assert!(call(&api, &id_token).await.is_err());
    assert!(call(&api, &id_token.clone().without("azp")).await.is_err());
    assert!(call(&api, &access.without("typ").claim("at_hash", "h")).await.is_err());
    let plain = issuer.token("alice").header("typ", "JWT").claim("nonce", "n");
    assert!(call(&api, &plain).await.is_ok(), "`nonce` alone is no mark");
}

/// Holds P-06.
#[tokio::test]
async fn an_id_token_opens_the_api_only_where_the_profile_says_so() {
    let (issuer, _) = issuer();
    let dex = issuer
        .token("CgcyMzQyNzQ5EgZnaXRodWI")
        .without_header("typ")
        .without("client_id")
        .without("jti")
        .claim("aud", json!(["orders-api", "orders-cli"]))
        .claim("azp", "orders-cli")
        .claim("nonce", "n-0S6_WzA2Mj")
        .claim("at_hash", "7VEwnLDEvSXQ4vSaE3dYdA")
        .claim("email", "jane@example.com");
    let authentik = issuer
        .token("9f2d")
        .header("typ", "JWT")
        .without("client_id")
        .claim("azp", "orders-api")
        .claim("uid", "mTb2qLkq0N1eR0g3C6m1iZ8v")
        .claim("nonce", "n")
        .claim("at_hash", "h")
        .claim("auth_time", NOW - 60);
    for profile in [TokenProfile::Rfc9068, TokenProfile::Generic] {
        let api = authenticator(issuer.verifier().profile(profile));
        for token in [&dex, &authentik] {
            assert!(call(&api, token).await.is_err(), "{profile:?}");
        }
    }
    let api = authenticator(issuer.verifier().profile(TokenProfile::IdTokenAsAccessToken));
    for token in [&dex, &authentik] {
        assert!(call(&api, token).await.is_ok());
    }
    // After the first refresh, Authentik leaves both away.
    assert!(call(&api, &authentik.clone().without("nonce").without("at_hash")).await.is_ok());
    for refused in [
        dex.clone().without("azp"),
        dex.clone().claim("azp", "stranger"),
        dex.clone().audience("orders-cli"),
        dex.clone().without("aud"),
        dex.clone().claim("typ", "Refresh"),
        dex.header("typ", "logout+jwt"),
        authentik.claim("events", json!({})),
    ] {
        assert!(call(&api, &refused).await.is_err(), "{refused:?}");
    }
}

#[requires(authenticated)]
async fn me() {}

#[requires(max_age = "5m")]
async fn recent() {}

#[requires(scope = Read, not(max_age = "5m"))]
async fn not_recent() {}

#[requires(acr = "mfa")]
async fn strong() {}

#[requires(scope = Read, not(acr = "mfa"))]
async fn not_strong() {}

/// Holds P-08.
#[tokio::test]
async fn an_unreadable_claim_matters_only_where_it_is_required() {
    let (issuer, _) = issuer();
    let api = authenticator(issuer.verifier());
    let app = Router::new()
        .route("/me", get(me))
        .route("/recent", get(recent))
        .route("/not-recent", get(not_recent))
        .route("/strong", get(strong))
        .route("/not-strong", get(not_strong));
    let service = serve(app.protect(api).unwrap()).await;
    let base = issuer.token("alice").scopes(["read"]).acr("mfa").auth_time(NOW - 60);
    // AD FS.
    let auth_times = [json!("2026-11-28T09:30:00.000Z"), json!("1800000000"), json!(null)];
    for auth_time in auth_times {
        let token = base.clone().claim("auth_time", auth_time.clone()).sign().unwrap();
        for (path, status) in
            [("/me", 200), ("/recent", 401), ("/not-recent", 403), ("/strong", 200)]
        {
            let answer = send_as(service, "GET", path, &token).await;
            assert_eq!(answer.status, status, "{path} {auth_time}");
        }
    }
    for acr in [json!(1), json!(["mfa"]), json!(null), json!({"mfa": true})] {
        let token = base.clone().claim("acr", acr.clone()).sign().unwrap();
        for (path, status) in
            [("/me", 200), ("/recent", 200), ("/strong", 401), ("/not-strong", 403)]
        {
            let answer = send_as(service, "GET", path, &token).await;
            assert_eq!(answer.status, status, "{path} {acr}");
        }
    }
    for odd in [json!(7), json!(["a"]), json!({"a": 1}), json!(null)] {
        let token = base.clone().claim("client_id", odd.clone()).sign().unwrap();
        assert_eq!(send_as(service, "GET", "/me", &token).await.status, 200, "client_id {odd}");
    }
    // These protect: times, and what a revocation finds a token by.
    for (claim, odd) in [
        ("exp", json!("4102444800")),
        ("nbf", json!("1700000000")),
        ("iat", json!("2026-11-28T09:30:00Z")),
        ("jti", json!(7)),
        ("sid", json!(["a"])),
        ("sub", json!(7)),
    ] {
        let token = base.clone().claim(claim, odd.clone()).sign().unwrap();
        assert_eq!(send_as(service, "GET", "/me", &token).await.status, 401, "{claim} {odd}");
    }
}

#[tokio::test]
async fn a_token_with_an_empty_or_null_session_can_still_be_revoked() {
    let (issuer, _) = issuer();
    let revocations = RevocationList::builder().clock(FixedClock::new(NOW)).build().unwrap();
    let api = builder(issuer.verifier()).revocations(revocations.clone()).build().unwrap();
    let token = issuer.token("alice").claim("jti", json!(null)).claim("sid", json!(null));
    let token = token.claim("once", "x");
    let caller = call(&api, &token).await.unwrap();
    assert!(call(&api, &token.clone().claim("once", "y")).await.is_ok());
    revocations.revoke(&caller).unwrap();
    assert!(call(&api, &token).await.is_err());
    assert!(call(&api, &token.claim("once", "y")).await.is_ok(), "another token");
}

/// Holds P-07.
#[tokio::test]
async fn a_machine_never_has_the_subject_of_a_person() {
    let (issuer, _) = issuer();
    let machine = issuer.token("").without("sub").claim("client_id", "alice");
    let person = issuer.token("alice");
    let strict = authenticator(issuer.verifier());
    assert!(call(&strict, &machine).await.is_err(), "only on demand");

    let revocations = RevocationList::builder().clock(FixedClock::new(NOW)).build().unwrap();
    let verifier = issuer.verifier().subject_in("/client_id");
    let api = builder(verifier).revocations(revocations.clone()).build().unwrap();
    let caller = call(&api, &machine).await.unwrap();
    assert_eq!(caller.client_id(), Some("alice"));
    assert_eq!(caller.subject(), client_subject("alice"));
    assert_ne!(caller.subject(), call(&api, &person).await.unwrap().subject());

    // No one signs in under the name of a machine, at this verifier or another one.
    for name in [client_subject("alice"), client_subject("alice").to_uppercase()] {
        let impostor = issuer.token(name);
        assert!(call(&api, &impostor).await.is_err());
        assert!(call(&strict, &impostor).await.is_err());
    }
    // To end the one is not to end the other.
    revocations.revoke_subject("https://issuer.test", "alice").unwrap();
    assert!(call(&api, &person).await.is_err());
    assert!(call(&api, &machine).await.is_ok());
    revocations.revoke_subject("https://issuer.test", &client_subject("alice")).unwrap();
    assert!(call(&api, &machine).await.is_err());
}

#[tokio::test]
async fn a_machine_has_one_name_in_whichever_claim_it_is_named() {
    let (issuer, _) = issuer();
    for claim in ["azp", "cid"] {
        let api = authenticator(issuer.verifier().subject_in(format!("/{claim}")));
        let token = issuer.token("").without("sub");
        let caller = call(&api, &token.clone().claim(claim, "billing")).await.unwrap();
        assert_eq!(caller.subject(), client_subject("billing"), "{claim}");
        assert!(call(&api, &token).await.is_err(), "{claim}");
        assert!(call(&api, &token.claim(claim, json!(["billing"]))).await.is_err(), "{claim}");
    }
    let api = authenticator(issuer.verifier().subject_in("/upn"));
    let person = issuer.token("").without("sub").claim("upn", "billing");
    let subject = call(&api, &person).await.unwrap().subject().to_owned();
    assert_ne!(subject, client_subject("billing"));
    assert_ne!(subject, "billing");
}

#[tokio::test]
async fn the_audience_is_found_in_azp_where_that_is_configured() {
    let (issuer, _) = issuer();
    let token = issuer.token("user_2N").without("client_id").header("typ", "JWT");
    let token = token.claim("azp", "orders-api");
    let clerk = token.clone().without("aud");
    let profile = TokenProfile::Generic;
    let refused = authenticator(issuer.verifier().profile(profile));
    assert!(call(&refused, &clerk).await.is_err());
    let api = authenticator(issuer.verifier().profile(profile).audience_in("/azp"));
    assert!(call(&api, &clerk).await.is_ok());
    for other in [
        clerk.clone().claim("azp", "https://evil.example"),
        clerk.clone().claim("azp", json!(7)),
        clerk.clone().claim("azp", ""),
        clerk.without("azp"),
        token.clone().audience("other"),
        token.clone().claim("aud", json!([])),
        token.claim("aud", json!(null)),
    ] {
        assert!(call(&api, &other).await.is_err(), "{other:?}");
    }
}

#[test]
fn invalid_claim_pointers_are_errors_of_the_builder() {
    let (issuer, _) = issuer();
    for place in ["azp", "", "/a~2"] {
        assert!(issuer.verifier().audience_in(place).build().is_err(), "{place}");
        assert!(issuer.verifier().subject_in(place).build().is_err(), "{place}");
    }
    let missing = issuer.token("").without("sub").sign().unwrap();
    let verifier = issuer.verifier().build().unwrap();
    assert_eq!(verifier.verify(&missing).err(), Some(VerifyError::MissingClaim("sub")));
}

#[test]
fn the_keys_of_session_cookies_are_certificates_by_kid() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/pem/certificates_by_kid.json");
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let token = file["token"].as_str().unwrap();
    let verifier = |certificates: &Value| {
        JwtVerifier::builder()
            .issuer("https://session.firebase.google.com/shop")
            .audience("shop")
            .keys(Jwks::from_certificates(&certificates.to_string()).unwrap())
            .profile(TokenProfile::Generic)
            .clock(FixedClock::new(NOW))
            .build()
            .unwrap()
    };
    assert_eq!(verifier(&file["certificates"]).verify(token).unwrap().subject(), "u7");
    // A key is that of its own `kid`, and one that is gone verifies nothing.
    let [a1, b2] = ["a1", "b2"].map(|kid| &file["certificates"][kid]);
    let swapped = verifier(&json!({"a1": b2, "b2": a1}));
    assert!(swapped.verify(token).is_err());
    let gone = verifier(&json!({"b2": b2}));
    assert_eq!(gone.verify(token).err(), Some(VerifyError::UnknownKey));
}
