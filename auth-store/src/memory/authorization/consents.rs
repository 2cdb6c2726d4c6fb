//! Consents.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use auth_accounts::store::StoreError;

use super::super::{room, short};
use super::Authorization;
use crate::account_end::AccountEnd;
use crate::authorization::{Consent, GrantSelector, RevocationReason};

/// By subject and client; then by resource.
#[derive(Default)]
pub(super) struct Consents {
    held: BTreeMap<(String, String), BTreeMap<String, Consent>>,
    subjects_by_client: HashMap<String, BTreeSet<String>>,
    count: usize,
}

impl Consents {
    pub(super) fn of(&self, subject: &str, client_id: &str) -> Vec<Consent> {
        let held = self.held.get(&(subject.to_owned(), client_id.to_owned()));
        held.into_iter().flat_map(BTreeMap::values).cloned().collect()
    }

    pub(super) fn check(&self, consents: &[Consent], limit: usize) -> Result<(), StoreError> {
        for consent in consents {
            let scopes = serde_json::to_vec(&consent.scopes).unwrap_or_default();
            short(&[
                (consent.subject.as_bytes(), "a subject"),
                (consent.client_id.as_bytes(), "the id of a client"),
                (consent.resource.as_bytes(), "a resource"),
                (&scopes, "the scopes of a consent"),
            ])?;
        }
        room(self.count, consents.len(), limit, "consents")
    }

    pub(super) fn replace(&mut self, consents: &[Consent]) {
        for consent in consents {
            let (subject, client_id) = (consent.subject.clone(), consent.client_id.clone());
            let subjects = self.subjects_by_client.entry(client_id.clone()).or_default();
            subjects.insert(subject.clone());
            let held = self.held.entry((subject, client_id)).or_default();
            if held.insert(consent.resource.clone(), consent.clone()).is_none() {
                self.count = self.count.saturating_add(1);
            }
        }
    }

    /// Forgets what this subject has consented to at all clients.
    fn forget_subject(&mut self, subject: &str) {
        let from = (subject.to_owned(), String::new());
        let of = self.held.range(from..).take_while(|((it, _), _)| it == subject);
        for client_id in of.map(|((_, client_id), _)| client_id.clone()).collect::<Vec<_>>() {
            self.forget(subject, &client_id);
        }
    }

    fn forget(&mut self, subject: &str, client_id: &str) {
        let held = self.held.remove(&(subject.to_owned(), client_id.to_owned()));
        self.count = self.count.saturating_sub(held.map_or(0, |held| held.len()));
        if let Some(subjects) = self.subjects_by_client.get_mut(client_id) {
            subjects.remove(subject);
            if subjects.is_empty() {
                self.subjects_by_client.remove(client_id);
            }
        }
    }

    /// Forgets what all subjects have consented to at this client.
    pub(super) fn forget_client(&mut self, client_id: &str) {
        for subject in self.subjects_by_client.get(client_id).cloned().unwrap_or_default() {
            self.forget(&subject, client_id);
        }
    }
}

impl Authorization {
    /// Revokes those of the grants of this subject that end.
    pub(in super::super) fn end_account(
        &mut self,
        subject: &str,
        end: AccountEnd<'_>,
        now: u64,
        limit: usize,
    ) {
        if end == AccountEnd::Deleted {
            self.consents.forget_subject(subject);
        }
        self.revoke_all(&end.grants(subject), end.reason(), now, limit);
    }

    pub(super) fn withdraw_consents(
        &mut self,
        subject: &str,
        client_id: &str,
        now: u64,
        limit: usize,
    ) -> u64 {
        self.consents.forget(subject, client_id);
        let which = GrantSelector::SubjectAtClient {
            subject: subject.to_owned(),
            client_id: client_id.to_owned(),
        };
        self.revoke_all(&which, RevocationReason::ConsentWithdrawn, now, limit)
    }
}
