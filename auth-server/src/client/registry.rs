//! Where a client is found by its id.

use std::collections::HashMap;
use std::sync::Arc;

use auth_accounts::store::StoreError;
use auth_core::Jwks;

use super::{Client, ClientAuthentication, ClientKeys};
use crate::server::AuthorizationServer;
use crate::wire::OAuthError;

/// The clients of the settings.
#[derive(Debug, Default)]
pub(crate) struct Clients(HashMap<String, Arc<Client>>);

impl Clients {
    pub(crate) fn new(clients: Vec<Client>, problems: &mut Vec<String>) -> Self {
        let mut found = HashMap::new();
        for client in clients {
            client.check(problems);
            let id = client.id.clone();
            if found.insert(id.clone(), Arc::new(client)).is_some() {
                problems.push(format!("two clients have the id `{id}`"));
            }
        }
        Self(found)
    }

    pub(crate) fn configured(&self, id: &str) -> Option<Arc<Client>> {
        self.0.get(id).map(Arc::clone)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Client>> {
        self.0.values()
    }
}

impl AuthorizationServer {
    /// The client with this id, wherever it is known from.
    pub(crate) async fn client(&self, id: &str) -> Result<Option<Arc<Client>>, StoreError> {
        Ok(self.0.configured_client(id))
    }

    /// The keys that a client signs assertions with; `None` if it has none.
    pub(crate) async fn client_keys(
        &self,
        client: &Client,
        _kid: Option<&str>,
    ) -> Result<Option<Arc<Jwks>>, OAuthError> {
        Ok(match &client.authentication {
            ClientAuthentication::PrivateKeyJwt(ClientKeys::Fixed(keys)) => {
                Some(Arc::new(keys.clone()))
            }
            _ => None,
        })
    }
}
