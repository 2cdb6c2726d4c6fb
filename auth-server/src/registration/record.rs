//! A registered client as it is stored.

use std::sync::Arc;

use auth_accounts::secret::Digest;
use auth_accounts::store::StoreError;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::client::{Client, ClientMetadata, ClientOrigin, ClientSecret, UnvettedPolicy};
use crate::server::AuthorizationServer;
use crate::store::RegisteredClient;

/// How many letters and digits a generated id has. It is never an address.
pub(super) const ID_LENGTH: usize = 24;
/// How long an unused client is kept, in seconds.
pub(super) const UNUSED: u64 = 3600;
/// How long a client is kept after its last use, in seconds.
const IDLE: u64 = 30 * 24 * 3600;
/// How many seconds lie at least between two noted uses.
const NOTED: u64 = 3600;

/// The stored metadata of a client.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) metadata: ClientMetadata,
    /// The digest of its secret, if it has one.
    pub(super) secret: Option<String>,
    /// The digest of its registration access token.
    pub(super) registration_access_token: String,
}

impl Record {
    pub(super) fn parse(text: &str) -> Result<Self, StoreError> {
        serde_json::from_str(text)
            .map_err(|_| StoreError::NotUnderstood("the metadata of a registered client"))
    }

    pub(super) fn to_text(&self) -> Result<String, StoreError> {
        serde_json::to_string(self)
            .map_err(|_| StoreError::NotUnderstood("the metadata of a registered client"))
    }

    pub(super) fn secret(&self) -> Option<ClientSecret> {
        let digest = from_text(self.secret.as_deref()?)?;
        Some(ClientSecret::from_digests(vec![digest]))
    }

    pub(super) fn is_managed_by(&self, token: &Digest) -> bool {
        from_text(&self.registration_access_token).is_some_and(|it| it.matches(token))
    }

    fn client(&self, stored: &RegisteredClient, policy: &UnvettedPolicy) -> Option<Client> {
        let id = &stored.client_id;
        let mut client =
            self.metadata.client(id, ClientOrigin::Registered, self.secret(), policy)?;
        client.last_used_at = stored.last_used_at;
        Some(client)
    }
}

/// What a registered client says of itself.
///
/// # Errors
/// If it was stored by another version.
#[cfg(feature = "cli")]
pub(crate) fn metadata_of(stored: &RegisteredClient) -> Result<ClientMetadata, StoreError> {
    Record::parse(&stored.metadata).map(|it| it.metadata)
}

pub(super) fn to_text(digest: &Digest) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(digest.as_bytes())
}

fn from_text(text: &str) -> Option<Digest> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
    bytes.try_into().ok().map(Digest::from_bytes)
}

pub(super) fn is_id(text: &str) -> bool {
    text.len() == ID_LENGTH && text.bytes().all(|it| it.is_ascii_alphanumeric())
}

impl AuthorizationServer {
    /// The stored registration of a client, unless it has expired.
    pub(super) async fn registered(
        &self,
        id: &str,
    ) -> Result<Option<RegisteredClient>, StoreError> {
        if self.0.registration.is_none() || !is_id(id) {
            return Ok(None);
        }
        let found = self.0.store.find_client(id).await?;
        Ok(found.filter(|it| self.now() < it.expires_at))
    }

    /// The registered client with this id.
    pub(crate) async fn registered_client(
        &self,
        id: &str,
    ) -> Result<Option<Arc<Client>>, StoreError> {
        let (Some(stored), Some(registration)) = (self.registered(id).await?, &self.0.registration)
        else {
            return Ok(None);
        };
        let record = Record::parse(&stored.metadata)?;
        Ok(record.client(&stored, &registration.policy).map(Arc::new))
    }

    /// Notes that a client obtains tokens, so that a registered client does not expire.
    ///
    /// # Errors
    /// If the store fails.
    pub(crate) async fn note_use_of_client(&self, client: &Client) -> Result<(), StoreError> {
        if client.origin != ClientOrigin::Registered {
            return Ok(());
        }
        let now = self.now();
        if client.last_used_at.is_some_and(|it| now < it.saturating_add(NOTED)) {
            return Ok(());
        }
        self.0.store.touch_client(&client.id, now, now.saturating_add(IDLE)).await
    }
}
