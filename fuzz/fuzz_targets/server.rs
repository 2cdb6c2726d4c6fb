//! An authorization server in memory, for the targets that send it something.

use std::sync::LazyLock;

use auth_accounts::secret::KeyRing;
use auth_accounts::store::StoreError;
use auth_core::testing::TestIssuer;
use auth_core::time::FixedClock;
use auth_core::{Authenticator, Scopes};
use auth_server::{
    AccountClaims, Accounts, AuthorizationServer, Client, ClientKeys, ClientSecret, GrantType,
    Limits, Resource, SigningAlgorithm, SigningKeys,
};
use auth_store::memory::MemoryStore;
use axum::Router;
use axum::body::Body;
use http::{Request, StatusCode};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

pub const NOW: u64 = 1_800_000_000;
pub const ISSUER: &str = "https://id.test";
pub const SECRET: &str = "a secret+of a client: 0123456789%41";

#[derive(Clone, Copy, Scopes)]
enum Scope {
    Read,
}

struct Nobody;

#[async_trait::async_trait]
impl Accounts for Nobody {
    async fn claims(&self, _: &str) -> Result<Option<AccountClaims>, StoreError> {
        Ok(None)
    }
}

pub struct World {
    runtime: Runtime,
    app: Router,
    /// The key of the client `bank`.
    pub bank: TestIssuer,
}

pub static WORLD: LazyLock<World> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let clock = FixedClock::new(NOW);
    let bank = TestIssuer::new("bank", ISSUER).unwrap().with_clock(clock.clone());
    let own = |client: Client| {
        client.grant_types([GrantType::ClientCredentials]).scopes(["read"])
    };
    let builder = AuthorizationServer::builder(ISSUER)
        .store(MemoryStore::new())
        .secrets(KeyRing::ephemeral())
        .signing_keys(SigningKeys::default().algorithms([SigningAlgorithm::Es256]))
        .clock(clock)
        .accounts(Nobody)
        .limits(Limits::default().client_failures(None))
        .resource(Resource::new("https://api.test").scopes::<Scope>())
        .client(Client::public("spa").redirect_uri("https://app.test/callback"))
        .client(own(Client::confidential("worker: 1", ClientSecret::new(SECRET))))
        .client(own(Client::with_keys("bank", ClientKeys::Fixed(bank.jwks()))));
    let app = runtime.block_on(async {
        let server = builder.build().await.unwrap();
        let other = TestIssuer::new("https://other.test", "other").unwrap();
        let authenticator = Authenticator::builder()
            .vocabulary::<(Scope,)>()
            .verifier(other.verifier().build().unwrap());
        server.router().protect(authenticator.build().unwrap()).unwrap()
    });
    World { runtime, app, bank }
});

/// What the server answers to a form.
pub fn post(path: &str, form: Vec<u8>, authorization: Option<&str>) -> StatusCode {
    let mut request = Request::post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Body::from(form))
        .unwrap();
    if let Some(value) = authorization {
        request.headers_mut().insert("authorization", value.parse().unwrap());
    }
    let response = WORLD.runtime.block_on(WORLD.app.clone().oneshot(request)).unwrap();
    assert!(response.headers().contains_key("cache-control"));
    response.status()
}
