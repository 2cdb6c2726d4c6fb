//! Factors: what a session proved, what a token proves by the map of its issuer, and what a caller
//! reads who lacks one.

use auth_core::authenticator::AuthenticatorBuilder;
use auth_core::policy::ProvedFactors;
use auth_core::routing::post;
use auth_core::scheme::{Challenge, Locations, PresentedCredential, SchemeError};
use auth_core::testing::identity;
use auth_core::time::FixedClock;
use auth_core::token::FactorMap;
use auth_core::{
    Authentication, AuthenticationScheme, Authenticator, ClaimMap, Factor, Guard, Identity,
    JwtVerifier, Method, Router, requires,
};
use auth_tests::challenge;
use auth_tests::http::{Answer, NOW, Permission, Role, Scope, issuer, serve};
use serde_json::{Value, json};

use super::{Keys, REALM, send};

#[requires(method = Session | Bearer | ApiKey, mfa)]
async fn pay_out() -> &'static str {
    "paid"
}

#[requires(method = Session | Bearer, factor(Passkey | Totp, within = "5m"))]
async fn close_account() -> &'static str {
    "closed"
}

#[requires(method = Session, mfa, factor(Passkey, within = "1m"))]
async fn change_owner() -> &'static str {
    "changed"
}

fn routes() -> Router {
    Router::new()
        .route("/pay-out", post(pay_out))
        .route("/close", post(close_account))
        .route("/owner", post(change_owner))
}

/// Sessions whose cookie says what was proved, and how many seconds ago: `alice.password-10.totp-400`.
struct Sessions;

impl AuthenticationScheme for Sessions {
    fn method(&self) -> Method {
        Method::Session
    }

    fn locations(&self) -> Locations {
        Locations::cookie("sid")
    }

    async fn authenticate(
        &self,
        credential: &PresentedCredential,
    ) -> Result<Authentication, SchemeError> {
        let mut parts = credential.cookie("sid")?.split('.');
        let user = parts.next().unwrap_or_default();
        let mut session = Authentication::vouched_by_scheme(Method::Session, REALM, user);
        for part in parts {
            let (factor, age) = part.split_once('-').unwrap();
            let at = NOW - age.parse::<u64>().unwrap();
            session = match factor {
                "verified" => session.user_verified_passkey(at),
                name => session.factor(Factor::named(name).unwrap(), at),
            };
        }
        Ok(session.build())
    }

    fn challenge(&self) -> Challenge {
        Challenge::new("Session").param("login", "https://shop.test/login")
    }
}

fn of(verifier: JwtVerifier) -> AuthenticatorBuilder {
    Authenticator::builder()
        .vocabulary::<(Role, Permission, Scope)>()
        .verifier(verifier)
        .scheme(Sessions)
        .scheme(Keys)
}

async fn by_session(path: &str, cookie: &str) -> Answer {
    let (issuer, _) = issuer();
    let authenticator = of(issuer.verifier().build().unwrap());
    let app = serve(routes().protect(authenticator.build().unwrap()).unwrap()).await;
    let cookie = format!("sid={cookie}");
    send(app, "POST", path, &[("cookie", &cookie), ("sec-fetch-site", "same-origin")]).await
}

fn body(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap()
}

#[tokio::test]
async fn two_factors_of_different_categories_are_mfa() {
    for (proved, status) in [
        ("alice", 401),
        ("alice.password-10", 401),
        ("alice.totp-10.code-10.recovery-10.passkey-10", 401),
        ("alice.password-10.federated-10", 401),
        ("alice.password-90000.totp-90000", 200),
        ("alice.password-10.code-10", 200),
        ("alice.password-10.recovery-10", 200),
        ("alice.verified-10", 200),
    ] {
        assert_eq!(by_session("/pay-out", proved).await.status, status, "{proved}");
    }
}

#[tokio::test]
async fn the_proof_of_a_factor_grows_old() {
    for (proved, status) in [
        ("alice.passkey-300", 200),
        ("alice.totp-300", 200),
        ("alice.totp-301", 401),
        ("alice.totp-301.passkey-9", 200),
        ("alice.password-9.code-9.recovery-9", 401),
    ] {
        assert_eq!(by_session("/close", proved).await.status, status, "{proved}");
    }
    // What counts as two factors need not be fresh, what is asked for by name does.
    assert_eq!(by_session("/owner", "alice.verified-60").await.status, 200);
    assert_eq!(by_session("/owner", "alice.password-9000.passkey-60").await.status, 200);
    assert_eq!(by_session("/owner", "alice.verified-61").await.status, 401);
    assert_eq!(by_session("/owner", "alice.passkey-60").await.status, 401);
}

#[tokio::test]
async fn a_session_is_shown_which_factors_would_help() {
    for (path, proved, mfa, factors) in [
        ("/pay-out", "alice.password-10", true, json!([])),
        (
            "/close",
            "alice.password-10",
            false,
            json!([{"any_of": ["totp", "passkey"], "within": 300}]),
        ),
        ("/owner", "alice", true, json!([{"any_of": ["passkey"], "within": 60}])),
        ("/owner", "alice.verified-61", false, json!([{"any_of": ["passkey"], "within": 60}])),
        ("/owner", "alice.passkey-9", true, json!([])),
    ] {
        let answer = by_session(path, proved).await;
        assert_eq!(answer.status, 401, "{path} {proved}");
        let body = body(&answer);
        assert_eq!(body["code"], "insufficient_user_authentication");
        assert_eq!(body.get("mfa").is_some_and(|it| *it == true), mfa, "{body}");
        assert_eq!(body.get("factors").cloned().unwrap_or(json!([])), factors, "{body}");
    }
}

#[tokio::test]
async fn a_key_proves_no_factor_and_no_login_helps_it() {
    let (issuer, _) = issuer();
    let authenticator = of(issuer.verifier().build().unwrap()).build().unwrap();
    let app = serve(routes().protect(authenticator).unwrap()).await;
    let answer = send(app, "POST", "/pay-out", &[("x-api-key", "key-of-reports")]).await;
    assert_eq!((answer.status, &body(&answer)["code"]), (403, &json!("forbidden")));
}

#[tokio::test]
async fn a_token_proves_what_the_map_of_its_issuer_says() {
    let (issuer, _) = issuer();
    let factors = FactorMap::rfc8176().acr("urn:phr", [Factor::Passkey]).several_by_acr("urn:mfa");
    let mapped = issuer.verifier().claims(ClaimMap::rfc9068().factors(factors)).build().unwrap();
    let plain = issuer.verifier().build().unwrap();
    let serve_with =
        async |verifier| serve(routes().protect(of(verifier).build().unwrap()).unwrap()).await;
    let (mapped, plain) = (serve_with(mapped).await, serve_with(plain).await);
    let token = |amr: &[&str], acr: Option<&str>, age: u64| {
        let token = issuer.token("alice").claim("amr", json!(amr)).auth_time(NOW - age);
        let token = match acr {
            Some(acr) => token.acr(acr),
            None => token,
        };
        format!("Bearer {}", token.sign().unwrap())
    };
    let ask =
        async |app, path, token: &str| send(app, "POST", path, &[("authorization", token)]).await;
    for (amr, acr, path, age, status) in [
        (&["pwd", "otp"][..], None, "/pay-out", 90_000, 200),
        (&["mfa"], None, "/pay-out", 10, 200),
        (&["hwk", "pin"], None, "/pay-out", 10, 200),
        (&[], Some("urn:mfa"), "/pay-out", 10, 200),
        (&["pwd"], None, "/pay-out", 10, 401),
        (&["pwd", "user"], None, "/pay-out", 10, 401),
        (&["pwd", "otp"], None, "/close", 300, 200),
        (&["pwd", "otp"], None, "/close", 301, 401),
        (&[], Some("urn:phr"), "/close", 10, 200),
    ] {
        let token = token(amr, acr, age);
        assert_eq!(ask(mapped, path, &token).await.status, status, "{amr:?} {acr:?} {path}");
        // Unmapped, nothing is held, and no one knows what to ask for.
        assert_eq!(ask(plain, path, &token).await.status, 403, "{amr:?} {acr:?} {path}");
    }
    let told = async |path, token: &str| {
        let answer = ask(mapped, path, token).await;
        let bearer = answer.all("www-authenticate").into_iter().next();
        challenge::parse(bearer.expect("a challenge")).expect("a bearer challenge")
    };
    let weak = told("/pay-out", &token(&["pwd"], None, 10)).await;
    assert_eq!(weak["error"], "insufficient_user_authentication");
    assert_eq!(weak["acr_values"], "urn:mfa");
    let without = told("/close", &token(&["pwd"], None, 10)).await;
    assert_eq!((without["acr_values"].as_str(), without["max_age"].as_str()), ("urn:phr", "300"));
    // The same login again would do.
    let stale = told("/close", &token(&["pwd", "otp"], None, 301)).await;
    assert_eq!((stale.get("acr_values"), stale["max_age"].as_str()), (None, "300"));
}

#[test]
fn an_identity_for_a_test_has_factors() {
    let at = |seconds| {
        let alice = identity("alice").method(Method::Session).factor(Factor::Password, NOW);
        alice.factor(Factor::Totp, NOW).clock(FixedClock::new(seconds)).build()
    };
    assert!(Guard::<__requires_close_account>::for_identity(&at(NOW + 300)).is_ok());
    assert!(Guard::<__requires_close_account>::for_identity(&at(NOW + 301)).is_err());
    assert!(Guard::<__requires_pay_out>::for_identity(&at(NOW + 9_000)).is_ok());
    let key = identity("reports").method(Method::ApiKey).user_verified_passkey(NOW);
    let key: Identity = key.clock(FixedClock::new(NOW)).build();
    assert!(Guard::<__requires_pay_out>::for_identity(&key).is_err());
    let expected = ProvedFactors::NONE.with_user_verified_passkey(NOW);
    assert_eq!(*key.factors(), expected);
}

#[tokio::test]
async fn a_session_is_shown_where_to_sign_in_again() {
    let (issuer, _) = issuer();
    let with_path = of(issuer.verifier().build().unwrap()).sign_in_path("/account/sign-in?again=1");
    let app = serve(routes().protect(with_path.build().unwrap()).unwrap()).await;
    let headers = [("cookie", "sid=alice.password-10"), ("sec-fetch-site", "same-origin")];
    for path in ["/pay-out", "/close"] {
        let answer = send(app, "POST", path, &headers).await;
        assert_eq!(answer.status, 401);
        assert_eq!(body(&answer)["start"], "/account/sign-in?again=1", "{path}");
    }
    // A client with a token goes to its issuer.
    let token = format!("Bearer {}", issuer.token("alice").sign().unwrap());
    let answer = send(app, "POST", "/pay-out", &[("authorization", &token)]).await;
    assert!(body(&answer).get("start").is_none(), "{}", answer.body);
    assert!(by_session("/pay-out", "alice.password-10").await.json().get("start").is_none());
}

#[test]
fn the_path_to_sign_in_is_one_of_this_service() {
    let (issuer, _) = issuer();
    for wrong in
        ["", "account", "https://evil.test/", "//evil.test", "/\\evil.test", "/sign in", "/\n"]
    {
        let builder = of(issuer.verifier().build().unwrap()).sign_in_path(wrong);
        let error = builder.build().unwrap_err().to_string();
        assert!(error.contains("is no path of this service"), "{wrong:?}: {error}");
    }
}
