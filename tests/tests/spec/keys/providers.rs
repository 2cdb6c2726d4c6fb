//! What providers really serve, and how it is reached: each of these was an outage for someone.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use auth_core::authenticator::EntraTenants;
use auth_core::jose::Algorithm;
use auth_core::keys::{JwksDocument, JwksRefresh, KeySource, KeySourceError, SharedKeys};
use auth_core::testing::TestIssuer;
use auth_core::time::FixedClock;
use auth_core::token::{IntrospectionVerifier, JwtVerifierBuilder, VerifyError};
use auth_core::{Authenticator, ClaimMap, Jwks, JwtVerifier, Scopes};
use auth_tests::http::NOW;
use auth_tests::introspection::Endpoint;
use auth_tests::key_server::{KeyServer, Reply};
use serde_json::{Value, json};

const LIMIT: Duration = Duration::from_secs(20);
const ISSUER: &str = "https://id.test";

fn issuer() -> TestIssuer {
    TestIssuer::new(ISSUER, "api").unwrap()
}

fn builder() -> JwtVerifierBuilder {
    JwtVerifier::builder().issuer(ISSUER).audience("api")
}

/// A key as it is published.
fn jwk(issuer: &TestIssuer) -> Value {
    let mut jwks: Value = serde_json::from_str(&issuer.jwks_json()).unwrap();
    jwks["keys"][0].take()
}

fn jwks(keys: &[Value]) -> String {
    json!({ "keys": keys }).to_string()
}

async fn until(is_so: impl Fn() -> bool) {
    let soon = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LIMIT, soon).await.unwrap();
}

#[test]
fn es512_verifies() {
    let issuer = issuer().with_algorithm(Algorithm::ES512).unwrap();
    let verifier = issuer.verifier().build().unwrap();
    for _ in 0..20 {
        let token = issuer.token("alice").sign().unwrap();
        assert_eq!(verifier.verify(&token).unwrap().subject(), "alice");
        let mut forged = token;
        // In the last character, of which the first bits are signed.
        let end = if forged.pop() == Some('A') { 'Q' } else { 'A' };
        forged.push(end);
        assert!(verifier.verify(&forged).is_err());
    }
    let other = issuer.with_algorithm(Algorithm::ES384).unwrap();
    assert!(verifier.verify(&other.token("mallory").sign().unwrap()).is_err());
}

/// Half of the keys of P-521 and one in 128 of P-256 are written a byte shorter by who writes numbers.
#[test]
fn coordinates_that_lost_or_gained_a_zero_verify() {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

    let (mut shorter, mut round) = (0, 0);
    while shorter == 0 {
        round += 1;
        assert!(round < 5000, "no key with a leading zero");
        let algorithm = if round < 20 { Algorithm::ES512 } else { Algorithm::ES256 };
        let issuer = issuer().with_algorithm(algorithm).unwrap();
        let token = issuer.token("alice").sign().unwrap();
        let change = |add: bool| {
            let mut key = jwk(&issuer);
            let mut changed = false;
            for name in ["x", "y"] {
                let mut number = BASE64.decode(key[name].as_str().unwrap()).unwrap();
                if add {
                    number.insert(0, 0);
                } else if number[0] == 0 {
                    number.remove(0);
                    changed = true;
                }
                key[name] = BASE64.encode(number).into();
            }
            let keys = Jwks::from_json(&jwks(&[key])).unwrap();
            assert!(builder().keys(keys).build().unwrap().verify(&token).is_ok());
            changed
        };
        change(true);
        shorter += usize::from(change(false));
    }
}

/// Neither the token says its key, nor is the right one among the first.
#[test]
fn a_token_without_kid_finds_its_key_among_seven() {
    let issuers: Vec<_> =
        (0..7).map(|n| issuer().with_key_id(format!("key-{n}")).unwrap()).collect();
    let keys: Vec<_> = issuers.iter().map(jwk).collect();
    let verifier = builder().keys(Jwks::from_json(&jwks(&keys)).unwrap()).build().unwrap();
    for issuer in &issuers {
        let token = issuer.token("alice").without_header("kid").sign().unwrap();
        assert!(verifier.verify(&token).is_ok());
    }
    let stranger = issuer().token("mallory").without_header("kid").sign().unwrap();
    assert_eq!(verifier.verify(&stranger).unwrap_err(), VerifyError::BadSignature);
}

/// A server behind a firewall, and one that is strict about media types.
#[tokio::test]
async fn requests_say_who_asks_and_what_they_take() {
    let (server, issuer) = (KeyServer::start().await, issuer());
    server.set("/keys", Reply::ok(&issuer.jwks_json()));
    let own = JwksRefresh::default().user_agent("orders/7 (ops@shop.test)");
    for (refresh, expected) in [
        (JwksRefresh::default(), format!("auth-core/{}", env!("CARGO_PKG_VERSION"))),
        (own, "orders/7 (ops@shop.test)".to_owned()),
    ] {
        let keys = builder().jwks_uri(server.url("/keys")).refresh(refresh).build().unwrap();
        keys.ready(LIMIT).await.unwrap();
        let head = server.heads().pop().unwrap();
        assert!(head.contains(&format!("user-agent: {expected}\r\n")), "{head}");
        assert!(head.contains("accept: application/jwk-set+json, application/json\r\n"), "{head}");
        assert!(!head.contains("authorization"), "{head}");
    }
    let odd =
        builder().jwks_uri(server.url("/keys")).refresh(JwksRefresh::default().user_agent("a\nb"));
    assert_eq!(odd.build().unwrap_err(), KeySourceError::UserAgent("a\nb".to_owned()).into());

    let endpoint = Endpoint::start().await;
    endpoint.activate("opaque", "alice");
    assert!(endpoint.verifier().build().unwrap().verify("opaque").await.is_ok());
    let expected = format!("auth-core/{}", env!("CARGO_PKG_VERSION"));
    assert_eq!(endpoint.asked()[0].headers["user-agent"], expected);
}

#[tokio::test]
async fn a_token_file_is_read_anew_and_shown_to_its_server_alone() {
    let (server, elsewhere, issuer) =
        (KeyServer::start().await, KeyServer::start().await, issuer());
    let file = std::env::temp_dir().join(format!("auth-tests-token-{}", std::process::id()));
    std::fs::write(&file, "first\n").unwrap();
    let age = Duration::from_millis(100);
    let refresh = || JwksRefresh::default().min_age(age).max_age(age).bearer_token_file(&file);
    server.set("/openid/v1/jwks", Reply::ok(&issuer.jwks_json()));
    let at = server.url("/openid/v1/jwks");
    let verifier = builder().jwks_uri(at).refresh(refresh()).build().unwrap();
    verifier.ready(LIMIT).await.unwrap();
    let last_says = |text: &str| server.heads().pop().is_some_and(|head| head.contains(text));
    assert!(last_says("authorization: Bearer first\r\n"));
    std::fs::write(&file, "second").unwrap();
    until(|| last_says("authorization: Bearer second\r\n")).await;

    // Metadata that leads to another server does not take the token there.
    elsewhere.set("/keys", Reply::ok(&issuer.jwks_json()));
    let metadata = json!({"issuer": ISSUER, "jwks_uri": elsewhere.url("/keys")}).to_string();
    server.set("/metadata", Reply::ok(&metadata));
    let discovered = builder().discover_at(server.url("/metadata")).refresh(refresh());
    discovered.build().unwrap().ready(LIMIT).await.unwrap();
    assert!(!elsewhere.heads().concat().contains("authorization"));

    std::fs::remove_file(&file).unwrap();
    let refused = builder().jwks_uri(server.url("/openid/v1/jwks")).refresh(refresh());
    let told = refused.build().unwrap().ready(Duration::from_secs(1)).await.unwrap_err();
    assert!(told.to_string().contains("bearer token"), "{told}");
}

/// Azure AD B2C, a cluster seen from outside, AD FS.
#[tokio::test]
async fn metadata_may_be_at_another_address_than_the_issuer() {
    let (server, issuer) = (KeyServer::start().await, issuer());
    server.set("/keys", Reply::ok(&issuer.jwks_json()));
    let token = issuer.token("alice").sign().unwrap();
    let at = async |metadata: Value| {
        server.set("/policy/metadata", Reply::ok(&metadata.to_string()));
        let verifier = builder().discover_at(server.url("/policy/metadata")).build().unwrap();
        let ready = verifier.ready(Duration::from_secs(2)).await.map_err(|error| error.to_string());
        ready.map(|()| assert!(verifier.verify(&token).is_ok()))
    };
    let keys = server.url("/keys");
    assert_eq!(at(json!({"issuer": ISSUER, "jwks_uri": keys})).await, Ok(()));
    let adfs = json!({"issuer": "https://adfs.test/adfs", "access_token_issuer": ISSUER, "jwks_uri": keys});
    assert_eq!(at(adfs).await, Ok(()));
    let other = at(json!({"issuer": "https://evil.test", "jwks_uri": keys})).await.unwrap_err();
    assert!(other.contains("another issuer"), "{other}");
    for url in ["", "http://id.test/metadata", "ftp://id.test"] {
        let error = builder().discover_at(url).build().unwrap_err();
        assert_eq!(error, KeySourceError::MetadataUrl(url.to_owned()).into());
    }

    let endpoint = Endpoint::start().await;
    endpoint.activate("opaque", "alice");
    let metadata = json!({
        "issuer": "https://issuer.test",
        "introspection_endpoint": format!("{}/introspect", endpoint.issuer()),
    });
    server.set("/introspection", Reply::ok(&metadata.to_string()));
    let verifier = endpoint.verifier().discover_at(server.url("/introspection")).build().unwrap();
    assert_eq!(verifier.verify("opaque").await.unwrap().subject(), "alice");
}

/// `0.0.0.0` leads to this machine, and is no loopback address: so it has to be named as any other.
///
/// Holds P-13.
#[tokio::test]
async fn plain_http_is_for_hosts_that_were_named() {
    let (server, issuer) = (KeyServer::start().await, issuer());
    server.set("/keys", Reply::ok(&issuer.jwks_json()));
    let port = server.origin().rsplit(':').next().unwrap().to_owned();
    let url = format!("http://0.0.0.0:{port}/keys");
    let refused = builder().jwks_uri(&url).build().unwrap_err();
    assert_eq!(refused, KeySourceError::JwksUri(url.clone()).into());
    let allowed = |hosts: &[&str]| JwksRefresh::default().allow_insecure_http(hosts.to_vec());
    assert!(builder().jwks_uri(&url).refresh(allowed(&["keycloak"])).build().is_err());
    let verifier = builder().jwks_uri(&url).refresh(allowed(&["0.0.0.0"])).build().unwrap();
    verifier.ready(LIMIT).await.unwrap();
    assert!(verifier.verify(&issuer.token("alice").sign().unwrap()).is_ok());

    // Nor does metadata lead to a host by `http` that was not named.
    for (host, fits) in [("0.0.0.0", true), ("keycloak", false)] {
        let at = format!("http://{host}:{port}/keys");
        let metadata = json!({"issuer": ISSUER, "jwks_uri": at}).to_string();
        server.set("/metadata", Reply::ok(&metadata));
        let discovering = builder()
            .discover_at(format!("http://0.0.0.0:{port}/metadata"))
            .refresh(allowed(&["0.0.0.0"]))
            .build()
            .unwrap();
        let ready = discovering.ready(Duration::from_secs(2)).await;
        assert_eq!(ready.is_ok(), fits, "{host}: {ready:?}");
    }

    let endpoint = |hosts: &[&str]| {
        IntrospectionVerifier::builder()
            .issuer(ISSUER)
            .endpoint("http://keycloak/introspect")
            .client_secret_basic("api", "secret")
            .audience("api")
            .allow_insecure_http(hosts.to_vec())
            .build()
    };
    assert!(endpoint(&[]).is_err() && endpoint(&["keyclo"]).is_err());
    assert!(endpoint(&["keycloak"]).is_ok());
}

/// A source of the application, which counts.
struct Own(Arc<AtomicUsize>, String);

impl KeySource for Own {
    type Error = std::io::Error;

    async fn fetch(&self) -> Result<JwksDocument, Self::Error> {
        match self.0.fetch_add(1, SeqCst) {
            0 => Err(std::io::Error::other("the vault is sealed")),
            _ => Ok(JwksDocument::new(self.1.clone()).fresh_for(Duration::from_secs(3600))),
        }
    }
}

#[tokio::test]
async fn a_source_of_ones_own_is_driven_by_the_schedule() {
    let (asked, issuer) = (Arc::<AtomicUsize>::default(), issuer());
    let source = Own(Arc::clone(&asked), issuer.jwks_json());
    let verifier = builder().key_source(source).build().unwrap();
    // It is tried again by itself.
    verifier.ready(LIMIT).await.unwrap();
    assert_eq!(asked.load(SeqCst), 2);
    assert!(verifier.verify(&issuer.token("alice").sign().unwrap()).is_ok());
    // Once in a cool-down for keys that no one has.
    let stranger = issuer.with_key_id("other").unwrap().token("mallory").sign().unwrap();
    for _ in 0..5 {
        assert!(verifier.verify_or_refresh(&stranger).await.is_err());
    }
    assert_eq!(asked.load(SeqCst), 3);
    let mixed = builder().key_source(Own(asked, String::new())).discover();
    assert_eq!(mixed.build().unwrap_err(), KeySourceError::SeveralKeySources.into());
}

#[tokio::test]
async fn a_file_that_changes_is_read_anew() {
    let (first, second) = (issuer(), issuer().with_key_id("second").unwrap());
    let file = std::env::temp_dir().join(format!("auth-tests-jwks-{}", std::process::id()));
    let verifier = builder().jwks_file(&file).build().unwrap();
    let missing = verifier.ready(Duration::from_millis(300)).await.unwrap_err().to_string();
    assert!(missing.contains("cannot be read") && missing.contains("No such file"), "{missing}");
    std::fs::write(&file, first.jwks_json()).unwrap();
    verifier.ready(LIMIT).await.unwrap();
    let token = second.token("alice").sign().unwrap();
    assert!(verifier.verify_or_refresh(&token).await.is_err());
    std::fs::write(&file, second.jwks_json()).unwrap();
    let found = async {
        while verifier.verify_or_refresh(&token).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(LIMIT, found).await.unwrap();
    // What is no key set leaves the last one in use.
    std::fs::write(&file, "{\"keys\":").unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(verifier.verify(&token).is_ok());
    std::fs::remove_file(&file).unwrap();
}

#[tokio::test]
async fn verifiers_share_one_key_set_and_nothing_else() {
    let server = KeyServer::start().await;
    let signer = TestIssuer::new("https://login.test/a", "api").unwrap();
    server.set("/common/keys", Reply::ok(&signer.jwks_json()));
    let keys = SharedKeys::jwks_uri(server.url("/common/keys"), JwksRefresh::default()).unwrap();
    let verifiers: Vec<_> = ["a", "b", "c", "d", "e"]
        .map(|name| {
            let issuer = format!("https://login.test/{name}");
            let builder = JwtVerifier::builder().issuer(issuer).audience("api");
            builder.shared_keys(keys.clone()).build().unwrap()
        })
        .into();
    drop(keys);
    for verifier in &verifiers {
        verifier.ready(LIMIT).await.unwrap();
        let of = |issuer: &str| signer.token("alice").issuer(issuer).sign().unwrap();
        assert!(verifier.verify(&of(verifier.issuer())).is_ok());
        let other = verifier.verify(&of("https://login.test/z")).unwrap_err();
        assert_eq!(other, VerifyError::IssuerMismatch);
    }
    assert_eq!(server.hits("/common/keys"), 1);
}

#[derive(Clone, Copy, Scopes)]
enum Scope {
    Read,
}

#[tokio::test]
async fn the_tenants_of_entra_share_one_key_set_and_only_the_allowed_are_accepted() {
    const NORTH: &str = "11111111-2222-3333-4444-555555555555";
    const SOUTH: &str = "aaaaaaaa-2222-3333-4444-555555555555";
    const OTHER: &str = "bbbbbbbb-2222-3333-4444-555555555555";

    let (server, clock) = (KeyServer::start().await, FixedClock::new(NOW));
    let signer = |kid: &str| {
        let signer = TestIssuer::new("https://unused.test", "client-id").unwrap();
        signer.with_key_id(kid).unwrap().with_clock(clock.clone())
    };
    let (common, personal) = (signer("common"), signer("personal"));
    let of = |signer: &TestIssuer, issuer: &str| {
        let mut key = jwk(signer);
        key["issuer"] = issuer.into();
        key
    };
    server.set(
        "/common/discovery/v2.0/keys",
        Reply::ok(&jwks(&[
            of(
                &personal,
                "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0",
            ),
            of(&common, "https://login.microsoftonline.com/{tenantid}/v2.0"),
        ])),
    );
    let tenants = EntraTenants::builder()
        .audience("client-id")
        .tenants([NORTH])
        .allow(|tenant| tenant == SOUTH)
        .authority(server.origin())
        .claims(ClaimMap::entra())
        .clock(clock.clone())
        .build()
        .unwrap();
    let authenticator = Authenticator::builder()
        .vocabulary::<(Scope,)>()
        .clock(clock.clone())
        .issuers(tenants)
        .build()
        .unwrap();
    let call = async |signer: &TestIssuer, issuer: String| {
        let token = signer.token("alice").issuer(issuer).header("typ", "JWT").sign().unwrap();
        authenticator.authenticate_bearer(&token).await.map(|caller| caller.issuer().to_owned())
    };
    let v2 = |tenant: &str| format!("{}/{tenant}/v2.0", server.origin());
    let v1 = |tenant: &str| format!("https://sts.windows.net/{tenant}/");
    for issuer in [v2(NORTH), v1(NORTH), v2(SOUTH)] {
        assert_eq!(call(&common, issuer.clone()).await.unwrap(), issuer);
    }
    for issuer in [v2(OTHER), v1(OTHER), v2("common"), v2("{tenantid}")] {
        let refused = call(&common, issuer.clone()).await.unwrap_err();
        assert_eq!(refused.code(), "invalid_token", "{issuer}");
    }
    // The key of personal accounts signs for no one else.
    assert_eq!(call(&personal, v2(NORTH)).await.unwrap_err().code(), "invalid_token");
    assert!(server.hits("/common/discovery/v2.0/keys") <= 2);
}
