//! Notes for agents: a Model Context Protocol server whose tools are guarded by `#[requires]`, and its
//! authorization server, in one program.
//!
//! An agent that has no token is answered with 401 and the address of the metadata of the resource; these
//! name the authorization server, whose metadata say how a client comes: with a document of its own as its
//! id, or by a registration. The user signs in and allows scopes. A tool that needs more is answered with
//! 403 and `insufficient_scope`.

pub mod access;
mod guards;
pub mod notes;
pub mod tools;

use std::error::Error;

use auth_accounts::Accounts;
use auth_accounts::provided::ProvidedAccount;
use auth_accounts::secret::{KeyRing, SecretText};
use auth_accounts::session::SessionSettings;
use auth_accounts::store::Stores;
use auth_core::{AccessMap, Authenticator, Router};
use auth_server::{AuthorizationServer, Cimd, DynamicRegistration, Resource};
use auth_store::memory::MemoryStore;

use access::Scope;
use guards::Protocol;
use notes::Notes;
use tools::Tools;

/// The user of the example.
pub const USERNAME: &str = "alice";
/// The password of this user.
pub const PASSWORD: &str = "correct horse battery staple";

/// What clients that were not vetted may ask for: here everything, since their users are asked.
const SCOPES: [&str; 3] = ["offline_access", "read", "write"];

/// The service, and who may do what in it.
#[derive(Debug)]
pub struct Service {
    /// What to serve.
    pub app: axum::Router,
    /// Every endpoint with its guard.
    pub access_map: AccessMap,
}

/// The service at an origin such as `http://127.0.0.1:3000`, which is its issuer, too.
///
/// # Errors
/// If a part of it cannot be set up.
pub async fn service(origin: &str) -> Result<Service, Box<dyn Error + Send + Sync>> {
    let (store, keys) = (MemoryStore::new(), KeyRing::ephemeral());
    let accounts = Accounts::builder(Stores::all_in(store.clone()))
        .origin(origin)
        .keys(keys.clone())
        .sessions(SessionSettings::default().without_tls())
        .without_pages()
        .build()?;
    accounts.provide(&ProvidedAccount::new(USERNAME, SecretText::from(PASSWORD))).await?;

    let resource = format!("{origin}/mcp");
    let server = AuthorizationServer::builder(origin)
        .store(store)
        .secrets(keys)
        .accounts(accounts.clone())
        .login(accounts)
        .resource(Resource::new(&resource).scopes::<Scope>())
        // Loopback is for this example: in earnest documents are at `https` addresses alone.
        .client_id_metadata_documents(Cimd::any_host().max_scopes(SCOPES).allow_http_on_loopback())
        .dynamic_registration(DynamicRegistration::open().max_scopes(SCOPES))
        .build()
        .await?;

    let routes: Router =
        guards::routes(Protocol::new(Tools::new(Notes::default()))).merge(server.router());
    let access_map = routes.access_map();
    let guarded = routes.protect(
        Authenticator::builder()
            .vocabulary::<(Scope,)>()
            .verifier(server.verifier(&resource)?)
            .revocations(server.revocations())
            .resource_metadata(format!("{origin}/.well-known/oauth-protected-resource/mcp"))
            .build()?,
    )?;
    Ok(Service { app: guards::by_tool(guarded), access_map })
}
