//! Clients that register themselves: requirements 106 to 112 and 120.

use std::net::SocketAddr;

use auth_accounts::store::Limit;
use auth_server::store::AuthorizationStore as _;
use auth_server::{ClientSecret, DynamicRegistration, SigningAlgorithm, SigningKeys};
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{Method, Request};
use serde_json::{Value, json};

use super::support::{Answer, CALLBACK, World, form, header_of};

fn open() -> DynamicRegistration {
    DynamicRegistration::open().max_scopes(["openid", "offline_access", "read"])
}

async fn world() -> World {
    world_with(open()).await
}

async fn world_with(registration: DynamicRegistration) -> World {
    World::with(|builder| builder.dynamic_registration(registration)).await
}

impl World {
    async fn send_json(&self, method: Method, path: &str, token: &str, body: &str) -> Answer {
        let mut request =
            Request::builder().method(method).uri(path).header("content-type", "application/json");
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        self.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    pub(super) async fn register(&self, metadata: &Value) -> Answer {
        self.send_json(Method::POST, "/register", "", &metadata.to_string()).await
    }

    pub(super) async fn manage(&self, method: Method, client: &Value, body: &Value) -> Answer {
        let path = format!("/register/{}", client["client_id"].as_str().unwrap());
        let token = client["registration_access_token"].as_str().unwrap();
        self.send_json(method, &path, token, &body.to_string()).await
    }

    /// Whether the client of a registration is known.
    async fn knows(&self, client: &Value) -> bool {
        let id = client["client_id"].as_str().unwrap();
        let code = self.code(id, "read").await;
        let secret = client["client_secret"].as_str().unwrap_or_default();
        let mut more = vec![("client_id", id)];
        if client["token_endpoint_auth_method"] == "client_secret_post" {
            more.push(("client_secret", secret));
        }
        let answer = self.post("/token", &code.form(&more)).await;
        answer.status.is_success() || answer.error() != "invalid_client"
    }
}

fn public() -> Value {
    json!({"redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none"})
}

#[tokio::test]
async fn a106_there_is_no_registration_unless_it_is_turned_on() {
    let world = World::new().await;
    assert_eq!(world.register(&public()).await.status, 404);
    let metadata = world.get("/.well-known/oauth-authorization-server").await.ok();
    assert_eq!(metadata.get("registration_endpoint"), None);
    let world = super::registration::world().await;
    let metadata = world.get("/.well-known/oauth-authorization-server").await.ok();
    assert_eq!(metadata["registration_endpoint"], "https://id.example.com/register");
}

#[tokio::test]
async fn a106_a_registration_is_short_and_has_few_uris() {
    let world = world().await;
    let mut metadata = public();
    metadata["padding"] = json!("x".repeat(16 * 1024));
    assert_eq!(world.register(&metadata).await.refusal(), (400, "invalid_request".to_owned()));
    for (count, status) in [(10, 201), (11, 400)] {
        let uris: Vec<String> = (0..count).map(|it| format!("https://a.example/{it}")).collect();
        let mut metadata = public();
        metadata["redirect_uris"] = json!(uris);
        assert_eq!(world.register(&metadata).await.status, status);
    }
    for (kind, body) in [("text/plain", "{}"), ("application/x-www-form-urlencoded", "a=b")] {
        let request = Request::post("/register").header("content-type", kind);
        let answer = world.send(request.body(Body::from(body)).unwrap()).await;
        assert_eq!(answer.refusal(), (400, "invalid_request".to_owned()));
    }
    for body in ["", "{", "[]", "null", "\"text\""] {
        let answer = world.send_json(Method::POST, "/register", "", body).await;
        assert_eq!(answer.refusal(), (400, "invalid_client_metadata".to_owned()), "{body}");
    }
}

#[tokio::test]
async fn a106_registrations_are_limited_in_time_and_in_number() {
    let limit = Limit { attempts: 3, window_seconds: 3600 };
    let world = world_with(open().registrations(Some(limit))).await;
    for _ in 0..2 {
        world.register(&public()).await.ok();
    }
    // One that fails counts, too.
    assert_eq!(world.register(&json!({})).await.status, 400);
    let answer = world.register(&public()).await;
    assert_eq!(answer.header("retry-after"), "3600");
    assert_eq!(answer.refusal(), (429, "temporarily_unavailable".to_owned()));
    world.clock.advance(3600);
    world.register(&public()).await.ok();
    let world = world_with(open().max_clients(2)).await;
    for _ in 0..2 {
        world.register(&public()).await.ok();
    }
    let answer = world.register(&public()).await;
    assert_eq!(answer.refusal(), (503, "temporarily_unavailable".to_owned()));
}

#[tokio::test]
async fn a106_one_network_cannot_use_up_the_registrations_of_all_others() {
    let limit = Limit { attempts: 2, window_seconds: 3600 };
    let world = world_with(open().registrations(Some(limit))).await;
    let register = async |address: String| {
        let peer = SocketAddr::new(address.parse().unwrap(), 50_000);
        let request = Request::post("/register")
            .extension(ConnectInfo(peer))
            .header("content-type", "application/json")
            .body(Body::from(public().to_string()));
        world.send(request.unwrap()).await.status.as_u16()
    };
    for (address, status) in [
        ("2001:db8::1", 201),
        ("2001:db8::2", 201),
        ("2001:db8::3", 429),
        ("2001:db8::4", 429),
        ("192.0.2.1", 201),
    ] {
        assert_eq!(register(address.to_owned()).await, status, "{address}");
    }
    // All together have ten times as many: what was refused before is not among them.
    for number in 0..17 {
        assert_eq!(register(format!("198.51.100.{number}")).await, 201, "{number}");
    }
    assert_eq!(register("198.51.100.17".to_owned()).await, 429);
    world.clock.advance(3600);
    assert_eq!(register("2001:db8::1".to_owned()).await, 201);
}

#[tokio::test]
async fn a123_a_client_hears_what_signs_its_id_tokens_where_there_is_no_rs256() {
    let keys = SigningKeys::default().algorithms([SigningAlgorithm::Es256]);
    let world = World::with(|it| it.signing_keys(keys).dynamic_registration(open())).await;
    let metadata = world.get("/.well-known/openid-configuration").await.ok();
    assert_eq!(metadata["id_token_signing_alg_values_supported"], json!(["ES256"]));
    for algorithm in [None, Some("RS256"), Some("ES256")] {
        let mut metadata = public();
        metadata["id_token_signed_response_alg"] = json!(algorithm);
        let client = world.register(&metadata).await.ok();
        assert_eq!(client["id_token_signed_response_alg"], "ES256", "{algorithm:?}");
        let id = client["client_id"].as_str().unwrap();
        let code = world.code(id, "openid").await;
        let tokens = world.post("/token", &code.form(&[("client_id", id)])).await.ok();
        let header = header_of(tokens["id_token"].as_str().unwrap());
        assert_eq!(header["alg"], "ES256", "{algorithm:?}");
    }
}

#[tokio::test]
async fn a106_a_client_that_is_not_used_is_forgotten() {
    let world = world().await;
    let unused = world.register(&public()).await.ok();
    let used = world.register(&public()).await.ok();
    world.clock.advance(3_599);
    assert!(world.knows(&used).await);
    world.clock.advance(1);
    assert!(!world.knows(&unused).await);
    assert_eq!(world.manage(Method::GET, &unused, &json!({})).await.status, 401);
    let (month, id) = (30 * 24 * 3600, used["client_id"].as_str().unwrap());
    world.clock.advance(month - 3_600);
    assert!(world.knows(&used).await);
    world.clock.advance(month);
    assert!(!world.knows(&used).await);
    world.store.sweep_authorization(world.now(), 100).await.unwrap();
    assert_eq!(world.store.find_client(id).await.unwrap(), None);
    assert_eq!(world.store.count_clients().await.unwrap(), 0);
}

#[tokio::test]
async fn a106_an_initial_access_token_is_asked_for() {
    let token = "an-initial-access-token-0123456789abcdef";
    let registration = DynamicRegistration::with_initial_access_token(ClientSecret::new(token));
    let world = world_with(registration.max_scopes(["read"])).await;
    let body = public().to_string();
    for wrong in ["", "x", "an-initial-access-token-0123456789abcdeg"] {
        let answer = world.send_json(Method::POST, "/register", wrong, &body).await;
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
        assert_eq!(answer.refusal(), (401, "invalid_token".to_owned()));
    }
    let client = world.send_json(Method::POST, "/register", token, &body).await.ok();
    // It registers clients, and manages none.
    let path = format!("/register/{}", client["client_id"].as_str().unwrap());
    assert_eq!(world.send_json(Method::GET, &path, token, "").await.status, 401);
}

#[tokio::test]
async fn a107_what_is_registered_is_said_and_secrets_once() {
    let world = world().await;
    let http = world.serve().await;
    let metadata = json!({
        "redirect_uris": [CALLBACK],
        "client_name": "Example Agent",
        "token_endpoint_auth_method": "client_secret_post",
        "grant_types": ["authorization_code", "refresh_token", "implicit", "password"],
        "response_types": ["code", "token"],
        "contacts": ["admin@example.com"],
        "scope": "read write admin",
        "something": {"else": true},
        "logo_uri": null,
    });
    let headers = [("content-type", "application/json"), ("origin", "https://inspector.example")];
    let answer = http.request("POST", "/register", &headers, metadata.to_string().as_bytes()).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    let client = answer.json();
    let id = client["client_id"].as_str().unwrap();
    assert_eq!(client["redirect_uris"], json!([CALLBACK]));
    assert_eq!(client["client_name"], "Example Agent");
    assert_eq!(client["grant_types"], json!(["authorization_code", "refresh_token"]));
    assert_eq!(client["response_types"], json!(["code"]));
    assert_eq!(client["scope"], "openid offline_access read");
    assert_eq!(client["client_id_issued_at"], world.now());
    assert_eq!(client["client_secret_expires_at"], 0);
    assert_eq!(client["registration_client_uri"], format!("https://id.example.com/register/{id}"));
    assert_eq!(client.get("something"), None);
    let secret = client["client_secret"].as_str().unwrap();
    let token = client["registration_access_token"].as_str().unwrap();
    assert!(secret.len() >= 43 && token.len() >= 43);
    let read = world.manage(Method::GET, &client, &json!({})).await;
    assert!(!read.text().contains(secret) && !read.text().contains(token));
    assert_eq!(read.json()["client_name"], "Example Agent");
    // Nor does the store have them.
    let stored = world.store.find_client(id).await.unwrap().unwrap();
    assert!(!stored.metadata.contains(secret) && !stored.metadata.contains(token));
    assert!(world.knows(&client).await);
    let mut other = client.clone();
    other["client_secret"] = json!("another-secret-0123456789abcdef0123456789");
    assert!(!world.knows(&other).await);
}

#[tokio::test]
async fn a107_who_says_little_is_registered_by_the_defaults() {
    let world = world().await;
    let client = world.register(&json!({"redirect_uris": [CALLBACK]})).await.ok();
    assert_eq!(client["token_endpoint_auth_method"], "client_secret_basic");
    assert_eq!(client["grant_types"], json!(["authorization_code", "refresh_token"]));
    assert_eq!(client["scope"], "openid offline_access read");
    let client = world.register(&public()).await.ok();
    assert_eq!(client.get("client_secret"), None);
}

#[tokio::test]
async fn a108_codes_are_sent_to_https_and_loopback_alone() {
    let world = world().await;
    let register = async |uri: &str| {
        world.register(&json!({"redirect_uris": [uri], "token_endpoint_auth_method": "none"})).await
    };
    for uri in [
        "https://app.example.com/callback",
        "https://app.example.com:8443/callback?tenant=a",
        "http://localhost/callback",
        "http://localhost:3334/oauth/callback",
        "http://127.0.0.1:1/",
        "http://[::1]/callback",
    ] {
        assert_eq!(register(uri).await.status, 201, "{uri}");
    }
    let long = format!("https://app.example.com/{}", "a".repeat(2_000));
    for uri in [
        "",
        "/callback",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "ftp://app.example.com/",
        "http://app.example.com/callback",
        "http://localhost.evil.example/callback",
        "http://127.0.0.1.evil.example/callback",
        "http://localhost@evil.example/callback",
        "http://192.168.0.1/callback",
        "https://user@app.example.com/",
        "https://user:password@app.example.com/",
        "https://app.example.com/#fragment",
        "https://app.example.com/#",
        "https://*.example.com/",
        "https://app.example.com/\ncallback",
        "cursor://callback",
        "com.example.app:/callback",
        &long,
    ] {
        let refusal = register(uri).await.refusal();
        assert_eq!(refusal, (400, "invalid_redirect_uri".to_owned()), "{uri}");
    }
    let world = world_with(open().allow_application_schemes()).await;
    let uris = json!({"redirect_uris": ["com.example.app:/callback"]});
    world.register(&uris).await.ok();
    for uri in ["cursor://callback", "javascript:alert(1)", "java.script:alert(1)#a"] {
        let uris = json!({"redirect_uris": [uri]});
        assert_eq!(world.register(&uris).await.error(), "invalid_redirect_uri", "{uri}");
    }
}

#[tokio::test]
async fn a109_the_kind_of_an_application_counts_and_may_be_missing() {
    let world = world().await;
    for (kind, uri, expected) in [
        (None, "http://localhost:1/callback", Ok("native")),
        (None, "https://app.example.com/", Ok("web")),
        (Some("native"), "http://127.0.0.1/callback", Ok("native")),
        (Some("native"), "https://app.example.com/", Ok("native")),
        (Some("web"), "https://app.example.com/", Ok("web")),
        (Some("web"), "http://localhost:1/callback", Err("invalid_redirect_uri")),
        (Some("toaster"), "https://app.example.com/", Err("invalid_client_metadata")),
    ] {
        let mut metadata = json!({"redirect_uris": [uri]});
        if let Some(kind) = kind {
            metadata["application_type"] = json!(kind);
        }
        let answer = world.register(&metadata).await;
        match expected {
            Ok(registered) => assert_eq!(answer.ok()["application_type"], registered, "{uri}"),
            Err(error) => assert_eq!(answer.error(), error, "{kind:?} {uri}"),
        }
    }
}

#[tokio::test]
async fn a110_a_registered_client_has_no_more_scopes_than_open_registration() {
    let world = world().await;
    let mut metadata = public();
    metadata["scope"] = json!("read write admin files");
    let client = world.register(&metadata).await.ok();
    assert_eq!(client["scope"], "openid offline_access read");
    let id = client["client_id"].as_str().unwrap();
    let pushed = |scope: &str| {
        form(&[
            ("client_id", id),
            ("response_type", "code"),
            ("redirect_uri", CALLBACK),
            ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
            ("code_challenge_method", "S256"),
            ("scope", scope),
        ])
    };
    world.post("/par", &pushed("read")).await.ok();
    // One that names few scopes can ask for more of these later: a step-up begins with a registration.
    world.post("/par", &pushed("openid read")).await.ok();
    for scope in ["write", "read write", "admin", "files"] {
        assert_eq!(world.post("/par", &pushed(scope)).await.error(), "invalid_scope", "{scope}");
    }
}

#[tokio::test]
async fn a111_keys_come_in_one_way_and_statements_of_strangers_are_refused() {
    let world = world().await;
    let key = json!({"keys": [{"kty": "EC", "crv": "P-256", "kid": "one",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]});
    let mut private = key.clone();
    private["keys"][0]["d"] = json!("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI");
    let with = |more: Value| {
        let mut metadata = public();
        metadata["token_endpoint_auth_method"] = json!("private_key_jwt");
        metadata.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        metadata
    };
    let uri = "https://app.example.com/jwks";
    world.register(&with(json!({"jwks": key}))).await.ok();
    world.register(&with(json!({"jwks_uri": uri}))).await.ok();
    for wrong in [
        json!({}),
        json!({"jwks": key, "jwks_uri": uri}),
        json!({"jwks": private}),
        json!({"jwks": {"keys": []}}),
        json!({"jwks": {"keys": [{"kty": "oct", "k": "AAAA"}]}}),
        json!({"jwks": "text"}),
        json!({"jwks_uri": "http://app.example.com/jwks"}),
        json!({"jwks_uri": "file:///etc/passwd"}),
    ] {
        let answer = world.register(&with(wrong.clone())).await;
        assert_eq!(answer.refusal(), (400, "invalid_client_metadata".to_owned()), "{wrong}");
    }
    let mut both = public();
    both["jwks"] = key;
    both["jwks_uri"] = json!(uri);
    assert_eq!(world.register(&both).await.error(), "invalid_client_metadata");
    for statement in [json!("eyJhbGciOiJub25lIn0.e30."), json!("text"), json!(7)] {
        let mut metadata = public();
        metadata["software_statement"] = statement;
        let answer = world.register(&metadata).await;
        assert_eq!(answer.refusal(), (400, "invalid_software_statement".to_owned()));
    }
}

#[tokio::test]
async fn a112_a_client_is_managed_by_its_own_token() {
    let world = world().await;
    let (one, other) = (world.register(&public()).await.ok(), world.register(&public()).await.ok());
    let path = |client: &Value| format!("/register/{}", client["client_id"].as_str().unwrap());
    let token = one["registration_access_token"].as_str().unwrap();
    let mut answers = Vec::new();
    for (path, token) in [
        (path(&one), ""),
        (path(&one), "wrong"),
        (path(&one), other["registration_access_token"].as_str().unwrap()),
        (path(&other), token),
        ("/register/AAAAAAAAAAAAAAAAAAAAAAAA".to_owned(), token),
        ("/register/spa".to_owned(), token),
    ] {
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let answer = world.send_json(method.clone(), &path, token, "{}").await;
            assert!(answer.header("www-authenticate").starts_with("Bearer"), "{method} {path}");
            answers.push((answer.status.as_u16(), answer.text()));
        }
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    assert_eq!(answers[0].0, 401);
    // The token in the address is none.
    let in_query = format!("{}?access_token={token}", path(&one));
    assert_eq!(world.send_json(Method::GET, &in_query, "", "").await.status, 401);

    let id = one["client_id"].as_str().unwrap();
    let update = json!({"client_id": id, "redirect_uris": ["https://new.example/"],
        "token_endpoint_auth_method": "none", "client_name": "New"});
    let updated = world.manage(Method::PUT, &one, &update).await.ok();
    assert_eq!(updated["redirect_uris"], json!(["https://new.example/"]));
    assert_eq!(updated["client_id"], id);
    for (member, value) in [
        ("client_id", json!("another")),
        ("client_id", json!(null)),
        ("client_secret", json!("chosen-by-the-client-0123456789abcdef")),
        ("registration_access_token", json!("x")),
        ("registration_client_uri", json!("https://evil.example/")),
        ("client_id_issued_at", json!(1)),
    ] {
        let mut wrong = update.clone();
        wrong[member] = value;
        let answer = world.manage(Method::PUT, &one, &wrong).await;
        assert_eq!(answer.refusal(), (400, "invalid_request".to_owned()), "{member}");
    }
    let mut wrong = update.clone();
    wrong["redirect_uris"] = json!(["http://evil.example/"]);
    let answer = world.manage(Method::PUT, &one, &wrong).await;
    assert_eq!(answer.error(), "invalid_redirect_uri");
    let mut with_secret = update.clone();
    with_secret["token_endpoint_auth_method"] = json!("client_secret_post");
    let secret = world.manage(Method::PUT, &one, &with_secret).await.ok();
    assert!(secret["client_secret"].is_string());
    // It is shown once here, too.
    let again = world.manage(Method::PUT, &one, &with_secret).await.ok();
    assert_eq!(again.get("client_secret"), None);

    let code = world.code(id, "read").await;
    let answer = world.manage(Method::DELETE, &one, &json!({})).await;
    assert_eq!((answer.status.as_u16(), answer.body.len()), (204, 0));
    assert!(!world.knows(&one).await);
    assert!(world.knows(&other).await);
    // Its grants went with it.
    let stored = world.store.find_grant(&code.grant.id).await.unwrap().unwrap();
    assert!(stored.revoked.is_some());
    assert_eq!(world.manage(Method::GET, &one, &json!({})).await.status, 401);
}

#[tokio::test]
async fn a120_an_id_that_the_server_makes_is_no_address() {
    let world = world_with(open().registrations(None)).await;
    for _ in 0..20 {
        let client = world.register(&public()).await.ok();
        let id = client["client_id"].as_str().unwrap();
        assert!(id.bytes().all(|it| it.is_ascii_alphanumeric()) && id.len() >= 22, "{id}");
    }
}
