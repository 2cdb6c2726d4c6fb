//! Grants.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use auth_accounts::secret::Digest;
use auth_accounts::store::StoreError;

use super::super::ends::Ends;
use super::super::{SWEPT_WHEN_FULL, room, short};
use super::Authorization;
use crate::authorization::{
    AuthorizationCode, Consent, Grant, GrantId, GrantRevocation, GrantSelector, RevocationReason,
};

#[derive(Default)]
pub(super) struct Grants {
    held: HashMap<GrantId, Held>,
    by_subject: HashMap<String, BTreeSet<GrantId>>,
    by_client: HashMap<String, BTreeSet<GrantId>>,
    by_session: HashMap<String, BTreeSet<GrantId>>,
    by_end: Ends<GrantId>,
}

/// A grant, with its codes and tokens.
pub(super) struct Held {
    pub(super) grant: Grant,
    pub(super) codes: BTreeSet<Digest>,
    /// By their numbers.
    pub(super) refresh_tokens: BTreeMap<u64, Digest>,
    pub(super) opaque_tokens: BTreeSet<Digest>,
    /// The device that has not fetched its tokens yet.
    pub(super) device: Option<Digest>,
}

impl Grants {
    pub(super) fn get(&self, id: &GrantId) -> Option<&Grant> {
        self.held.get(id).map(|held| &held.grant)
    }

    pub(super) fn held(&self, id: &GrantId) -> Option<&Held> {
        self.held.get(id)
    }

    pub(super) fn held_mut(&mut self, id: &GrantId) -> Option<&mut Held> {
        self.held.get_mut(id)
    }

    pub(super) fn len(&self) -> usize {
        self.held.len()
    }

    /// The grant, if it is live.
    pub(super) fn live(&self, id: &GrantId, now: u64) -> Option<&Grant> {
        self.get(id).filter(|grant| grant.is_live(now))
    }

    pub(super) fn check(&self, grant: &Grant) -> Result<(), StoreError> {
        let authentication = &grant.authentication;
        let session = authentication.session_id.as_deref().unwrap_or_default();
        let details = serde_json::to_vec(&(&grant.scopes, &grant.resources, authentication));
        short(&[
            (grant.subject.as_bytes(), "a subject"),
            (grant.client_id.as_bytes(), "the id of a client"),
            (session.as_bytes(), "the id of a session"),
            (&details.unwrap_or_default(), "the scopes of a grant"),
        ])?;
        if self.held.contains_key(&grant.id) {
            return Err(StoreError::Conflict("there is a grant with this id"));
        }
        Ok(())
    }

    pub(super) fn add(&mut self, grant: &Grant) {
        let id = &grant.id;
        self.by_subject.entry(grant.subject.clone()).or_default().insert(id.clone());
        self.by_client.entry(grant.client_id.clone()).or_default().insert(id.clone());
        if let Some(session) = &grant.authentication.session_id {
            self.by_session.entry(session.clone()).or_default().insert(id.clone());
        }
        self.by_end.set(grant.expires_at, id.clone());
        let held = Held {
            grant: grant.clone(),
            codes: BTreeSet::new(),
            refresh_tokens: BTreeMap::new(),
            opaque_tokens: BTreeSet::new(),
            device: None,
        };
        self.held.insert(id.clone(), held);
    }

    fn take_out(&mut self, id: &GrantId) -> Option<Held> {
        let held = self.held.remove(id)?;
        let grant = &held.grant;
        forget(&mut self.by_subject, &grant.subject, id);
        forget(&mut self.by_client, &grant.client_id, id);
        if let Some(session) = &grant.authentication.session_id {
            forget(&mut self.by_session, session, id);
        }
        self.by_end.remove(grant.expires_at, id.clone());
        Some(held)
    }

    fn selected(&self, which: &GrantSelector) -> Vec<&Grant> {
        let ids = match which {
            GrantSelector::Subject(subject)
            | GrantSelector::SubjectAtClient { subject, client_id: _ }
            | GrantSelector::EndsOutsideSession { subject, session: _ } => {
                self.by_subject.get(subject)
            }
            GrantSelector::Client(client_id) => self.by_client.get(client_id),
            GrantSelector::Session(session) | GrantSelector::EndsWithSession(session) => {
                self.by_session.get(session)
            }
        };
        let is_selected = |grant: &&Grant| match which {
            GrantSelector::SubjectAtClient { client_id, .. } => grant.client_id == *client_id,
            GrantSelector::EndsWithSession(_) => !grant.outlives_session(),
            GrantSelector::EndsOutsideSession { session, .. } => {
                let of = grant.authentication.session_id.as_ref();
                !grant.outlives_session() && of != Some(session)
            }
            GrantSelector::Subject(_) | GrantSelector::Client(_) | GrantSelector::Session(_) => {
                true
            }
        };
        ids.into_iter().flatten().filter_map(|id| self.get(id)).filter(is_selected).collect()
    }

    pub(super) fn list(&self, which: &GrantSelector, now: u64, limit: usize) -> Vec<Grant> {
        let mut grants = self.selected(which);
        grants.retain(|grant| grant.is_live(now));
        grants.sort_by_key(|grant| (Reverse(grant.granted_at), grant.id.clone()));
        grants.into_iter().take(limit).cloned().collect()
    }
}

/// Removes a grant from those that an index has under this name.
fn forget(index: &mut HashMap<String, BTreeSet<GrantId>>, name: &str, id: &GrantId) {
    if let Some(ids) = index.get_mut(name) {
        ids.remove(id);
        if ids.is_empty() {
            index.remove(name);
        }
    }
}

impl Authorization {
    pub(super) fn authorize(
        &mut self,
        grant: &Grant,
        code: &AuthorizationCode,
        consents: &[Consent],
        limit: usize,
    ) -> Result<(), StoreError> {
        self.room_for_grant(grant.granted_at, limit)?;
        self.grants.check(grant)?;
        if code.grant != grant.id {
            return Err(StoreError::Conflict("the code is one of another grant"));
        }
        self.codes.check(code, limit)?;
        self.consents.check(consents, limit)?;
        self.grants.add(grant);
        self.add_code(code);
        self.consents.replace(consents);
        Ok(())
    }

    /// Whether there is room for one more grant and code, after expired ones are removed.
    pub(super) fn room_for_grant(&mut self, now: u64, limit: usize) -> Result<(), StoreError> {
        if self.grants.len() >= limit || self.codes.len() >= limit {
            self.sweep(now, SWEPT_WHEN_FULL);
        }
        room(self.grants.len(), 1, limit, "grants")
    }

    pub(super) fn revoke(
        &mut self,
        id: &GrantId,
        reason: RevocationReason,
        now: u64,
        limit: usize,
    ) -> bool {
        let held = self.grants.held_mut(id);
        let Some(held) = held.filter(|it| it.grant.revoked.is_none()) else { return false };
        held.grant.revoked = Some(GrantRevocation { at: now, reason });
        let expires_at = held.grant.expires_at;
        self.revoked.grant(id, expires_at, now, limit);
        true
    }

    pub(super) fn revoke_all(
        &mut self,
        which: &GrantSelector,
        reason: RevocationReason,
        now: u64,
        limit: usize,
    ) -> u64 {
        let ids: Vec<GrantId> =
            self.grants.selected(which).iter().map(|grant| grant.id.clone()).collect();
        let revoked = ids.iter().filter(|id| self.revoke(id, reason, now, limit)).count();
        super::count(revoked)
    }

    pub(super) fn remove_grant(&mut self, id: &GrantId) {
        let Some(held) = self.grants.take_out(id) else { return };
        for digest in held.codes {
            self.codes.take_out(&digest);
        }
        for digest in held.refresh_tokens.into_values() {
            self.refresh_tokens.take_out(&digest);
        }
        for digest in held.opaque_tokens {
            self.opaque_tokens.take_out(&digest);
        }
        if let Some(device) = held.device {
            self.devices.take_out(&device);
        }
    }

    pub(super) fn sweep_grants(&mut self, now: u64, limit: usize) -> usize {
        let over = self.grants.by_end.over(now, limit);
        for id in &over {
            self.remove_grant(id);
        }
        over.len()
    }
}
