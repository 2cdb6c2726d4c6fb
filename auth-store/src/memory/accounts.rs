//! Accounts.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use async_trait::async_trait;
use auth_accounts::model::{
    Account, AccountId, AccountState, AccountStatus, AuditEntry, ChangeKind, Email, LoginKey,
    PasswordHash, SessionId,
};
use auth_accounts::store::{
    AccountStore, Created, EndedSessions, PasswordChange, PasswordWritten, StoreError,
};

use super::{MemoryStore, State, at_most, room, short};
use crate::account_end::AccountEnd;

#[derive(Default)]
pub(super) struct Accounts {
    records: BTreeMap<AccountId, Account>,
    by_login: HashMap<LoginKey, AccountId>,
    /// Verified addresses in lower case, the oldest account of each first.
    by_email: BTreeMap<String, BTreeSet<(u64, AccountId)>>,
}

impl Accounts {
    pub(super) fn get(&self, id: &AccountId) -> Option<&Account> {
        self.records.get(id)
    }

    pub(super) fn state(&self, id: &AccountId) -> Option<AccountState> {
        self.get(id).map(Account::state)
    }

    pub(super) fn is_active(&self, id: &AccountId) -> bool {
        self.get(id).is_some_and(|account| account.status == AccountStatus::Active)
    }

    fn add(&mut self, account: &Account) {
        self.by_login.insert(account.login.clone(), account.id.clone());
        self.records.insert(account.id.clone(), account.clone());
        self.index_email(&account.id);
    }

    fn set_email(&mut self, id: &AccountId, email: Option<&Email>, verified_at: Option<u64>) {
        self.forget_email(id);
        if let Some(account) = self.records.get_mut(id) {
            account.email = email.cloned();
            account.email_verified_at = verified_at;
        }
        self.index_email(id);
    }

    fn remove(&mut self, id: &AccountId) {
        self.forget_email(id);
        if let Some(account) = self.records.remove(id) {
            self.by_login.remove(&account.login);
        }
    }

    /// The verified address of an account as it is looked up, and its place among the accounts with it.
    fn email_key(&self, id: &AccountId) -> Option<(String, (u64, AccountId))> {
        let account = self.get(id).filter(|account| account.email_verified_at.is_some())?;
        let address = account.email.as_ref()?.as_str().to_ascii_lowercase();
        Some((address, (account.created_at, id.clone())))
    }

    fn index_email(&mut self, id: &AccountId) {
        if let Some((address, place)) = self.email_key(id) {
            self.by_email.entry(address).or_default().insert(place);
        }
    }

    fn forget_email(&mut self, id: &AccountId) {
        if let Some((address, place)) = self.email_key(id)
            && let Some(places) = self.by_email.get_mut(&address)
        {
            places.remove(&place);
            if places.is_empty() {
                self.by_email.remove(&address);
            }
        }
    }
}

#[async_trait]
impl AccountStore for MemoryStore {
    async fn find(&self, login: &LoginKey) -> Result<Option<Account>, StoreError> {
        self.run("AccountStore::find", |state| {
            let accounts = &state.accounts;
            Ok(accounts.by_login.get(login).and_then(|id| accounts.get(id)).cloned())
        })
        .await
    }

    async fn find_by_email(&self, email: &Email) -> Result<Option<Account>, StoreError> {
        self.run("AccountStore::find_by_email", |state| {
            let holders = state.accounts.by_email.get(&email.as_str().to_ascii_lowercase());
            let oldest = holders.and_then(BTreeSet::first);
            Ok(oldest.and_then(|(_, id)| state.accounts.get(id)).cloned())
        })
        .await
    }

    async fn load(&self, id: &AccountId) -> Result<Option<Account>, StoreError> {
        self.run("AccountStore::load", |state| Ok(state.accounts.get(id).cloned())).await
    }

    async fn state(&self, id: &AccountId) -> Result<Option<AccountState>, StoreError> {
        self.run("AccountStore::state", |state| Ok(state.accounts.state(id))).await
    }

    async fn create(&self, account: &Account, audit: &AuditEntry) -> Result<Created, StoreError> {
        self.run("AccountStore::create", |state| {
            short(&[
                (account.login.as_str().as_bytes(), "the name"),
                (account.username.as_bytes(), "the user name"),
                (account.password.as_ref().map_or("", PasswordHash::as_str).as_bytes(), "the hash"),
            ])?;
            let accounts = &state.accounts;
            if accounts.by_login.contains_key(&account.login)
                || accounts.records.contains_key(&account.id)
            {
                return Ok(Created::Taken);
            }
            room(accounts.records.len(), 1, state.limit, "accounts")?;
            state.can_record(audit)?;
            state.accounts.add(account);
            state.record(audit, None);
            Ok(Created::Created)
        })
        .await
    }

    async fn set_password(
        &self,
        id: &AccountId,
        seen: Option<&PasswordHash>,
        new: &PasswordHash,
        change: PasswordChange,
        audit: &AuditEntry,
    ) -> Result<PasswordWritten, StoreError> {
        self.run("AccountStore::set_password", |state| {
            short(&[(new.as_str().as_bytes(), "the hash")])?;
            state.can_record(audit)?;
            let Some(account) =
                state.accounts.records.get_mut(id).filter(|it| it.password.as_ref() == seen)
            else {
                return Ok(PasswordWritten::Changed);
            };
            account.password = Some(new.clone());
            let changes = match change {
                PasswordChange::Changed { at } => {
                    account.password_at = Some(at);
                    account.epoch = account.epoch.saturating_add(1);
                    Some(ChangeKind::Account(id.clone()))
                }
                PasswordChange::Rehashed => None,
            };
            let epoch = account.epoch;
            if let PasswordChange::Changed { at } = change {
                state.end_grants(id, AccountEnd::PasswordChanged, at);
            }
            state.record(audit, changes);
            Ok(PasswordWritten::Done { epoch })
        })
        .await
    }

    async fn set_status(
        &self,
        id: &AccountId,
        status: AccountStatus,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        self.run("AccountStore::set_status", |state| {
            state.can_record(audit)?;
            let Some(account) =
                state.accounts.records.get_mut(id).filter(|account| account.status != status)
            else {
                return Ok(false);
            };
            account.status = status;
            account.epoch = account.epoch.saturating_add(1);
            state.end_grants(id, AccountEnd::StatusChanged, audit.at);
            state.record(audit, [ChangeKind::Account(id.clone())]);
            Ok(true)
        })
        .await
    }

    async fn set_email(
        &self,
        id: &AccountId,
        email: Option<&Email>,
        verified_at: Option<u64>,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        self.run("AccountStore::set_email", |state| {
            if state.accounts.get(id).is_none() {
                return Ok(false);
            }
            state.can_record(audit)?;
            state.accounts.set_email(id, email, verified_at);
            state.record(audit, None);
            Ok(true)
        })
        .await
    }

    async fn bump_epoch(
        &self,
        id: &AccountId,
        keep: Option<&SessionId>,
        audit: &AuditEntry,
    ) -> Result<Option<u64>, StoreError> {
        self.run("AccountStore::bump_epoch", |state| {
            state.can_record(audit)?;
            let Some(account) = state.accounts.records.get_mut(id) else {
                return Ok(None);
            };
            account.epoch = account.epoch.saturating_add(1);
            let epoch = account.epoch;
            state.end_grants(id, AccountEnd::of_epoch(keep), audit.at);
            state.record(audit, [ChangeKind::Account(id.clone())]);
            Ok(Some(epoch))
        })
        .await
    }

    async fn sessions_ended(
        &self,
        id: &AccountId,
        ended: EndedSessions<'_>,
        now: u64,
    ) -> Result<(), StoreError> {
        self.run("AccountStore::sessions_ended", |state| {
            state.end_grants(id, AccountEnd::Sessions(ended), now);
            Ok(())
        })
        .await
    }

    async fn delete(&self, id: &AccountId, audit: &AuditEntry) -> Result<bool, StoreError> {
        self.run("AccountStore::delete", |state| {
            if state.accounts.get(id).is_none() {
                return Ok(false);
            }
            state.can_record(audit)?;
            state.remove_account(id);
            state.end_grants(id, AccountEnd::Deleted, audit.at);
            state.record(audit, [ChangeKind::Account(id.clone())]);
            Ok(true)
        })
        .await
    }

    async fn search(
        &self,
        text: &str,
        after: Option<&AccountId>,
        limit: u32,
    ) -> Result<Vec<Account>, StoreError> {
        self.run("AccountStore::search", |state| {
            let text = text.to_ascii_lowercase();
            let contains = |field: &str| field.to_ascii_lowercase().contains(&text);
            let start = after.map_or(Bound::Unbounded, Bound::Excluded);
            let found = state
                .accounts
                .records
                .range::<AccountId, _>((start, Bound::Unbounded))
                .map(|(_, account)| account)
                .filter(|account| {
                    contains(account.login.as_str())
                        || contains(&account.username)
                        || account.email.as_ref().is_some_and(|email| contains(email.as_str()))
                });
            Ok(found.take(at_most(limit)).cloned().collect())
        })
        .await
    }
}

impl State {
    /// Revokes those of the grants of this account that end, and adds them to the feed of revocations.
    pub(super) fn end_grants(&mut self, id: &AccountId, end: AccountEnd<'_>, now: u64) {
        #[cfg(feature = "authorization")]
        self.authorization.end_account(id.as_str(), end, now, self.limit);
        #[cfg(not(feature = "authorization"))]
        let _ = (self, id, end, now);
    }

    /// Removes an account and all that belongs to it.
    fn remove_account(&mut self, id: &AccountId) {
        self.accounts.remove(id);
        self.assignments.remove_account(id);
        self.factors.remove_account(id);
        self.sessions.remove_account(id);
        self.api_keys.remove_account(id);
        self.one_time.remove_account(id);
    }
}
