//! The measured application: the handler of the other rows behind sessions and keys, and the router
//! of the accounts.

use std::time::Duration;

use auth_accounts::api_key::{ApiKeySettings, KeyLifetime, NewApiKey};
use auth_accounts::model::AccountId;
use auth_accounts::session::{SessionMode, SessionSettings};
use auth_accounts::store::Stores;
use auth_accounts::{Accounts, AccountsBuilder};
use auth_core::routing::get;
use auth_core::{Authenticator, Router, requires};

use super::people::keys;
use crate::access::{Role, Scope};
use crate::service::exchange::{ANSWER, PATH};

/// Where the application is.
pub const ORIGIN: &str = "https://shop.example.com";
/// The name of the cookie.
pub const COOKIE: &str = "__Host-sid";

/// The measured handler: the same as that of known tokens.
#[requires(role = Manager, scope = Read, method = Session | ApiKey)]
async fn orders() -> &'static str {
    ANSWER
}

/// A node of the application.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its accounts.
    pub accounts: Accounts,
    /// What it serves.
    pub router: axum::Router,
}

/// Sessions in this mode. A node in feed mode bears a long silence: nothing is heard while a case runs.
pub fn sessions(mode: SessionMode) -> SessionSettings {
    let day = Duration::from_hours(24);
    SessionSettings::default()
        .scopes(["read"])
        .mode(mode)
        .idle(day)
        .max_silence(day)
        .keep_at_most(1_000_000)
}

/// The accounts of the application.
pub fn accounts(stores: Stores) -> AccountsBuilder {
    Accounts::builder(stores)
        .origin(ORIGIN)
        .keys(keys())
        .vocabulary::<(Role, Scope)>()
        .api_keys(ApiKeySettings::default().prefix("shop").lendable_scopes(["read"]))
}

impl Node {
    /// A node with these settings.
    ///
    /// # Panics
    /// If they are wrong.
    pub fn new(accounts: AccountsBuilder) -> Self {
        let accounts = accounts.build().expect("accounts");
        let builder = Authenticator::builder().vocabulary::<(Role, Scope)>();
        let authenticator = accounts.schemes(builder).build().expect("an authenticator");
        let routes = Router::new().route(PATH, get(orders)).merge(accounts.router_at("/account"));
        let router = routes.protect(authenticator).expect("its names are known");
        Self { accounts, router }
    }

    /// A new key of this account, which may call the handler.
    ///
    /// # Panics
    /// If the store fails.
    pub async fn key(&self, owner: &AccountId) -> String {
        let new = NewApiKey {
            name: "a benchmark".to_owned(),
            scopes: vec!["read".to_owned()],
            roles: vec!["manager".to_owned()],
            networks: Vec::new(),
            lifetime: KeyLifetime::Default,
        };
        let issued = self.accounts.create_api_key(owner, owner, new).await.expect("a key");
        issued.key.expose().to_owned()
    }
}
