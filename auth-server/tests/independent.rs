//! Clients that others wrote, against the program: the crates `openidconnect` and `oauth2`.

#![cfg(test)]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use oauth2::basic::BasicClient;
use oauth2::{
    AuthType, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse,
    IntrospectionUrl, PkceCodeChallenge, RedirectUrl, RefreshToken, RevocationUrl, Scope,
    StandardRevocableToken, TokenIntrospectionResponse as _, TokenResponse as _, TokenUrl,
};
use openidconnect::core::{CoreAuthenticationFlow, CoreClient, CoreProviderMetadata};
use openidconnect::{AccessTokenHash, IssuerUrl, Nonce, TokenResponse as _};
use url::Url;

const CALLBACK: &str = "https://client.test/callback";
const SECRET: &str = "web-secret-0123456789abcdef0123456789abcdef";
const SERVER: &str = r#"
listen = "127.0.0.1:0"
database = "sqlite::memory:"

[lifetimes]
refresh_retry_window = "0s"

[[resource]]
uri = "https://api.test"
scopes = ["read", "write"]

[[resource]]
uri = "https://opaque.test"
scopes = ["read"]
access_tokens = "opaque"

[[client]]
id = "public"
redirect_uris = ["https://client.test/callback"]
scopes = ["openid", "offline_access", "profile", "email", "read", "write"]
resources = ["https://api.test"]

[[client]]
id = "web app"
secret = "web-secret-0123456789abcdef0123456789abcdef"
authentication = "client_secret_basic"
redirect_uris = ["https://client.test/callback"]
grants = ["authorization_code", "refresh_token", "client_credentials"]
scopes = ["openid", "offline_access", "read"]
resources = ["https://opaque.test"]
introspect = ["https://opaque.test"]
consent = "first_party"

[[user]]
username = "alice"
password = "correct horse battery staple"
email = "alice@example.com"
"#;

/// The program, until it is dropped.
struct Program {
    child: Child,
    issuer: String,
}

impl Program {
    fn start(name: &str) -> Self {
        let file =
            std::env::temp_dir().join(format!("independent-{}-{name}.toml", std::process::id()));
        std::fs::write(&file, SERVER).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_auth-server"))
            .args(["serve", "--config"])
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        std::fs::remove_file(&file).unwrap();
        let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
        Self { child, issuer: ready["issuer"].as_str().unwrap().to_owned() }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn http() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap()
}

/// The HTTP client of both crates.
async fn send(request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
    let mut request = reqwest::Request::try_from(request)?;
    let _ = request.url_mut().set_scheme("http");
    let answer = http().execute(request).await?;
    let mut response = HttpResponse::new(Vec::new());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    *response.body_mut() = answer.bytes().await?.to_vec();
    Ok(response)
}

/// The value of an attribute of a tag.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    let (value, _) = rest.split_once('"')?;
    Some(
        value
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&"),
    )
}

/// A browser that signs in alice and allows what a client asks for; gives the query that the client gets.
async fn authorize(url: Url) -> BTreeMap<String, String> {
    let http = http();
    let mut cookies = BTreeMap::new();
    let mut request = http.get(url.clone());
    let mut at = url;
    for _ in 0..8 {
        let cookie: Vec<String> =
            cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let answer = request.header("cookie", cookie.join("; ")).send().await.unwrap();
        for set in answer.headers().get_all("set-cookie") {
            let pair = set.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            cookies.insert(name.to_owned(), value.to_owned());
        }
        if let Some(location) = answer.headers().get("location") {
            let next = at.join(location.to_str().unwrap()).unwrap();
            if next.origin() != at.origin() {
                assert!(next.as_str().starts_with(CALLBACK), "{next}");
                return next.query_pairs().into_owned().collect();
            }
            request = http.get(next.clone());
            at = next;
            continue;
        }
        let status = answer.status();
        let page = answer.text().await.unwrap();
        let form = page
            .split("<form")
            .find(|it| it.contains("name=\"password\"") || it.contains("name=\"decision\""));
        let form = form.unwrap_or_else(|| panic!("no form: {status}\n{page}"));
        let form = form.split("</form>").next().unwrap();
        let mut fields: BTreeMap<String, String> = form
            .split("<input")
            .skip(1)
            .filter_map(|it| {
                Some((attribute(it, "name")?, attribute(it, "value").unwrap_or_default()))
            })
            .collect();
        if fields.contains_key("password") {
            fields.insert("username".to_owned(), "alice".to_owned());
            fields.insert("password".to_owned(), "correct horse battery staple".to_owned());
        } else {
            fields.insert("decision".to_owned(), "allow".to_owned());
        }
        at = at.join(&attribute(form, "action").unwrap_or_default()).unwrap();
        request = http.post(at.clone()).form(&fields);
    }
    panic!("the pages do not end")
}

#[tokio::test]
async fn openidconnect_signs_in_and_checks_the_id_token() {
    let program = Program::start("openidconnect");
    let issuer = IssuerUrl::new(program.issuer.clone()).unwrap();
    let metadata = CoreProviderMetadata::discover_async(issuer, &send).await.unwrap();
    let client = CoreClient::from_provider_metadata(metadata, ClientId::new("public".into()), None)
        .set_redirect_uri(RedirectUrl::new(CALLBACK.into()).unwrap());
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state, nonce) = client
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            CsrfToken::new_random,
            Nonce::new_random,
        )
        .add_scopes(["offline_access", "email", "read"].map(|it| Scope::new(it.into())))
        .set_pkce_challenge(challenge)
        .url();
    let answer = authorize(url).await;
    assert_eq!(answer["state"], *state.secret());
    assert_eq!(answer["iss"], program.issuer);
    let tokens = client
        .exchange_code(AuthorizationCode::new(answer["code"].clone()))
        .unwrap()
        .set_pkce_verifier(verifier)
        .request_async(&send)
        .await
        .unwrap();
    let id_token = tokens.id_token().expect("an ID token");
    let rules = client.id_token_verifier();
    let claims = id_token.claims(&rules, &nonce).unwrap();
    assert!(id_token.claims(&rules, &Nonce::new_random()).is_err(), "another nonce");
    if let Some(hash) = claims.access_token_hash() {
        let found = AccessTokenHash::from_token(
            tokens.access_token(),
            id_token.signing_alg().unwrap(),
            id_token.signing_key(&rules).unwrap(),
        );
        assert_eq!(found.unwrap(), *hash);
    }
    let info: openidconnect::core::CoreUserInfoClaims = client
        .user_info(tokens.access_token().clone(), Some(claims.subject().clone()))
        .unwrap()
        .request_async(&send)
        .await
        .unwrap();
    assert_eq!(info.email().unwrap().as_str(), "alice@example.com");

    let refreshed = client
        .exchange_refresh_token(tokens.refresh_token().unwrap())
        .unwrap()
        .request_async(&send)
        .await
        .unwrap();
    // Without a nonce: it is not repeated.
    let again = refreshed.id_token().unwrap().claims(&rules, |_: Option<&Nonce>| Ok(())).unwrap();
    assert_eq!(again.subject(), claims.subject());
    assert_eq!(again.auth_time(), claims.auth_time());
    assert_ne!(
        refreshed.refresh_token().unwrap().secret(),
        tokens.refresh_token().unwrap().secret()
    );
}

#[tokio::test]
async fn oauth2_obtains_introspects_refreshes_and_revokes() {
    let program = Program::start("oauth2");
    let metadata: serde_json::Value = http()
        .get(format!("{}/.well-known/oauth-authorization-server", program.issuer))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let endpoint = |name: &str| metadata[name].as_str().unwrap().to_owned();
    // The crate revokes over TLS alone, and loopback has no TLS: `send` goes back to HTTP.
    let revocation = endpoint("revocation_endpoint").replace("http://", "https://");
    let client = BasicClient::new(ClientId::new("web app".into()))
        .set_client_secret(ClientSecret::new(SECRET.into()))
        .set_auth_uri(oauth2::AuthUrl::new(endpoint("authorization_endpoint")).unwrap())
        .set_token_uri(TokenUrl::new(endpoint("token_endpoint")).unwrap())
        .set_introspection_url(IntrospectionUrl::new(endpoint("introspection_endpoint")).unwrap())
        .set_revocation_url(RevocationUrl::new(revocation).unwrap())
        .set_redirect_uri(RedirectUrl::new(CALLBACK.into()).unwrap())
        .set_auth_type(AuthType::BasicAuth);

    // For itself.
    let own = client
        .exchange_client_credentials()
        .add_scope(Scope::new("read".into()))
        .request_async(&send)
        .await
        .unwrap();
    assert!(own.refresh_token().is_none());
    let said = client.introspect(own.access_token()).request_async(&send).await.unwrap();
    assert!(said.active());

    // For a user.
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, _) = client
        .authorize_url(CsrfToken::new_random)
        .add_scopes(["offline_access", "read"].map(|it| Scope::new(it.into())))
        .set_pkce_challenge(challenge)
        .url();
    let answer = authorize(url).await;
    let tokens = client
        .exchange_code(AuthorizationCode::new(answer["code"].clone()))
        .set_pkce_verifier(verifier)
        .request_async(&send)
        .await
        .unwrap();
    let said = client.introspect(tokens.access_token()).request_async(&send).await.unwrap();
    assert!(said.active());
    assert_eq!(said.client_id().unwrap().as_str(), "web app");

    let spent = tokens.refresh_token().unwrap();
    let next = client.exchange_refresh_token(spent).request_async(&send).await.unwrap();
    let successor = next.refresh_token().unwrap();
    assert_ne!(successor.secret(), spent.secret());
    client
        .revoke_token(StandardRevocableToken::RefreshToken(RefreshToken::new(
            successor.secret().clone(),
        )))
        .unwrap()
        .request_async(&send)
        .await
        .unwrap();
    assert!(client.exchange_refresh_token(successor).request_async(&send).await.is_err());
    let said = client.introspect(next.access_token()).request_async(&send).await.unwrap();
    assert!(!said.active());
}
