//! The staff of the development service: they sign in with a name and a password, and get a bearer
//! token for the requests after that.

use std::net::SocketAddr;

use auth_accounts::Accounts;
use auth_accounts::model::LoginKey;
use auth_accounts::secret::{KeyRing, SecretText};
use auth_accounts::session::SessionSettings;
use auth_accounts::sign_in::Client;
use auth_accounts::store::Stores;
use auth_core::Router;
use auth_store::memory::MemoryStore;

use crate::access::{Permission, Role, Scope};
use crate::error::StartError;

/// The password of everybody who works here. It is printed: no one keeps a secret with it.
pub const PASSWORD: &str = "seven geese by the river";

/// Who works here.
const STAFF: [(&str, Role); 2] = [("carla", Role::Clerk), ("maurice", Role::Manager)];

/// The accounts of the staff, which are gone with the process.
pub async fn development(address: SocketAddr) -> Result<Accounts, StartError> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| StartError::Accounts(error);
    let accounts = Accounts::builder(Stores::all_in(MemoryStore::new()))
        .origin(format!("http://{address}"))
        .keys(KeyRing::ephemeral())
        .vocabulary::<(Role, Permission, Scope)>()
        // Who signs in here acts for themselves: no client was limited to less.
        .sessions(SessionSettings::default().scopes(["read", "write"]))
        .build()
        .map_err(|error| failed(error.into()))?;
    let password = SecretText::from(PASSWORD);
    for (name, role) in STAFF {
        let signed_up = accounts.sign_up(name, &password, None, &Client::default()).await;
        signed_up.map_err(|error| failed(error.into()))?;
        let Some(login) = LoginKey::prepare(name) else { continue };
        let found = accounts.stores().accounts.find(&login).await;
        let Some(account) = found.map_err(|error| failed(error.into()))? else { continue };
        let assigned = accounts.assign_as_program(&account.id, role, "works here").await;
        assigned.map_err(|error| failed(error.into()))?;
    }
    Ok(accounts)
}

/// Signing in and out, below `/account`.
pub fn routes<S: Clone + Send + Sync + 'static>(accounts: &Accounts) -> Router<S> {
    Router::new().nest("/account", accounts.router().with_state(()))
}
