//! Registered clients.

use std::collections::BTreeMap;
use std::ops::Bound;

use auth_accounts::store::{Created, StoreError};

use super::super::ends::Ends;
use super::super::{SWEPT_WHEN_FULL, room, short};
use super::Authorization;
use crate::authorization::{GrantSelector, RegisteredClient, RevocationReason};

#[derive(Default)]
pub(super) struct Clients {
    by_id: BTreeMap<String, RegisteredClient>,
    by_end: Ends<String>,
}

impl Clients {
    pub(super) fn get(&self, client_id: &str) -> Option<&RegisteredClient> {
        self.by_id.get(client_id)
    }

    pub(super) fn list(&self, after: Option<&str>, limit: usize) -> Vec<RegisteredClient> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let clients = self.by_id.range::<str, _>((from, Bound::Unbounded));
        clients.take(limit).map(|(_, client)| client.clone()).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(super) fn register(
        &mut self,
        client: &RegisteredClient,
        limit: usize,
    ) -> Result<Created, StoreError> {
        short(&[
            (client.client_id.as_bytes(), "the id of a client"),
            (client.metadata.as_bytes(), "the metadata of a client"),
        ])?;
        if self.by_id.contains_key(&client.client_id) {
            return Ok(Created::Taken);
        }
        if self.by_id.len() >= limit {
            for client_id in self.by_end.over(client.registered_at, SWEPT_WHEN_FULL) {
                self.take_out(&client_id);
            }
        }
        room(self.by_id.len(), 1, limit, "clients")?;
        self.by_end.set(client.expires_at, client.client_id.clone());
        self.by_id.insert(client.client_id.clone(), client.clone());
        Ok(Created::Created)
    }

    pub(super) fn update(
        &mut self,
        client_id: &str,
        before: &str,
        metadata: &str,
    ) -> Result<bool, StoreError> {
        short(&[(metadata.as_bytes(), "the metadata of a client")])?;
        let client = self.by_id.get_mut(client_id).filter(|it| it.metadata == before);
        let Some(client) = client else { return Ok(false) };
        metadata.clone_into(&mut client.metadata);
        Ok(true)
    }

    pub(super) fn touch(&mut self, client_id: &str, now: u64, expires_at: u64) {
        let Some(client) = self.by_id.get_mut(client_id) else { return };
        client.last_used_at = client.last_used_at.max(Some(now));
        self.by_end.remove(client.expires_at, client_id.to_owned());
        client.expires_at = client.expires_at.max(expires_at);
        self.by_end.set(client.expires_at, client_id.to_owned());
    }

    fn take_out(&mut self, client_id: &str) -> Option<RegisteredClient> {
        let client = self.by_id.remove(client_id)?;
        self.by_end.remove(client.expires_at, client_id.to_owned());
        Some(client)
    }
}

impl Authorization {
    pub(super) fn remove_client(&mut self, client_id: &str, now: u64, limit: usize) -> bool {
        if self.clients.take_out(client_id).is_none() {
            return false;
        }
        self.consents.forget_client(client_id);
        let which = GrantSelector::Client(client_id.to_owned());
        self.revoke_all(&which, RevocationReason::ClientRemoved, now, limit);
        true
    }

    /// Removes expired clients and the consents to them. Their grants can be used no more, and expire later.
    pub(super) fn sweep_clients(&mut self, now: u64, limit: usize) -> usize {
        let over = self.clients.by_end.over(now, limit);
        for client_id in &over {
            self.clients.take_out(client_id);
            self.consents.forget_client(client_id);
        }
        over.len()
    }
}
