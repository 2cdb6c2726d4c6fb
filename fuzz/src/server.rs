//! An authorization server in memory, for the targets that send it something.

use std::sync::{LazyLock, Mutex};

use async_trait::async_trait;
use auth_accounts::secret::{Digest, KeyRing};
use auth_accounts::store::{OneTimeStore as _, StoreError};
use auth_core::testing::TestIssuer;
use auth_core::time::FixedClock;
use auth_core::{Authenticator, Scopes};
use auth_server::login::{Login, LoginForm, LoginRequest, LoginSession, LoginStep};
use auth_server::store::{
    Authentication, AuthorizationCode, AuthorizationStore as _, CodeChallenge, Grant, GrantId,
};
use auth_server::{
    AccountClaims, Accounts, AuthorizationServer, Client, ClientKeys, ClientSecret, GrantType,
    Limits, Resource, SigningAlgorithm, SigningKeys,
};
use auth_store::memory::MemoryStore;
use axum::Router;
use axum::body::{Body, Bytes};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

pub const NOW: u64 = 1_800_000_000;
pub const ISSUER: &str = "https://id.test";
pub const API: &str = "https://api.test";
/// The secret of every confidential client.
pub const SECRET: &str = "a secret+of a client: 0123456789%41";
/// The redirect URIs of the client `spa`.
pub const CALLBACKS: [&str; 2] = ["https://app.test/callback?a=b", "http://127.0.0.1/callback"];
/// The only one of the client `native`.
pub const NATIVE: &str = "com.example.app:/callback";
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

#[derive(Clone, Copy, Scopes)]
enum Scope {
    Read,
}

/// There is every user.
struct Everyone;

#[async_trait]
impl Accounts for Everyone {
    async fn claims(&self, _: &str) -> Result<Option<AccountClaims>, StoreError> {
        Ok(Some(AccountClaims::default()))
    }
}

/// The same user is signed in in every browser.
struct SignedIn;

#[async_trait]
impl Login for SignedIn {
    async fn current(&self, _: &LoginRequest<'_>) -> Result<Option<LoginSession>, StoreError> {
        Ok(Some(LoginSession::new("alice", "session-1", NOW - 5).amr(["pwd"])))
    }

    async fn begin(&self, _: &LoginRequest<'_>) -> Result<LoginStep, StoreError> {
        Ok(LoginStep::Password { problem: None })
    }

    async fn answer(
        &self,
        _: &LoginRequest<'_>,
        _: &LoginForm<'_>,
    ) -> Result<LoginStep, StoreError> {
        Ok(LoginStep::Password { problem: None })
    }

    async fn end(&self, _: &LoginRequest<'_>) -> Result<Vec<HeaderValue>, StoreError> {
        Ok(Vec::new())
    }
}

/// What the client `spa` has.
#[derive(Clone)]
pub struct Live {
    pub code: String,
    pub refresh_token: String,
    pub access_token: String,
}

impl Live {
    /// The bytes, with these where their names are: a fuzzer cannot guess them.
    pub fn fill_in(&self, data: &[u8]) -> Vec<u8> {
        let names = [
            (&b"CODE"[..], &self.code),
            (b"REFRESH", &self.refresh_token),
            (b"ACCESS", &self.access_token),
        ];
        let (mut filled, mut rest) = (Vec::with_capacity(data.len()), data);
        while let Some((first, after)) = rest.split_first() {
            if let Some((name, value)) = names.iter().find(|(name, _)| rest.starts_with(name)) {
                filled.extend_from_slice(value.as_bytes());
                rest = &rest[name.len()..];
            } else {
                filled.push(*first);
                rest = after;
            }
        }
        filled
    }
}

pub struct World {
    runtime: Runtime,
    app: Router,
    store: MemoryStore,
    /// The key of the client `bank`.
    pub bank: TestIssuer,
    /// How often something was stored, and what the client `spa` has.
    state: Mutex<(u64, Option<Live>)>,
}

pub static WORLD: LazyLock<World> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (clock, store) = (FixedClock::new(NOW), MemoryStore::new());
    let bank = TestIssuer::new("bank", ISSUER).unwrap().with_clock(clock.clone());
    let own = |client: Client| client.grant_types([GrantType::ClientCredentials]).scopes(["read"]);
    let secret = || ClientSecret::new(SECRET);
    let spa = Client::public("spa").scopes(["openid", "offline_access", "read"]).first_party();
    let builder = AuthorizationServer::builder(ISSUER)
        .store(store.clone())
        .secrets(KeyRing::ephemeral())
        .signing_keys(SigningKeys::default().algorithms([SigningAlgorithm::Es256]))
        .clock(clock)
        .accounts(Everyone)
        .login(SignedIn)
        .limits(Limits::default().client_failures(None))
        .device_authorization()
        .resource(Resource::new(API).scopes::<Scope>())
        .client(CALLBACKS.into_iter().fold(spa, Client::redirect_uri))
        .client(Client::public("native").redirect_uri(NATIVE).scopes(["read"]).first_party())
        .client(Client::public("tv").grant_types([GrantType::DeviceCode]).scopes(["read"]))
        .client(own(Client::confidential("worker: 1", secret())))
        .client(own(Client::confidential_post("post", secret())).introspects([API]))
        .client(own(Client::with_keys("bank", ClientKeys::Fixed(bank.jwks()))));
    let app = runtime.block_on(async {
        let server = builder.build().await.unwrap();
        let other = TestIssuer::new("https://other.test", "other").unwrap();
        let authenticator = Authenticator::builder()
            .vocabulary::<(Scope,)>()
            .verifier(other.verifier().build().unwrap());
        server.router().protect(authenticator.build().unwrap()).unwrap()
    });
    World { runtime, app, store, bank, state: Mutex::new((0, None)) }
});

/// An answer of the server.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl World {
    /// What the client `spa` has. It is new after [`used`](Self::used).
    pub fn live(&self) -> Live {
        let mut state = self.state.lock().unwrap();
        let count = state.0;
        state.1.get_or_insert_with(|| self.new_live(count)).clone()
    }

    /// A request has stored something, and may have used what the client has. Now and then all is removed, so that
    /// memory is enough for a long run.
    pub fn used(&self) {
        let mut state = self.state.lock().unwrap();
        *state = (state.0 + 1, None);
        if state.0.is_multiple_of(1_000) {
            let later = NOW + 1_000_000_000;
            self.runtime.block_on(async {
                self.store.sweep_authorization(later, 100_000).await.unwrap();
                self.store.sweep_one_time(later, 100_000).await.unwrap();
            });
        }
    }

    fn new_live(&self, count: u64) -> Live {
        let code = self.new_code(format!("first-{count}"));
        let form = format!(
            "grant_type=authorization_code&client_id=spa&code={code}&code_verifier={VERIFIER}"
        );
        let answer = self.post("/token", form.into_bytes(), None);
        let tokens: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
        Live {
            code: self.new_code(format!("second-{count}")),
            refresh_token: text("refresh_token"),
            access_token: text("access_token"),
        }
    }

    /// A code of a grant of its own.
    fn new_code(&self, code: String) -> String {
        let grant = Grant {
            id: GrantId::random(),
            subject: "alice".to_owned(),
            client_id: "spa".to_owned(),
            scopes: ["openid", "offline_access", "read"].map(str::to_owned).into(),
            resources: vec![API.to_owned()],
            authentication: Authentication {
                auth_time: NOW - 5,
                acr: None,
                amr: vec!["pwd".to_owned()],
                session_id: None,
            },
            granted_at: NOW,
            expires_at: NOW + 1_000,
            revoked: None,
        };
        let challenge = URL_SAFE_NO_PAD.decode(CHALLENGE).unwrap().try_into().unwrap();
        let row = AuthorizationCode {
            digest: Digest::of(&[b"authorization-code", code.as_bytes()]),
            grant: grant.id.clone(),
            redirect_uri: CALLBACKS[0].to_owned(),
            challenge: CodeChallenge::from_bytes(challenge),
            nonce: None,
            jkt: None,
            expires_at: NOW + 60,
            kept_until: NOW + 660,
        };
        self.runtime.block_on(self.store.authorize(&grant, &row, &[])).unwrap();
        code
    }

    /// What the server answers to a form.
    pub fn post(&self, path: &str, form: Vec<u8>, authorization: Option<&str>) -> Answer {
        let mut request = Request::post(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(form))
            .unwrap();
        if let Some(value) = authorization {
            request.headers_mut().insert("authorization", value.parse().unwrap());
        }
        self.answer(request)
    }

    /// What the server answers. It is never an error of the server, and never kept by a cache.
    pub fn answer(&self, request: Request<Body>) -> Answer {
        self.runtime.block_on(async {
            let response = self.app.clone().oneshot(request).await.unwrap();
            let (parts, body) = response.into_parts();
            assert!(!parts.status.is_server_error(), "{}", parts.status);
            assert!(parts.headers.contains_key("cache-control"));
            let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
            Answer { status: parts.status, headers: parts.headers, body }
        })
    }
}
