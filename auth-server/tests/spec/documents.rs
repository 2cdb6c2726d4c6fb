//! Clients with a document of their own: requirements 98 and 113 to 121.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use auth_core::testing::TestIssuer;
use auth_core::time::FixedClock;
use auth_server::store::AuthorizationStore as _;
use auth_server::{Cimd, Client, ClientKeys, GrantType, Lookup};
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde_json::{Value, json};

use super::support::{
    API, Answer, DocumentHost, House, ISSUER, NOW, PASSWORD, World, document, document_with, form,
    json_answer,
};

/// For how many seconds after a failure only users who have signed in cause another fetch.
const COOL_DOWN: u64 = 10;

fn documents() -> Cimd {
    Cimd::any_host().max_scopes(["openid", "offline_access", "read"]).allow_http_on_loopback()
}

async fn world() -> World {
    World::with(|builder| builder.client_id_metadata_documents(documents())).await
}

/// The answer to a client that redeems a code which a user has allowed it.
async fn redeem(world: &World, client_id: &str) -> Answer {
    let code = world.code(client_id, "read").await;
    world.redeem(&code).await
}

/// Whether the document of a client with a grant is accepted.
async fn is_accepted(world: &World, client_id: &str) -> bool {
    let answer = redeem(world, client_id).await;
    if answer.status.is_success() {
        return true;
    }
    assert_eq!(answer.error(), "invalid_client", "{client_id}");
    // For as long, no other request without a user causes a fetch.
    world.clock.advance(COOL_DOWN);
    false
}

#[tokio::test]
async fn a113_the_address_is_https_with_a_path_in_its_normal_form() {
    let host = DocumentHost::start().await;
    let world = world().await;
    assert!(is_accepted(&world, &host.url("/client.json")).await);
    let before = host.hits();
    let origin = &host.origin;
    let port = origin.rsplit(':').next().unwrap();
    for id in [
        origin.clone(),
        format!("{origin}/"),
        format!("{origin}/a/../client.json"),
        format!("{origin}/./client.json"),
        format!("{origin}/%2e%2e/client.json"),
        format!("{origin}/client.json?a=b"),
        format!("{origin}/client.json#a"),
        format!("http://user@127.0.0.1:{port}/client.json"),
        format!("http://user:password@127.0.0.1:{port}/client.json"),
        format!("HTTP://127.0.0.1:{port}/client.json"),
        format!("http://127.1:{port}/client.json"),
        format!("http://0x7f.0.0.1:{port}/client.json"),
        format!("http://127.0.0.1.nip.example:{port}/client.json"),
        format!("http://127.0.0.1:{port}\\client.json"),
    ] {
        assert!(!is_accepted(&world, &id).await, "{id}");
    }
    assert_eq!(host.hits(), before);
}

#[tokio::test]
async fn a113_http_is_for_tests_alone() {
    let host = DocumentHost::start().await;
    let strict = Cimd::any_host().max_scopes(["read"]);
    let world = World::with(|builder| builder.client_id_metadata_documents(strict)).await;
    assert!(!is_accepted(&world, &host.url("/client.json")).await);
    let off = World::new().await;
    assert!(!is_accepted(&off, &host.url("/client.json")).await);
    assert_eq!(host.hits(), 0);
}

#[tokio::test]
async fn a114_only_200_with_a_json_object_about_itself_is_a_document() {
    let host = DocumentHost::start().await;
    let world = world().await;
    let id = host.url("/client.json");
    for status in [201, 203, 204, 206, 301, 302, 303, 307, 308, 400, 401, 404, 410, 500, 503] {
        let (good, own) = (host.url("/elsewhere.json"), document(&id));
        host.answer(move |path| {
            if path == "/elsewhere.json" {
                return json_answer(&own);
            }
            let headers = [("location", &*good), ("content-type", "application/json")];
            let status = StatusCode::from_u16(status).unwrap();
            (status, headers, own.to_string()).into_response()
        });
        let before = host.hits();
        assert!(!is_accepted(&world, &id).await, "{status}");
        // Where it leads to is not asked.
        assert_eq!(host.hits(), before + 1, "{status}");
    }
    for (kind, is_json) in [
        ("text/html", false),
        ("text/plain", false),
        ("application/javascript", false),
        ("application/json; charset=utf-8", true),
        ("application/cimd+json", true),
    ] {
        let (world, own) = (super::documents::world().await, document(&id));
        host.answer(move |_| ([("content-type", kind)], own.to_string()).into_response());
        assert_eq!(is_accepted(&world, &id).await, is_json, "{kind}");
    }
    for wrong in [
        json!([document(&id)]),
        json!("text"),
        json!(null),
        json!({}),
        document(&host.url("/client.json/")),
        document(&host.url("/Client.json")),
        document(&host.url("/client.json?")),
        document_with(&id, json!({"client_id": 7})),
        document_with(&id, json!({"redirect_uris": []})),
        document_with(&id, json!({"redirect_uris": "https://app.example.com/callback"})),
        document_with(&id, json!({"redirect_uris": ["javascript:alert(1)"]})),
        document_with(&id, json!({"redirect_uris": ["http://app.example.com/callback"]})),
        document_with(&id, json!({"redirect_uris": ["https://app.example.com/#a"]})),
        document_with(&id, json!({"redirect_uris": vec!["https://a.example/"; 11]})),
        document_with(&id, json!({"grant_types": ["client_credentials"]})),
    ] {
        host.publish(wrong.clone());
        assert!(!is_accepted(&world, &id).await, "{wrong}");
    }
    host.answer(|_| ([("content-type", "application/json")], "{\"client_id\":").into_response());
    assert!(!is_accepted(&world, &id).await);
    host.publish(document(&id));
    assert!(is_accepted(&world, &id).await);
}

#[tokio::test]
async fn a115_a_document_has_no_secret() {
    let host = DocumentHost::start().await;
    let world = world().await;
    let id = host.url("/client.json");
    for changes in [
        json!({"token_endpoint_auth_method": "client_secret_basic"}),
        json!({"token_endpoint_auth_method": "client_secret_post"}),
        json!({"token_endpoint_auth_method": "client_secret_jwt"}),
        json!({"client_secret": "a-secret-of-a-client-0123456789abcdef"}),
        json!({"client_secret": null}),
        json!({"client_secret_expires_at": 0}),
    ] {
        host.publish(document_with(&id, changes.clone()));
        assert!(!is_accepted(&world, &id).await, "{changes}");
    }
}

#[tokio::test]
async fn a115_a_client_with_a_document_can_have_keys() {
    let host = DocumentHost::start().await;
    let world = world().await;
    let id = host.url("/client.json");
    let issuer = TestIssuer::new(&id, ISSUER).unwrap().with_clock(FixedClock::new(NOW));
    let keys: Value = serde_json::from_str(&issuer.jwks_json()).unwrap();
    let method = json!({"token_endpoint_auth_method": "private_key_jwt", "jwks": keys});
    host.publish(document_with(&id, method));
    let code = world.code(&id, "read").await;
    // Its id alone does not do.
    assert_eq!(world.redeem(&code).await.error(), "invalid_client");
    let assertion = issuer
        .token(&id)
        .header("typ", "client-authentication+jwt")
        .claim("jti", "one")
        .lifetime(Duration::from_mins(1))
        .sign()
        .unwrap();
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let asserted = [("client_assertion_type", kind), ("client_assertion", &*assertion)];
    world.post("/token", &code.form(&asserted)).await.ok();
}

/// A resolver with answers of its own, which counts what it is asked.
#[derive(Clone)]
struct Names {
    answers: Arc<Mutex<Vec<Vec<IpAddr>>>>,
    asked: Arc<AtomicUsize>,
}

impl Names {
    /// The answers, one after the other; the last one stays.
    fn new(answers: &[&[&str]]) -> Self {
        let parse = |them: &&[&str]| them.iter().map(|it| it.parse().unwrap()).collect();
        let answers = answers.iter().rev().map(parse).collect();
        Self { answers: Arc::new(Mutex::new(answers)), asked: Arc::default() }
    }
}

#[async_trait::async_trait]
impl Lookup for Names {
    async fn lookup(&self, _host: &str) -> Result<Vec<IpAddr>, std::io::Error> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut answers = self.answers.lock().unwrap();
        let answer = answers.last().cloned().unwrap_or_default();
        if answers.len() > 1 {
            answers.pop();
        }
        Ok(answer)
    }
}

/// A port of this machine, and how many connections it got.
async fn port() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, count) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let counted = count.clone();
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    (address, count)
}

#[tokio::test]
async fn a116_an_address_that_is_not_public_is_never_connected_to() {
    let (address, connections) = port().await;
    for (answers, allow_loopback) in [
        (&[&["127.0.0.1"][..]][..], false),
        (&[&["127.0.0.1"]], true),
        (&[&["::ffff:127.0.0.1"]], true),
        (&[&["64:ff9b::7f00:1"]], true),
        (&[&["2002:7f00:1::"]], true),
        (&[&["10.0.0.1"]], true),
        (&[&["169.254.169.254"]], true),
        (&[&["100.64.0.1"]], true),
        (&[&["fd00::1"]], true),
        (&[&["fe80::1"]], true),
        (&[&["0.0.0.0"]], true),
        (&[&["224.0.0.1"]], true),
        // One that is public does not make the other one so.
        (&[&["203.0.114.1", "127.0.0.1"]], true),
        (&[&[]], true),
    ] {
        let names = Names::new(answers);
        let mut settings = Cimd::any_host().max_scopes(["read"]).lookup(names.clone());
        if allow_loopback {
            settings = settings.allow_http_on_loopback();
        }
        let world = World::with(|builder| builder.client_id_metadata_documents(settings)).await;
        let id = format!("https://client.example:{}/client.json", address.port());
        assert!(!is_accepted(&world, &id).await, "{answers:?}");
        assert_eq!(names.asked.load(Ordering::SeqCst), 1, "{answers:?}");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a116_a_name_is_looked_up_once_for_each_fetch_and_connected_to_as_it_was_judged() {
    let (address, connections) = port().await;
    // A host that answers with a public address to who checks, and with another one to who connects.
    let names = Names::new(&[&["192.0.1.1", "10.0.0.1"], &["127.0.0.1"]]);
    let settings = Cimd::any_host().max_scopes(["read"]).lookup(names.clone());
    let world = World::with(|builder| builder.client_id_metadata_documents(settings)).await;
    let id = format!("https://rebound.example:{}/client.json", address.port());
    for asked in 1..=3 {
        assert!(!is_accepted(&world, &id).await);
        assert_eq!(names.asked.load(Ordering::SeqCst), asked);
    }
    assert_eq!(connections.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a117_a_document_is_short_and_comes_soon() {
    let host = DocumentHost::start().await;
    let world = world().await;
    let id = host.url("/client.json");
    let of_length = |length: usize| {
        let mut own = document_with(&id, json!({"padding": ""}));
        let missing = length - own.to_string().len();
        own["padding"] = json!("x".repeat(missing));
        own
    };
    host.publish(of_length(5 * 1024 + 1));
    assert!(!is_accepted(&world, &id).await);
    host.answer(|_| endless());
    assert!(!is_accepted(&world, &id).await);
    host.publish(of_length(5 * 1024));
    assert!(is_accepted(&world, &id).await);
    let late = host.url("/late.json");
    host.delay(Duration::from_secs(30));
    let begun = Instant::now();
    assert!(!is_accepted(&world, &late).await);
    let took = begun.elapsed();
    assert!((Duration::from_millis(2_400)..Duration::from_secs(6)).contains(&took), "{took:?}");
}

/// A body that does not end.
fn endless() -> Response {
    let chunks = futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b' '; 1_000]));
    ([("content-type", "application/json")], axum::body::Body::from_stream(chunks)).into_response()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a117_one_fetch_serves_all_who_want_it_and_there_is_a_limit_for_all() {
    let host = DocumentHost::start().await;
    let world = Arc::new(world().await);
    let id = host.url("/client.json");
    host.delay(Duration::from_millis(300));
    let ask = |id: String| {
        let world = world.clone();
        tokio::spawn(async move { redeem(&world, &id).await })
    };
    let asked: Vec<_> = (0..20).map(|_| ask(id.clone())).collect();
    for answer in asked {
        answer.await.unwrap().ok();
    }
    assert_eq!(host.hits(), 1);
    host.delay(Duration::from_millis(1_500));
    let asked: Vec<_> = (0..60).map(|it| ask(host.url(&format!("/{it}.json")))).collect();
    let mut busy = 0;
    for answer in asked {
        let answer = answer.await.unwrap();
        if !answer.status.is_success() {
            assert_eq!(answer.refusal(), (503, "temporarily_unavailable".to_owned()));
            busy += 1;
        }
    }
    // The other half is for users who sign in.
    assert_eq!(busy, 44);
    assert_eq!(host.hits(), 17);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a117_slow_documents_of_one_user_keep_no_other_from_signing_in() {
    let host = DocumentHost::start().await;
    let house = house().await;
    let alice = house.signed_in("alice").await;
    let mut bob = house.browser();
    let page = bob.authorize(&[("client_id", "ours")]).await;
    let page = bob.submit(&page, &[("username", "bob"), ("password", PASSWORD)]).await;
    assert!(bob.submit(&page, &[("code", &house.totp())]).await.code().is_some());

    host.delay(Duration::from_secs(2));
    let slow = (0..40).map(|it| {
        let (mut browser, id) = (alice.clone(), host.url(&format!("/{it}.json")));
        async move { browser.authorize(&[("client_id", &id), ("scope", "read")]).await }
    });
    let other = async {
        while host.hits() < 4 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        host.delay(Duration::ZERO);
        let id = host.url("/client.json");
        bob.authorize(&[("client_id", &id), ("scope", "read")]).await
    };
    let (pages, page) = tokio::join!(futures_util::future::join_all(slow), other);
    assert!(page.is_consent(), "{page:?}");
    assert_eq!(pages.iter().filter(|it| it.status == 503).count(), 36);
}

#[tokio::test]
async fn a117_a_stranger_cannot_make_the_server_ask() {
    let host = DocumentHost::start().await;
    let world = world().await;
    let id = host.url("/client.json");
    let code = [("grant_type", "authorization_code"), ("code", "x"), ("client_id", &*id)];
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", "x"), ("client_id", &*id)];
    let pushed = [("response_type", "code"), ("client_id", &*id)];
    for (path, pairs) in [("/token", &code[..]), ("/token", &refresh), ("/par", &pushed)] {
        let answer = world.post(path, &form(pairs)).await;
        assert_eq!(answer.error(), "invalid_client", "{path}");
    }
    assert_eq!(host.hits(), 0);
    // What a user has allowed is not a stranger's; when that is over, it is one again.
    let code = world.code(&id, "read").await;
    world.redeem(&code).await.ok();
    assert_eq!(host.hits(), 1);
    let reason = auth_server::store::RevocationReason::ConsentWithdrawn;
    world.store.revoke_grant(&code.grant.id, reason, world.now()).await.unwrap();
    world.clock.advance(2 * 24 * 3600);
    assert_eq!(world.post("/token", &form(&refresh)).await.error(), "invalid_client");
    assert_eq!(host.hits(), 1);
}

#[tokio::test]
async fn a117_a_stranger_causes_one_fetch_in_a_while_where_a_user_has_allowed_something() {
    let host = DocumentHost::start().await;
    let world = world().await;
    let id = host.url("/client.json");
    assert!(is_accepted(&world, &id).await);
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", "x"), ("client_id", &*id)];
    let own = document(&id).to_string();
    for (status, body, error) in [
        // The client is used as it was known before.
        (StatusCode::BAD_GATEWAY, "", "invalid_grant"),
        // It is gone.
        (StatusCode::NOT_FOUND, "", "invalid_client"),
        (StatusCode::OK, "{", "invalid_client"),
        (StatusCode::CREATED, &own, "invalid_client"),
    ] {
        world.clock.advance(600);
        let body = body.to_owned();
        host.answer(move |_| {
            (status, [("content-type", "application/json")], body.clone()).into_response()
        });
        let before = host.hits();
        for _ in 0..20 {
            assert_eq!(world.post("/token", &form(&refresh)).await.error(), error, "{status}");
        }
        assert_eq!(host.hits(), before + 1, "{status}");
        world.clock.advance(COOL_DOWN);
        assert_eq!(world.post("/token", &form(&refresh)).await.error(), error, "{status}");
        assert_eq!(host.hits(), before + 2, "{status}");
    }
    host.publish(document(&id));
    world.clock.advance(COOL_DOWN);
    assert!(is_accepted(&world, &id).await);
}

#[tokio::test]
async fn a118_an_error_is_never_kept() {
    let host = DocumentHost::start().await;
    let world = world().await;
    let id = host.url("/client.json");
    let cached = [("cache-control", "max-age=3600"), ("content-type", "application/json")];
    for wrong in [
        (StatusCode::NOT_FOUND, cached, "{}".to_owned()),
        (StatusCode::INTERNAL_SERVER_ERROR, cached, "{}".to_owned()),
        (StatusCode::OK, cached, "{".to_owned()),
        (StatusCode::OK, cached, document(&host.url("/other.json")).to_string()),
    ] {
        host.answer(move |_| wrong.clone().into_response());
        let before = host.hits();
        assert!(!is_accepted(&world, &id).await);
        assert!(!is_accepted(&world, &id).await);
        assert_eq!(host.hits(), before + 2);
    }
    host.publish(document(&id));
    assert!(is_accepted(&world, &id).await);
}

#[tokio::test]
async fn a118_a_document_is_kept_as_it_says_within_a_minute_and_a_day() {
    let host = DocumentHost::start().await;
    for (cache, kept_for) in [
        ("", 600),
        ("no-store", 60),
        ("max-age=1", 60),
        ("max-age=300", 300),
        ("public, max-age=31536000", 24 * 3600),
    ] {
        let (world, id) = (world().await, host.url("/client.json"));
        let own = document(&id).to_string();
        host.answer(move |_| {
            let headers = [("content-type", "application/json"), ("cache-control", cache)];
            (headers, own.clone()).into_response()
        });
        let before = host.hits();
        assert!(is_accepted(&world, &id).await);
        world.clock.advance(kept_for - 1);
        assert!(is_accepted(&world, &id).await);
        assert_eq!(host.hits(), before + 1, "{cache}");
        world.clock.advance(1);
        assert!(is_accepted(&world, &id).await);
        assert_eq!(host.hits(), before + 2, "{cache}");
        // A host that is down for a while ends nothing, and after a day it does.
        host.answer(|_| StatusCode::BAD_GATEWAY.into_response());
        world.clock.advance(kept_for);
        let is_within_a_day = kept_for < 24 * 3600;
        assert_eq!(is_accepted(&world, &id).await, is_within_a_day, "{cache}");
        // One that says that there is no such client does.
        host.answer(|_| StatusCode::NOT_FOUND.into_response());
        world.clock.advance(COOL_DOWN);
        assert!(!is_accepted(&world, &id).await, "{cache}");
    }
}

#[tokio::test]
async fn a110_a_client_with_a_document_has_no_more_than_the_setting() {
    let host = DocumentHost::start().await;
    let world = world().await;
    let id = host.url("/client.json");
    // Its document names `write`, and the setting does not: not even a grant brings it.
    let code =
        world.code_with(&id, "read", |grant, _| grant.resources = vec![API.to_owned()]).await;
    let tokens = world.redeem(&code).await.ok();
    assert_eq!(tokens["scope"], "read");
    let own = form(&[("grant_type", "client_credentials"), ("client_id", &id)]);
    assert_eq!(world.post("/token", &own).await.error(), "unauthorized_client");
}

/// A client of the settings with its keys at this address, and a serial number for what it signs.
struct RemoteClient {
    world: World,
    serial: AtomicUsize,
}

impl RemoteClient {
    async fn new(uri: &str) -> Self {
        let client = Client::with_keys("remote", ClientKeys::At(uri.to_owned()))
            .grant_types([GrantType::ClientCredentials])
            .scopes(["read"])
            .resources([API]);
        let change = |builder: auth_server::AuthorizationServerBuilder| {
            builder.client(client).client_id_metadata_documents(documents())
        };
        Self { world: World::with(change).await, serial: AtomicUsize::new(0) }
    }

    fn key(&self, kid: &str) -> TestIssuer {
        let issuer = TestIssuer::new("remote", ISSUER).unwrap().with_key_id(kid).unwrap();
        issuer.with_clock(self.world.clock.clone())
    }

    async fn ask(&self, key: &TestIssuer) -> Answer {
        let assertion = key
            .token("remote")
            .header("typ", "client-authentication+jwt")
            .claim("jti", format!("{}", self.serial.fetch_add(1, Ordering::SeqCst)))
            .lifetime(Duration::from_mins(1))
            .sign()
            .unwrap();
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        let pairs = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", kind),
            ("client_assertion", &*assertion),
        ];
        self.world.post("/token", &form(&pairs)).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a98_slow_documents_keep_no_client_of_the_settings_from_its_keys() {
    let host = DocumentHost::start().await;
    let remote = RemoteClient::new(&host.url("/jwks.json")).await;
    let key = remote.key("one");
    host.delay(Duration::from_secs(2));
    let slow = (0..40).map(|it| {
        let (world, id) = (&remote.world, host.url(&format!("/{it}.json")));
        async move { redeem(world, &id).await }
    });
    let own = async {
        while host.hits() < 16 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        host.delay(Duration::ZERO);
        host.publish(serde_json::from_str(&key.jwks_json()).unwrap());
        remote.ask(&key).await
    };
    let (_, own) = tokio::join!(futures_util::future::join_all(slow), own);
    own.ok();
}

#[tokio::test]
async fn a98_keys_at_an_address_are_kept_and_fetched_again_for_an_unknown_kid() {
    let host = DocumentHost::start().await;
    let remote = RemoteClient::new(&host.url("/jwks.json")).await;
    let (world, key) = (&remote.world, |kid: &str| remote.key(kid));
    let ask = async |key: &TestIssuer| remote.ask(key).await;
    let (one, two, stranger) = (key("one"), key("two"), key("three"));
    let publish = |key: &TestIssuer| host.publish(serde_json::from_str(&key.jwks_json()).unwrap());
    publish(&one);
    ask(&one).await.ok();
    ask(&one).await.ok();
    assert_eq!(host.hits(), 1);
    // The client has changed its key: the new `kid` brings it, after the cool-down.
    publish(&two);
    assert_eq!(ask(&two).await.error(), "invalid_client");
    assert_eq!(host.hits(), 1);
    world.clock.advance(31);
    ask(&two).await.ok();
    assert_eq!(host.hits(), 2);
    assert_eq!(ask(&one).await.error(), "invalid_client");
    // Unknown `kid`s are no way to have the host asked as often as one likes.
    for _ in 0..10 {
        assert_eq!(ask(&stranger).await.error(), "invalid_client");
    }
    assert_eq!(host.hits(), 2);
    // A host that cannot be reached ends nothing for a day.
    host.answer(|_| StatusCode::BAD_GATEWAY.into_response());
    world.clock.advance(3600);
    ask(&two).await.ok();
    world.clock.advance(24 * 3600);
    // It is the host that fails, not the client, also while it is not asked again.
    for _ in 0..2 {
        assert_eq!(ask(&two).await.refusal(), (503, "temporarily_unavailable".to_owned()));
    }
}

async fn house() -> House {
    House::with(|builder| builder.client_id_metadata_documents(documents())).await
}

#[tokio::test]
async fn a117_a_document_is_fetched_after_the_sign_in_and_no_browser_is_redirected_before() {
    let host = DocumentHost::start().await;
    let house = house().await;
    let id = host.url("/client.json");
    let mut browser = house.browser();
    for changes in [
        &[("client_id", &*id), ("scope", "read")][..],
        &[("client_id", &id), ("scope", "admin")],
        &[("client_id", &id), ("redirect_uri", "https://evil.example/")],
        &[("client_id", &id), ("response_type", "token")],
        &[("client_id", &id), ("code_challenge", "")],
    ] {
        let page = browser.authorize(changes).await;
        assert!(page.is_sign_in() && page.status == 200, "{changes:?} {page:?}");
        assert_eq!(page.location(), "");
    }
    let silent = browser.authorize(&[("client_id", &id), ("prompt", "none")]).await;
    assert!(silent.is_error_page());
    assert_eq!(host.hits(), 0);
    let page = browser.authorize(&[("client_id", &id), ("scope", "read")]).await;
    let page = browser.sign_in(&page, "alice").await;
    assert!(page.is_consent(), "{page:?}");
    assert_eq!(host.hits(), 1);
    // Now that it is known, its redirect URI counts.
    let evil = [("client_id", &*id), ("redirect_uri", "https://evil.example/")];
    assert!(browser.authorize(&evil).await.is_error_page());
    let refused = browser.authorize(&[("client_id", &id), ("scope", "admin")]).await;
    assert_eq!(refused.sent_error(), "invalid_scope");
    // One that does not describe itself is no client.
    host.publish(document(&host.url("/other.json")));
    // A user who has signed in does not wait after a failure.
    for hits in [2, 3] {
        let page = browser.authorize(&[("client_id", &host.url("/mallory.json"))]).await;
        assert!(page.is_error_page(), "{page:?}");
        assert_eq!(host.hits(), hits);
    }
}

#[tokio::test]
async fn a119_the_consent_shows_both_hosts_and_warns_of_programs_on_the_device() {
    let host = DocumentHost::start().await;
    let house = house().await;
    let mut browser = house.signed_in("alice").await;
    let id = host.url("/client.json");
    let page = browser.authorize(&[("client_id", &id), ("scope", "read")]).await;
    assert!(page.is_consent());
    assert!(page.text().contains("<code>127.0.0.1</code>"), "{}", page.text());
    assert!(page.text().contains("<code>app.example.com</code>"), "{}", page.text());
    assert!(!page.text().contains("program on your device"));
    let native = host.url("/native.json");
    let redirect_uris = json!(["http://localhost/callback", "http://127.0.0.1/callback"]);
    host.publish(document_with(&native, json!({"redirect_uris": redirect_uris})));
    let asked = [
        ("client_id", &*native),
        ("redirect_uri", "http://localhost:3118/callback"),
        ("scope", "read"),
    ];
    let page = browser.authorize(&asked).await;
    assert!(page.text().contains("<code>localhost:3118</code>"), "{}", page.text());
    assert!(page.text().contains("program on your device"));
}

#[tokio::test]
async fn a119_a_name_cannot_hide_what_the_page_shows() {
    let host = DocumentHost::start().await;
    let house = house().await;
    let mut browser = house.signed_in("alice").await;
    let id = host.url("/client.json");
    let name = format!("\u{202e}<script>alert(1)</script>\u{200b}{}", "x".repeat(1_000));
    host.publish(document_with(&id, json!({"client_name": name})));
    let page = browser.authorize(&[("client_id", &id), ("scope", "read")]).await;
    let text = page.text();
    assert!(page.is_consent() && text.contains("&lt;script&gt;"));
    assert!(!text.contains("<script>") && !text.contains('\u{202e}') && !text.contains('\u{200b}'));
    assert!(!text.contains(&"x".repeat(200)));
}

#[tokio::test]
async fn a121_a_logo_is_not_shown_or_fetched() {
    let host = DocumentHost::start().await;
    let house = house().await;
    let mut browser = house.signed_in("alice").await;
    let (id, logo) = (host.url("/client.json"), host.url("/logo.png"));
    let changes =
        json!({"logo_uri": logo, "tos_uri": host.url("/tos"), "policy_uri": host.url("/p")});
    host.publish(document_with(&id, changes));
    let page = browser.authorize(&[("client_id", &id), ("scope", "read")]).await;
    assert!(page.is_consent());
    assert!(!page.text().contains("logo") && !page.text().contains("<img"));
    assert!(!page.header("content-security-policy").contains("http:"));
    assert_eq!(host.hits(), 1);
}

#[tokio::test]
async fn a24_other_redirect_uris_or_keys_in_a_document_ask_the_user_again() {
    let host = DocumentHost::start().await;
    let house = house().await;
    let mut browser = house.signed_in("alice").await;
    let id = host.url("/client.json");
    host.publish(document_with(&id, json!({"redirect_uris": [super::support::CALLBACK]})));
    let asked = [("client_id", &*id), ("scope", "read")];
    let page = browser.authorize(&asked).await;
    assert!(page.is_consent());
    let answer = browser.submit(&page, &[("decision", "allow")]).await;
    let code = answer.code().unwrap();
    assert!(browser.authorize(&asked).await.code().is_some());
    // Another name is no other client.
    let redirect_uris = json!([super::support::CALLBACK]);
    host.publish(document_with(&id, json!({"redirect_uris": redirect_uris, "client_name": "New"})));
    house.clock.advance(601);
    assert!(browser.authorize(&asked).await.code().is_some());
    for changes in [
        json!({"redirect_uris": [super::support::CALLBACK, "https://new.example.com/"]}),
        json!({"redirect_uris": redirect_uris, "token_endpoint_auth_method": "private_key_jwt",
            "jwks_uri": host.url("/jwks")}),
    ] {
        host.publish(document_with(&id, changes));
        house.clock.advance(601);
        assert!(browser.authorize(&asked).await.is_consent());
    }
    drop(code);
}

#[tokio::test]
async fn a114_a_client_with_a_document_goes_all_the_way() {
    let host = DocumentHost::start().await;
    let house = house().await;
    let mut browser = house.signed_in("alice").await;
    let id = host.url("/client.json");
    let page = browser.authorize(&[("client_id", &id), ("scope", "read")]).await;
    let answer = browser.submit(&page, &[("decision", "allow")]).await;
    let (code, verifier) = (answer.code().unwrap(), super::support::VERIFIER);
    let redeem = form(&[
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("code_verifier", verifier),
        ("client_id", &id),
        ("redirect_uri", super::support::CALLBACK),
    ]);
    let tokens = house.world.post("/token", &redeem).await.ok();
    assert_eq!(tokens["scope"], "read");
    let claims = super::support::claims_of(tokens["access_token"].as_str().unwrap());
    assert_eq!((&claims["client_id"], &claims["aud"]), (&json!(id), &json!(API)));
    let refresh = tokens["refresh_token"].as_str().unwrap();
    house.world.refresh(&id, refresh).await.ok();
    let metadata = house.world.get("/.well-known/oauth-authorization-server").await.ok();
    assert_eq!(metadata["client_id_metadata_document_supported"], true);
}
