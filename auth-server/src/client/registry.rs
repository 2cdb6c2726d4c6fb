//! Finds clients by their ids.

use std::collections::HashMap;
use std::sync::Arc;

use auth_accounts::store::StoreError;
use auth_core::Jwks;

use super::{Client, ClientAuthentication, ClientKeys};
use crate::server::AuthorizationServer;
use crate::wire::OAuthError;
#[cfg(feature = "http_client")]
use crate::wire::OAuthErrorCode;

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
    /// The client with this id: from the settings, registered, or with a document. A document is not fetched for
    /// an unauthenticated request, unless a user has allowed its client something
    /// ([`client_after_sign_in`](Self::client_after_sign_in)).
    ///
    /// # Errors
    /// If the store fails, or too many documents are being fetched.
    pub(crate) async fn client(&self, id: &str) -> Result<Option<Arc<Client>>, StoreError> {
        if let Some(client) = self.0.configured_client(id) {
            return Ok(Some(client));
        }
        #[cfg(feature = "http_client")]
        if self.may_be_a_document(id) {
            return self.client_of_document(id, None).await;
        }
        self.registered_client(id).await
    }

    /// Whether this id can be the address of a document.
    pub(crate) fn may_be_a_document(&self, id: &str) -> bool {
        #[cfg(feature = "http_client")]
        return self.0.documents.as_ref().is_some_and(|it| it.is_address(id));
        #[cfg(not(feature = "http_client"))]
        {
            let _ = id;
            false
        }
    }

    /// The client with this id, after a user has signed in: its document is fetched if it is not fresh.
    ///
    /// # Errors
    /// As [`client`](Self::client).
    pub(crate) async fn client_after_sign_in(
        &self,
        id: &str,
        subject: &str,
    ) -> Result<Option<Arc<Client>>, StoreError> {
        #[cfg(feature = "http_client")]
        if self.may_be_a_document(id) && self.0.configured_client(id).is_none() {
            return self.client_of_document(id, Some(subject)).await;
        }
        #[cfg(not(feature = "http_client"))]
        let _ = subject;
        self.client(id).await
    }

    /// The public keys of a client that signs assertions. An unknown `kid` causes another fetch of its
    /// `jwks_uri`. `None`: there are no keys.
    ///
    /// # Errors
    /// `temporarily_unavailable` if they cannot be fetched.
    pub(crate) async fn client_keys(
        &self,
        client: &Client,
        kid: Option<&str>,
    ) -> Result<Option<Arc<Jwks>>, OAuthError> {
        let ClientAuthentication::PrivateKeyJwt(keys) = &client.authentication else {
            return Ok(None);
        };
        match keys {
            ClientKeys::Fixed(keys) => Ok(Some(Arc::new(keys.clone()))),
            #[cfg(feature = "http_client")]
            ClientKeys::At(uri) => {
                use crate::fetch::FetchFor;

                let asker = if client.is_vetted() { FetchFor::Settings } else { FetchFor::Client };
                self.0.remote_keys.get(uri, kid, asker, self.now()).await.map_err(|error| {
                    tracing::warn!(client_id = client.id, %error, "the keys of a client were not fetched");
                    let code = OAuthErrorCode::TemporarilyUnavailable;
                    OAuthError::new(code, "the keys of the client cannot be fetched")
                })
            }
            #[cfg(not(feature = "http_client"))]
            ClientKeys::At(_) => {
                let _ = kid;
                tracing::error!(client_id = client.id, "jwks_uri needs the feature `http_client`");
                Ok(None)
            }
        }
    }
}
