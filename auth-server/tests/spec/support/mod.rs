//! What chapters share: a server in memory with a clock that does not move by itself, requests to it, and
//! grants that come from nowhere, so that tests of tokens need no browser.

#![expect(dead_code, reason = "chapters to come need it")]

mod accounts;
mod assertion;
/// The authenticator of the tests of the accounts.
#[cfg(feature = "passkey")]
#[path = "../../../../auth-accounts/tests/spec/passkeys/device.rs"]
mod authenticator;
mod browser;
mod code;
mod documents;
mod http;
mod keys;
mod tokens;

use std::net::SocketAddr;

use auth_core::testing::TestIssuer;
use auth_core::time::{Clock as _, FixedClock};
use auth_core::{Authenticator, Scopes};
use auth_server::{
    AuthorizationServer, AuthorizationServerBuilder, Client, ClientKeys, ClientSecret, GrantType,
    Limits, Resource,
};
use auth_store::memory::MemoryStore;

pub(crate) use accounts::FakeAccounts;
pub(crate) use assertion::ClientKey;
#[cfg(feature = "passkey")]
pub(crate) use authenticator::{Device, Draft, PRESENT, VERIFIED};
pub(crate) use browser::{Browser, House, PASSWORD, request};
pub(crate) use code::{Code, VERIFIER, new_code};
pub(crate) use documents::{DocumentHost, document, document_with, json_answer};
pub(crate) use http::{Answer, Http, basic, form};
pub(crate) use keys::give as give_keys;
pub(crate) use tokens::{claims_of, header_of};

/// The time at which every test begins, in seconds since 1970.
pub(crate) const NOW: u64 = 1_800_000_000;
pub(crate) const ISSUER: &str = "https://id.example.com";
/// Where the authenticator is used.
const ORIGIN: &str = ISSUER;
/// The resource with JWTs.
pub(crate) const API: &str = "https://api.example.com";
/// The resource with opaque tokens.
pub(crate) const FILES: &str = "https://files.example.com";
pub(crate) const CALLBACK: &str = "https://app.example.com/callback";
/// The secret of every confidential client.
pub(crate) const SECRET: &str = "a-secret-of-a-client-0123456789abcdef";

#[derive(Clone, Copy, Debug, Scopes)]
pub(crate) enum Scope {
    /// See your orders.
    Read,
    /// Change your orders.
    Write,
    Admin,
}

/// A server, and all that is behind it.
pub(crate) struct World {
    pub(crate) server: AuthorizationServer,
    pub(crate) store: MemoryStore,
    pub(crate) clock: FixedClock,
    pub(crate) accounts: FakeAccounts,
    /// The key of the client `bank`.
    pub(crate) bank: ClientKey,
    app: axum::Router,
}

impl World {
    /// The usual server.
    pub(crate) async fn new() -> Self {
        Self::with(|builder| builder).await
    }

    /// The usual server with other settings.
    pub(crate) async fn with(
        change: impl FnOnce(AuthorizationServerBuilder) -> AuthorizationServerBuilder,
    ) -> Self {
        Self::at(ISSUER, change).await
    }

    /// The same with another issuer.
    pub(crate) async fn at(
        issuer: &str,
        change: impl FnOnce(AuthorizationServerBuilder) -> AuthorizationServerBuilder,
    ) -> Self {
        Self::on(new_store().await, FixedClock::new(NOW), issuer, change).await
    }

    /// The same with a store that has signing keys, and with a clock.
    async fn on(
        store: MemoryStore,
        clock: FixedClock,
        issuer: &str,
        change: impl FnOnce(AuthorizationServerBuilder) -> AuthorizationServerBuilder,
    ) -> Self {
        let (accounts, bank) = (FakeAccounts::default(), ClientKey::new("bank"));
        let builder = AuthorizationServer::builder(issuer)
            .store(store.clone())
            .secrets(keys::secrets())
            .clock(clock.clone())
            .accounts(accounts.clone())
            .limits(Limits::default())
            .resource(Resource::new(API).scopes::<Scope>())
            .resource(Resource::new(FILES).scope("files", None).opaque_access_tokens());
        let builder = clients(&bank).into_iter().fold(builder, AuthorizationServerBuilder::client);
        let server = change(builder).build().await.unwrap();
        let app = server.router().protect(authenticator()).unwrap();
        Self { server, store, clock, accounts, bank, app }
    }

    pub(crate) fn now(&self) -> u64 {
        self.clock.now()
    }

    /// The application, which serves the server alone.
    pub(crate) fn app(&self) -> axum::Router {
        self.app.clone()
    }

    /// The same over real HTTP, on a port of this machine.
    pub(crate) async fn serve(&self) -> Http {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = self.app().into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Http(address)
    }
}

/// A store with nothing but signing keys.
async fn new_store() -> MemoryStore {
    let store = MemoryStore::new();
    keys::give(&store).await;
    store
}

/// All endpoints of the server are public, so anything does that knows no caller of theirs.
fn authenticator() -> Authenticator {
    let issuer = TestIssuer::new("https://other.example.com", "other").unwrap();
    let verifier = issuer.verifier().build().unwrap();
    Authenticator::builder().vocabulary::<(Scope,)>().verifier(verifier).build().unwrap()
}

/// The usual clients, whose ids say what they are.
fn clients(bank: &ClientKey) -> Vec<Client> {
    let scopes = ["openid", "offline_access", "profile", "email", "read", "write", "files"];
    let secret = || ClientSecret::new(SECRET);
    vec![
        Client::public("spa")
            .redirect_uri(CALLBACK)
            .redirect_uri("http://127.0.0.1/callback")
            .scopes(scopes)
            .resources([API, FILES]),
        Client::public("native").redirect_uri("com.example.app:/callback").scopes(["read"]),
        Client::confidential("web", secret())
            .redirect_uri(CALLBACK)
            .scopes(scopes)
            .resources([API, FILES]),
        Client::confidential_post("post", secret())
            .redirect_uri(CALLBACK)
            .scopes(scopes)
            .resources([API, FILES]),
        Client::with_keys("bank", ClientKeys::Fixed(bank.jwks()))
            .redirect_uri(CALLBACK)
            .grant_types([
                GrantType::AuthorizationCode,
                GrantType::RefreshToken,
                GrantType::ClientCredentials,
            ])
            .scopes(["read"])
            .resources([API]),
        Client::confidential("worker", secret())
            .grant_types([GrantType::ClientCredentials])
            .scopes(["read", "write", "files"])
            .resources([API, FILES])
            .roles(["auditor"]),
        // The resource servers: they ask about tokens, and have none.
        Client::confidential("api", secret()).grant_types([]).introspects([API, FILES]),
        Client::confidential("files-api", secret()).grant_types([]).introspects([FILES]),
        Client::public("bound")
            .redirect_uri(CALLBACK)
            .scopes(scopes)
            .resources([API])
            .dpop_bound_access_tokens(),
    ]
}
