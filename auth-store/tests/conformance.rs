//! The store in memory keeps what every store promises, and the suite finds those that do not.

mod faulty_authorization;

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use auth_accounts::model::{
    Account, AccountId, AccountState, AccountStatus, AuditEntry, AuditRecord, ChangeBatch,
    ChangeKind, Email, LoginKey, PasswordHash, SessionId, SessionRecord, StoredSession,
};
use auth_accounts::secret::Digest;
use auth_accounts::store::{
    AccountStore, Attempt, AttemptStore, AuditStore, ChangeStore, Created, DataWritten, Limit,
    OneTimeKind, OneTimeStore, PasswordChange, PasswordWritten, SessionStore, StoreError, Stores,
};
use auth_store::conformance::{self, Settings};
use auth_store::memory::MemoryStore;
use tokio::task::yield_now;

async fn empty_store() -> Stores {
    Stores::all_in(MemoryStore::new())
}

mod memory {
    use super::empty_store;

    auth_store::conformance_tests!(empty_store);
}

/// A store that reads first and writes later, or writes in two steps.
struct Racy(MemoryStore);

#[async_trait]
impl OneTimeStore for Racy {
    async fn put(
        &self,
        kind: OneTimeKind,
        digest: &Digest,
        account: Option<&AccountId>,
        value: &[u8],
        expires_at: u64,
        now: u64,
    ) -> Result<Created, StoreError> {
        self.0.put(kind, digest, account, value, expires_at, now).await
    }

    async fn peek(
        &self,
        kind: OneTimeKind,
        digest: &Digest,
        now: u64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.peek(kind, digest, now).await
    }

    async fn take(
        &self,
        kind: OneTimeKind,
        digest: &Digest,
        now: u64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let value = self.0.peek(kind, digest, now).await?;
        yield_now().await;
        self.0.take(kind, digest, now).await?;
        Ok(value)
    }

    async fn clear(&self, kind: OneTimeKind, account: &AccountId) -> Result<u64, StoreError> {
        self.0.clear(kind, account).await
    }

    async fn sweep_one_time(&self, now: u64, limit: u32) -> Result<u64, StoreError> {
        self.0.sweep_one_time(now, limit).await
    }
}

#[async_trait]
impl SessionStore for Racy {
    async fn create(&self, session: &SessionRecord, audit: &AuditEntry) -> Result<(), StoreError> {
        SessionStore::create(&self.0, session, audit).await
    }

    async fn load(&self, digest: &Digest, now: u64) -> Result<Option<StoredSession>, StoreError> {
        SessionStore::load(&self.0, digest, now).await
    }

    async fn touch(&self, seen: &[(Digest, u64)]) -> Result<(), StoreError> {
        self.0.touch(seen).await
    }

    async fn rotate(
        &self,
        old: &Digest,
        new: &SessionRecord,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        let Some(held) = SessionStore::load(&self.0, old, audit.at).await? else {
            return Ok(false);
        };
        yield_now().await;
        self.0.end(&held.record.account, &held.record.id, audit).await?;
        // Whether it was still there does not matter to it: the session comes back.
        let added = SessionStore::create(&self.0, new, audit).await;
        Ok(added.is_ok())
    }

    async fn end(
        &self,
        account: &AccountId,
        session: &SessionId,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        self.0.end(account, session, audit).await
    }

    async fn end_others(
        &self,
        account: &AccountId,
        keep: Option<&SessionId>,
        audit: &AuditEntry,
    ) -> Result<u64, StoreError> {
        self.0.end_others(account, keep, audit).await
    }

    async fn list(&self, account: &AccountId, now: u64) -> Result<Vec<SessionRecord>, StoreError> {
        self.0.list(account, now).await
    }

    async fn data(
        &self,
        session: &SessionId,
        key: &str,
    ) -> Result<Option<(Vec<u8>, u64)>, StoreError> {
        self.0.data(session, key).await
    }

    async fn set_data(
        &self,
        session: &SessionId,
        key: &str,
        value: &[u8],
        seen: Option<u64>,
        now: u64,
    ) -> Result<DataWritten, StoreError> {
        let held = self.0.data(session, key).await?.map(|(_, version)| version);
        yield_now().await;
        if held != seen {
            return Ok(DataWritten::Changed);
        }
        // It overwrites what is there by now.
        let held = self.0.data(session, key).await?.map(|(_, version)| version);
        self.0.set_data(session, key, value, held, now).await
    }

    async fn sweep_sessions(&self, now: u64, limit: u32) -> Result<u64, StoreError> {
        self.0.sweep_sessions(now, limit).await
    }
}

#[async_trait]
impl AttemptStore for Racy {
    async fn hit(&self, key: &Digest, limit: Limit, now: u64) -> Result<Attempt, StoreError> {
        // Counted after the attempt, not before it.
        let more = Limit { attempts: limit.attempts.saturating_add(1), ..limit };
        self.0.hit(key, more, now).await
    }

    async fn forgive(&self, key: &Digest) -> Result<(), StoreError> {
        self.0.forgive(key).await
    }

    async fn sweep_attempts(&self, now: u64, limit: u32) -> Result<u64, StoreError> {
        self.0.sweep_attempts(now, limit).await
    }
}

#[async_trait]
impl AccountStore for Racy {
    async fn find(&self, login: &LoginKey) -> Result<Option<Account>, StoreError> {
        self.0.find(login).await
    }

    async fn find_by_email(&self, email: &Email) -> Result<Option<Account>, StoreError> {
        self.0.find_by_email(email).await
    }

    async fn load(&self, id: &AccountId) -> Result<Option<Account>, StoreError> {
        AccountStore::load(&self.0, id).await
    }

    async fn state(&self, id: &AccountId) -> Result<Option<AccountState>, StoreError> {
        self.0.state(id).await
    }

    async fn create(&self, account: &Account, audit: &AuditEntry) -> Result<Created, StoreError> {
        // The account in one step, its entry in another one.
        let created = AccountStore::create(&self.0, account, &AuditEntry::new(0, "lost")).await?;
        yield_now().await;
        if created == Created::Created {
            self.0.append(audit).await?;
        }
        Ok(created)
    }

    async fn set_password(
        &self,
        id: &AccountId,
        seen: Option<&PasswordHash>,
        new: &PasswordHash,
        change: PasswordChange,
        audit: &AuditEntry,
    ) -> Result<PasswordWritten, StoreError> {
        let held = AccountStore::load(&self.0, id).await?.and_then(|account| account.password);
        yield_now().await;
        if held.as_ref() != seen {
            return Ok(PasswordWritten::Changed);
        }
        let held = AccountStore::load(&self.0, id).await?.and_then(|account| account.password);
        self.0.set_password(id, held.as_ref(), new, change, audit).await
    }

    async fn set_status(
        &self,
        id: &AccountId,
        status: AccountStatus,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        self.0.set_status(id, status, audit).await
    }

    async fn set_email(
        &self,
        id: &AccountId,
        email: Option<&Email>,
        verified_at: Option<u64>,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        self.0.set_email(id, email, verified_at, audit).await
    }

    async fn bump_epoch(
        &self,
        id: &AccountId,
        keep: Option<&SessionId>,
        audit: &AuditEntry,
    ) -> Result<Option<u64>, StoreError> {
        self.0.bump_epoch(id, keep, audit).await
    }

    async fn delete(&self, id: &AccountId, audit: &AuditEntry) -> Result<bool, StoreError> {
        self.0.delete(id, audit).await
    }

    async fn search(
        &self,
        text: &str,
        after: Option<&AccountId>,
        limit: u32,
    ) -> Result<Vec<Account>, StoreError> {
        // The text is a pattern to it.
        self.0.search(&text.replace('%', ""), after, limit).await
    }
}

#[async_trait]
impl AuditStore for Racy {
    async fn append(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        self.0.append(entry).await
    }

    async fn records(
        &self,
        after: u64,
        account: Option<&AccountId>,
        limit: u32,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        // A record of an account is left out.
        let mut records = self.0.records(after, account, limit).await?;
        records.retain(|record| record.position != 2);
        Ok(records)
    }
}

#[async_trait]
impl ChangeStore for Racy {
    async fn changes_after(&self, position: u64, limit: u32) -> Result<ChangeBatch, StoreError> {
        // The last change is not there yet, though the position is given out.
        let mut batch = self.0.changes_after(position, limit).await?;
        if batch.changes.len() > 1 {
            batch.changes.remove(0);
        }
        Ok(batch)
    }

    async fn announce(&self, changes: &[ChangeKind]) -> Result<(), StoreError> {
        self.0.announce(changes).await
    }
}

/// The promises that a store does not keep, where one of its parts is racy.
async fn failures(make: impl Fn(&mut Stores, Arc<Racy>)) -> BTreeSet<String> {
    let empty = || async {
        let memory = MemoryStore::new();
        let mut stores = Stores::all_in(memory.clone());
        make(&mut stores, Arc::new(Racy(memory)));
        stores
    };
    let settings = Settings::default().steps(300);
    let report = conformance::check_some(empty, settings, |_| true).await;
    assert!(report.len() >= 100, "{report}");
    report.failures().map(|(case, _)| format!("{case:?}")).collect()
}

fn all(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// In more than one thread a racy store fails by chance; in one thread it fails each time, because it
/// yields where it must not.
#[tokio::test]
async fn a_store_that_takes_in_two_steps_is_found() {
    let failures = failures(|stores, racy| stores.one_time = racy).await;
    assert_eq!(
        failures,
        all(&["one_time::one_of_many_takes", "one_time::a_value_is_taken_or_cleared"])
    );
}

#[tokio::test]
async fn a_store_that_rotates_in_two_steps_is_found() {
    let failures = failures(|stores, racy| stores.sessions = racy).await;
    for name in [
        "one_of_many_rotations_wins",
        "one_of_many_writers_of_data_wins",
        "no_rotation_survives_the_end_of_all",
    ] {
        assert!(failures.contains(&format!("sessions::{name}")), "{name}: {failures:?}");
    }
}

#[tokio::test]
async fn a_store_that_counts_afterwards_is_found() {
    let failures = failures(|stores, racy| stores.attempts = racy).await;
    assert!(failures.contains("attempts::attempts_are_counted_to_the_limit"), "{failures:?}");
    assert!(failures.contains("attempts::many_at_once_are_counted_each"), "{failures:?}");
}

#[tokio::test]
async fn a_store_that_writes_accounts_in_two_steps_is_found() {
    let failures = failures(|stores, racy| stores.accounts = racy).await;
    for name in [
        "one_of_many_sets_the_password",
        "accounts_are_searched_by_plain_text",
        "cancelled_calls_leave_all_or_nothing",
        "random_operations_answer_as_the_model",
    ] {
        assert!(failures.contains(&format!("accounts::{name}")), "{name}: {failures:?}");
    }
}

#[tokio::test]
async fn a_trail_with_a_gap_is_found() {
    let failures = failures(|stores, racy| stores.audit = racy).await;
    assert!(failures.contains("audit::entries_are_kept_in_a_chain"), "{failures:?}");
    assert!(failures.contains("audit::many_writers_leave_no_gap"), "{failures:?}");
}

#[tokio::test]
async fn a_feed_that_leaves_a_change_out_is_found() {
    let failures = failures(|stores, racy| stores.changes = racy).await;
    assert!(failures.contains("changes::positions_ascend"), "{failures:?}");
    assert!(failures.contains("changes::nothing_turns_up_behind_a_position"), "{failures:?}");
}

#[tokio::test]
async fn a_report_says_what_failed() {
    let settings = Settings::default();
    let passed =
        conformance::check_some(empty_store, settings, |case| case.part() == "audit").await;
    assert!(passed.is_passed(), "{passed}");
    assert_eq!(passed.to_string(), "5 cases, 0 failed\n");
    let racy = || async {
        let memory = MemoryStore::new();
        let mut stores = Stores::all_in(memory.clone());
        stores.attempts = Arc::new(Racy(memory));
        stores
    };
    let only = |case: &conformance::Case| case.name() == "attempts_are_counted_to_the_limit";
    let report = conformance::check_some(racy, settings, only).await;
    let text = report.to_string();
    assert!(text.starts_with("1 cases, 1 failed\nattempts::attempts_are_counted"), "{text}");
    assert!(text.contains("expected Allowed { left: 2 }"), "{text}");
}

async fn empty_authorization_store() -> conformance::Nodes {
    conformance::Nodes::one(MemoryStore::new())
}

mod authorization {
    use super::empty_authorization_store;

    auth_store::authorization_conformance_tests!(empty_authorization_store);
}
