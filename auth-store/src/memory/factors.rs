//! Second factors, passkeys and recovery codes.

use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use auth_accounts::model::{AccountId, AuditEntry, FactorId, FactorRecord};
use auth_accounts::secret::{Digest, Sealed};
use auth_accounts::store::{FactorAdded, FactorStore, StoreError};

use super::{MemoryStore, count, room, short};

#[derive(Default)]
pub(super) struct Factors {
    by_id: HashMap<FactorId, FactorRecord>,
    /// By when they were added.
    by_account: HashMap<AccountId, BTreeSet<(u64, FactorId)>>,
    by_credential: HashMap<Vec<u8>, FactorId>,
    codes: HashMap<AccountId, BTreeSet<Digest>>,
    code_count: usize,
}

impl Factors {
    fn add(&mut self, factor: &FactorRecord) {
        let place = (factor.created_at, factor.id.clone());
        self.by_account.entry(factor.account.clone()).or_default().insert(place);
        if let Some(credential) = &factor.credential_id {
            self.by_credential.insert(credential.clone(), factor.id.clone());
        }
        self.by_id.insert(factor.id.clone(), factor.clone());
    }

    fn remove(&mut self, id: &FactorId) {
        let Some(factor) = self.by_id.remove(id) else { return };
        if let Some(credential) = &factor.credential_id {
            self.by_credential.remove(credential);
        }
        if let Some(places) = self.by_account.get_mut(&factor.account) {
            places.remove(&(factor.created_at, factor.id));
            if places.is_empty() {
                self.by_account.remove(&factor.account);
            }
        }
    }

    fn set_codes(&mut self, account: &AccountId, codes: BTreeSet<Digest>) {
        let before = self.codes.remove(account).map_or(0, |codes| codes.len());
        self.code_count = self.code_count.saturating_sub(before).saturating_add(codes.len());
        if !codes.is_empty() {
            self.codes.insert(account.clone(), codes);
        }
    }

    pub(super) fn remove_account(&mut self, account: &AccountId) {
        let places = self.by_account.get(account).cloned().unwrap_or_default();
        for (_, id) in places {
            self.remove(&id);
        }
        self.set_codes(account, BTreeSet::new());
    }
}

#[async_trait]
impl FactorStore for MemoryStore {
    async fn factors(&self, account: &AccountId) -> Result<Vec<FactorRecord>, StoreError> {
        self.run("FactorStore::factors", |state| {
            let factors = &state.factors;
            let places = factors.by_account.get(account).into_iter().flatten();
            Ok(places.filter_map(|(_, id)| factors.by_id.get(id)).cloned().collect())
        })
        .await
    }

    async fn passkey(&self, credential_id: &[u8]) -> Result<Option<FactorRecord>, StoreError> {
        self.run("FactorStore::passkey", |state| {
            let factors = &state.factors;
            let id = factors.by_credential.get(credential_id);
            Ok(id.and_then(|id| factors.by_id.get(id)).cloned())
        })
        .await
    }

    async fn add_factor(
        &self,
        factor: &FactorRecord,
        audit: &AuditEntry,
    ) -> Result<FactorAdded, StoreError> {
        self.run("FactorStore::add_factor", |state| {
            short(&[
                (factor.name.as_bytes(), "the name of a factor"),
                (&factor.sealed.bytes, "a sealed value"),
                (factor.credential_id.as_deref().unwrap_or_default(), "a credential id"),
            ])?;
            if state.accounts.get(&factor.account).is_none() {
                return Ok(FactorAdded::NoAccount);
            }
            if let Some(credential) = &factor.credential_id
                && state.factors.by_credential.contains_key(credential)
            {
                return Ok(FactorAdded::CredentialTaken);
            }
            if state.factors.by_id.contains_key(&factor.id) {
                return Err(StoreError::Conflict("there is a factor with this id"));
            }
            room(state.factors.by_id.len(), 1, state.limit, "factors")?;
            state.can_record(audit)?;
            state.factors.add(factor);
            state.record(audit, None);
            Ok(FactorAdded::Done)
        })
        .await
    }

    async fn remove_factor(
        &self,
        account: &AccountId,
        factor: &FactorId,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        self.run("FactorStore::remove_factor", |state| {
            if state.factors.by_id.get(factor).is_none_or(|it| it.account != *account) {
                return Ok(false);
            }
            state.can_record(audit)?;
            state.factors.remove(factor);
            state.record(audit, None);
            Ok(true)
        })
        .await
    }

    async fn accept_step(
        &self,
        factor: &FactorId,
        step: u64,
        now: u64,
    ) -> Result<bool, StoreError> {
        self.run("FactorStore::accept_step", |state| {
            let factor = state.factors.by_id.get_mut(factor);
            let Some(factor) = factor.filter(|it| it.last_step.is_none_or(|last| last < step))
            else {
                return Ok(false);
            };
            factor.last_step = Some(step);
            factor.last_used_at = Some(now);
            Ok(true)
        })
        .await
    }

    async fn accept_counter(
        &self,
        factor: &FactorId,
        seen: u32,
        new: u32,
        sealed: &Sealed,
        now: u64,
    ) -> Result<bool, StoreError> {
        self.run("FactorStore::accept_counter", |state| {
            short(&[(&sealed.bytes, "a sealed value")])?;
            let factor = state.factors.by_id.get_mut(factor);
            let Some(factor) = factor.filter(|it| it.sign_count == seen) else {
                return Ok(false);
            };
            factor.sign_count = new;
            factor.sealed = sealed.clone();
            factor.last_used_at = Some(now);
            Ok(true)
        })
        .await
    }

    async fn replace_recovery_codes(
        &self,
        account: &AccountId,
        codes: &[Digest],
        audit: &AuditEntry,
    ) -> Result<(), StoreError> {
        self.run("FactorStore::replace_recovery_codes", |state| {
            if state.accounts.get(account).is_none() {
                return Err(StoreError::Conflict("there is no such account"));
            }
            room(state.factors.code_count, codes.len(), state.limit, "recovery codes")?;
            state.can_record(audit)?;
            state.factors.set_codes(account, codes.iter().copied().collect());
            state.record(audit, None);
            Ok(())
        })
        .await
    }

    async fn take_recovery_code(
        &self,
        account: &AccountId,
        code: &Digest,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        self.run("FactorStore::take_recovery_code", |state| {
            state.can_record(audit)?;
            let codes = state.factors.codes.get_mut(account);
            if !codes.is_some_and(|codes| codes.remove(code)) {
                return Ok(false);
            }
            state.factors.code_count = state.factors.code_count.saturating_sub(1);
            state.record(audit, None);
            Ok(true)
        })
        .await
    }

    async fn recovery_codes_left(&self, account: &AccountId) -> Result<u64, StoreError> {
        self.run("FactorStore::recovery_codes_left", |state| {
            Ok(count(state.factors.codes.get(account).map_or(0, BTreeSet::len)))
        })
        .await
    }
}
