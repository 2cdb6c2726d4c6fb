//! The staff of the development service, and the authorization server that they sign in at.
//!
//! They sign in with a name and a password, in a browser on the pages of the server, or at `/account` for a
//! bearer token of a session.

use std::net::SocketAddr;
use std::time::Duration;

use auth_accounts::Accounts;
use auth_accounts::pages::StandardPages;
use auth_accounts::session::SessionSettings;
use auth_core::Router;
use auth_server::{AuthorizationServer, DevelopmentServer, Lifetimes, Resource, ServerError};

use crate::access::{Permission, Role, Scope};

/// The password of all users. It is printed, so it protects nothing.
pub const PASSWORD: &str = "seven geese by the river";

/// The client of the link and the tokens that are printed.
pub const CLIENT: &str = "development";

/// Long enough for an afternoon, short enough to be forgotten in a shell history.
const LIFETIME: Duration = Duration::from_hours(8);

/// The issuer of a service at this address: browsers and programs of this machine reach it there, wherever
/// else it listens.
pub fn issuer(address: SocketAddr) -> String {
    if address.ip().is_loopback() {
        format!("http://{address}")
    } else {
        format!("http://127.0.0.1:{}", address.port())
    }
}

/// An authorization server at the address of the service, for this resource. It is gone with the process.
pub async fn development(
    address: SocketAddr,
    resource: &str,
) -> Result<DevelopmentServer, ServerError> {
    // The service publishes by itself where to get a token.
    let resource = Resource::new(resource).scopes::<Scope>().without_metadata();
    AuthorizationServer::development(issuer(address))
        .user_with_roles("carla", PASSWORD, ["clerk"])
        .user_with_roles("maurice", PASSWORD, ["manager"])
        .user_with_roles("ada", PASSWORD, ["admin"])
        .resource(resource)
        .lifetimes(Lifetimes::default().access_token(LIFETIME))
        .accounts(|builder| {
            builder
                .vocabulary::<(Role, Permission, Scope)>()
                // Who signs in here acts for themselves: no client was limited to less.
                .sessions(SessionSettings::default().scopes(["read", "write"]).without_tls())
                .pages(StandardPages)
        })
        .build()
        .await
}

/// The routes of the server, and signing in and out, below `/account`.
pub fn routes<S: Clone + Send + Sync + 'static>(development: &DevelopmentServer) -> Router<S> {
    let accounts: &Accounts = development.accounts();
    Router::new()
        .nest("/account", accounts.router().with_state(()))
        .merge(development.router().with_state(()))
}
