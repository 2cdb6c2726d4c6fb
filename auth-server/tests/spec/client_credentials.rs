//! Tokens of clients' own: requirements 63, 64, 79, 80, 82 and 84.

use auth_server::{Client, ClientSecret, GrantType};

use super::support::{API, FILES, SECRET, World, basic, claims_of, form};

fn ask(more: &[(&str, &str)]) -> String {
    let mut pairs = vec![("grant_type", "client_credentials")];
    pairs.extend(more);
    form(&pairs)
}

#[tokio::test]
async fn a63_only_clients_that_authenticate_have_tokens_of_their_own_and_nothing_to_refresh() {
    let world = World::new().await;
    let tokens = world.post_as("worker", "/token", &ask(&[])).await.ok();
    assert!(tokens.get("refresh_token").is_none() && tokens.get("id_token").is_none());
    assert_eq!(tokens["token_type"], "Bearer");
    let answer = world.post("/token", &ask(&[("client_id", "spa")])).await;
    assert_eq!(answer.refusal(), (400, "unauthorized_client".to_owned()));
    // Not even where the settings would allow it.
    let client = Client::public("public").grant_types([GrantType::ClientCredentials]);
    let issuer = super::support::ISSUER;
    let builder = auth_server::AuthorizationServer::builder(issuer).client(client);
    let error = builder.build().await.unwrap_err().to_string();
    assert!(error.contains("the client `public` is public"), "{error}");
}

#[tokio::test]
async fn a64_no_user_has_the_subject_of_a_client() {
    let world = World::new().await;
    let http = world.serve().await;
    let header = basic("worker", SECRET);
    let tokens = http.post("/token", &ask(&[]), &[("authorization", &header)]).await.ok();
    let claims = claims_of(tokens["access_token"].as_str().unwrap());
    let subject = claims["sub"].as_str().unwrap().to_owned();
    assert_eq!(claims["client_id"], "worker");
    // An account that is called like the client gets no token at all.
    let code = world.code_with("spa", "read", |grant, _| grant.subject = subject).await;
    let answer = http.post("/token", &code.form(&[("client_id", "spa")]), &[]).await;
    assert!(!answer.status.is_success(), "{}", answer.text());
}

#[tokio::test]
async fn a79_a_token_is_for_the_resource_that_is_asked_for_or_the_first() {
    let world = World::new().await;
    let tokens = world.post_as("worker", "/token", &ask(&[])).await.ok();
    assert_eq!(claims_of(tokens["access_token"].as_str().unwrap())["aud"], API);
    let files = world.post_as("worker", "/token", &ask(&[("resource", FILES)])).await.ok();
    assert!(!files["access_token"].as_str().unwrap().contains('.'));
    let said = world.introspect(files["access_token"].as_str().unwrap()).await;
    assert_eq!(said["aud"], FILES);
}

#[tokio::test]
async fn a80_a_token_has_the_scopes_that_were_granted_and_the_roles_of_its_client() {
    let world = World::new().await;
    let tokens = world.post_as("worker", "/token", &ask(&[("scope", "read")])).await.ok();
    let claims = claims_of(tokens["access_token"].as_str().unwrap());
    assert_eq!((&claims["scope"], &tokens["scope"]), (&"read".into(), &"read".into()));
    assert_eq!(claims["roles"], serde_json::json!(["auditor"]));
    let all = world.post_as("worker", "/token", &ask(&[])).await.ok();
    assert_eq!(all["scope"], "read write");
    for scope in ["admin", "nothing", "openid", "offline_access read", "files", "read admin"] {
        let answer = world.post_as("worker", "/token", &ask(&[("scope", scope)])).await;
        assert_eq!(answer.refusal(), (400, "invalid_scope".to_owned()), "{scope}");
    }
}

#[tokio::test]
async fn a82_a_resource_is_known_and_the_clients() {
    let world = World::new().await;
    let http = world.serve().await;
    let header = basic("worker", SECRET);
    for resource in [
        "https://evil.example",
        "https://api.example.com.evil.example",
        "https://api.example.com/orders",
        "https://api.example.com#a",
        "https://api.example.com?a=b",
        "api",
        "//api.example.com",
        "https://api.example.com:443",
    ] {
        let form = ask(&[("resource", resource)]);
        let answer = http.post("/token", &form, &[("authorization", &header)]).await;
        assert_eq!(answer.refusal(), (400, "invalid_target".to_owned()), "{resource}");
    }
    let world = World::with(|builder| {
        let client = Client::confidential("narrow", ClientSecret::new(SECRET));
        let client = client.grant_types([GrantType::ClientCredentials]).scopes(["read"]);
        builder.client(client.resources([API]))
    })
    .await;
    let answer = world.post_as("narrow", "/token", &ask(&[("resource", FILES)])).await;
    assert_eq!(answer.refusal(), (400, "invalid_target".to_owned()));
}

#[tokio::test]
async fn a84_scheme_and_host_of_a_resource_are_of_any_case() {
    let world = World::new().await;
    for resource in ["HTTPS://API.EXAMPLE.COM", "https://api.example.com/"] {
        let tokens = world.post_as("worker", "/token", &ask(&[("resource", resource)])).await;
        assert_eq!(claims_of(tokens.ok()["access_token"].as_str().unwrap())["aud"], API);
    }
}
