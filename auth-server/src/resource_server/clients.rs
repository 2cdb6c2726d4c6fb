//! The clients of this server, for the access map of an API.

use auth_core::access_map::ClientModel;

use crate::client::Client;
use crate::error::ServerError;
use crate::resource::Resource;
use crate::server::AuthorizationServer;

/// What the map calls clients outside of the settings. No client has such an id.
const REGISTERED: &str = "any client that registers itself";
#[cfg(feature = "http_client")]
const DOCUMENTED: &str = "any client with a metadata document";

impl AuthorizationServer {
    /// The clients of the settings that can have access tokens for a resource, with the scopes of it that
    /// they can obtain: for
    /// [`AccessMap::with_clients`](auth_core::AccessMap::with_clients), which then shows which
    /// client can obtain the scopes of which endpoint, and which scopes no client can have. Registered clients
    /// are one line, and so are clients with a document, with the most that such a client can have.
    ///
    /// ```no_run
    /// # fn example(app: auth_core::Router, server: auth_server::AuthorizationServer) -> Result<(), Box<dyn std::error::Error>> {
    /// let map = app.access_map().with_clients(server.clients_of("https://api.example.com")?);
    /// println!("{}", map.to_markdown());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// If the server has no such resource.
    pub fn clients_of(&self, resource: &str) -> Result<Vec<ClientModel>, ServerError> {
        let Some(resource) = self.resource(resource) else {
            let problem = format!("there is no resource `{resource}` to have clients of");
            return Err(ServerError::Settings(vec![problem]));
        };
        let configured = self.0.clients.iter().filter(|it| self.has_tokens_for(it, resource));
        let mut clients: Vec<ClientModel> =
            configured.map(|it| of_resource(&it.id, &it.scopes, resource)).collect();
        clients.sort_by(|one, other| one.id.cmp(&other.id));
        if let Some(registration) = &self.0.registration {
            clients.push(of_resource(REGISTERED, &registration.policy.scopes, resource));
        }
        #[cfg(feature = "http_client")]
        if let Some(documents) = &self.0.documents {
            clients.push(of_resource(DOCUMENTED, &documents.policy.scopes, resource));
        }
        Ok(clients)
    }

    /// Whether a client can have access tokens for this resource.
    fn has_tokens_for(&self, client: &Client, resource: &Resource) -> bool {
        !client.grant_types.is_empty() && self.may_have_resource(client, resource)
    }
}

fn of_resource(id: &str, scopes: &[String], resource: &Resource) -> ClientModel {
    let own = resource.scopes.iter().map(|it| &it.name).filter(|it| scopes.contains(it));
    ClientModel::new(id, own)
}
