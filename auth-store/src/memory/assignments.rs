//! Roles and groups.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use async_trait::async_trait;
use auth_accounts::model::{
    Account, AccountId, Assignment, AssignmentKind, AssignmentOrigin, AuditEntry, ChangeKind,
};
use auth_accounts::store::{AssignmentStore, StoreError, Withdrawn};

use super::{MemoryStore, State, at_most, room, short};

type Key = (AssignmentKind, String, AssignmentOrigin);

#[derive(Default)]
pub(super) struct Assignments {
    by_account: BTreeMap<AccountId, BTreeMap<Key, Assignment>>,
    /// Who has this name by any origin, valid or not.
    by_name: BTreeMap<(AssignmentKind, String), BTreeSet<AccountId>>,
    count: usize,
}

impl Assignments {
    fn of(&self, account: &AccountId) -> impl Iterator<Item = &Assignment> {
        self.by_account.get(account).into_iter().flat_map(BTreeMap::values)
    }

    fn holds(
        &self,
        account: &AccountId,
        kind: AssignmentKind,
        name: &str,
        how: impl Fn(&Assignment) -> bool,
    ) -> bool {
        self.of(account).any(|it| it.kind == kind && it.name == name && how(it))
    }

    fn add(&mut self, assignment: &Assignment) {
        let account = assignment.account.clone();
        let name = (assignment.kind, assignment.name.clone());
        self.by_name.entry(name).or_default().insert(account.clone());
        let before =
            self.by_account.entry(account).or_default().insert(key(assignment), assignment.clone());
        if before.is_none() {
            self.count = self.count.saturating_add(1);
        }
    }

    fn remove(&mut self, account: &AccountId, key: &Key) -> bool {
        let Some(held) = self.by_account.get_mut(account) else { return false };
        if held.remove(key).is_none() {
            return false;
        }
        self.count = self.count.saturating_sub(1);
        let (kind, name, _) = key;
        let still = held.keys().any(|(other, text, _)| other == kind && text == name);
        if held.is_empty() {
            self.by_account.remove(account);
        }
        let by_name = (*kind, name.clone());
        if !still && let Some(holders) = self.by_name.get_mut(&by_name) {
            holders.remove(account);
            if holders.is_empty() {
                self.by_name.remove(&by_name);
            }
        }
        true
    }

    pub(super) fn remove_account(&mut self, account: &AccountId) {
        let keys: Vec<Key> =
            self.by_account.get(account).map(|it| it.keys().cloned().collect()).unwrap_or_default();
        for key in keys {
            self.remove(account, &key);
        }
    }
}

impl State {
    fn valid_assignments(&self, account: &AccountId, now: u64) -> Vec<Assignment> {
        self.assignments.of(account).filter(|it| it.is_valid(now)).cloned().collect()
    }

    /// Whether an active account, other than this one, holds this name in this way.
    fn is_held(
        &self,
        kind: AssignmentKind,
        name: &str,
        other_than: Option<&AccountId>,
        how: impl Fn(&Assignment) -> bool,
    ) -> bool {
        let holders = self.assignments.by_name.get(&(kind, name.to_owned()));
        holders.into_iter().flatten().any(|account| {
            Some(account) != other_than
                && self.accounts.is_active(account)
                && self.assignments.holds(account, kind, name, &how)
        })
    }
}

fn key(assignment: &Assignment) -> Key {
    (assignment.kind, assignment.name.clone(), assignment.origin)
}

/// Whether both say the same, whenever they were made.
fn says_the_same(one: &Assignment, other: &Assignment) -> bool {
    Assignment { granted_at: other.granted_at, ..one.clone() } == *other
}

fn check(assignment: &Assignment) -> Result<(), StoreError> {
    short(&[
        (assignment.name.as_bytes(), "the name of an assignment"),
        (assignment.reason.as_bytes(), "the reason of an assignment"),
    ])
}

#[async_trait]
impl AssignmentStore for MemoryStore {
    async fn assign(
        &self,
        assignment: &Assignment,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        self.run("AssignmentStore::assign", |state| {
            check(assignment)?;
            if state.accounts.get(&assignment.account).is_none() {
                return Ok(false);
            }
            room(state.assignments.count, 1, state.limit, "assignments")?;
            state.can_record(audit)?;
            state.assignments.add(assignment);
            state.record(audit, [ChangeKind::Assignments(assignment.account.clone())]);
            Ok(true)
        })
        .await
    }

    async fn withdraw(
        &self,
        account: &AccountId,
        kind: AssignmentKind,
        name: &str,
        origin: AssignmentOrigin,
        keep_last: bool,
        audit: &AuditEntry,
    ) -> Result<Withdrawn, StoreError> {
        self.run("AssignmentStore::withdraw", |state| {
            let key = (kind, name.to_owned(), origin);
            let held = state.assignments.by_account.get(account);
            if !held.is_some_and(|held| held.contains_key(&key)) {
                return Ok(Withdrawn::NotHeld);
            }
            let holds = |held: &Assignment| held.expires_at.is_none();
            if keep_last && !state.is_held(kind, name, Some(account), holds) {
                return Ok(Withdrawn::Last);
            }
            state.can_record(audit)?;
            state.assignments.remove(account, &key);
            state.record(audit, [ChangeKind::Assignments(account.clone())]);
            Ok(Withdrawn::Done)
        })
        .await
    }

    async fn replace(
        &self,
        account: &AccountId,
        origin: AssignmentOrigin,
        assignments: &[Assignment],
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        self.run("AssignmentStore::replace", |state| {
            if assignments.iter().any(|it| it.account != *account || it.origin != origin) {
                return Err(StoreError::Conflict("an assignment of another account or origin"));
            }
            assignments.iter().try_for_each(check)?;
            if state.accounts.get(account).is_none() {
                return Ok(false);
            }
            let new: BTreeMap<Key, &Assignment> =
                assignments.iter().map(|it| (key(it), it)).collect();
            let held = state.assignments.by_account.get(account);
            let held = || held.into_iter().flatten().filter(|((.., by), _)| *by == origin);
            let gone: Vec<Key> =
                held().map(|(key, _)| key.clone()).filter(|key| !new.contains_key(key)).collect();
            let is_new = |assignment: &&Assignment| {
                !held().any(|(held, it)| *held == key(assignment) && says_the_same(it, assignment))
            };
            let added: Vec<&Assignment> = new.into_values().filter(is_new).collect();
            if gone.is_empty() && added.is_empty() {
                return Ok(false);
            }
            room(state.assignments.count, added.len(), state.limit, "assignments")?;
            state.can_record(audit)?;
            for key in gone {
                state.assignments.remove(account, &key);
            }
            for assignment in added {
                state.assignments.add(assignment);
            }
            state.record(audit, [ChangeKind::Assignments(account.clone())]);
            Ok(true)
        })
        .await
    }

    async fn assignments(
        &self,
        account: &AccountId,
        now: u64,
    ) -> Result<Vec<Assignment>, StoreError> {
        self.run("AssignmentStore::assignments", |state| Ok(state.valid_assignments(account, now)))
            .await
    }

    async fn account_with_assignments(
        &self,
        account: &AccountId,
        now: u64,
    ) -> Result<Option<(Account, Vec<Assignment>)>, StoreError> {
        self.run("AssignmentStore::account_with_assignments", |state| {
            let found = state.accounts.get(account).cloned();
            Ok(found.map(|it| (it, state.valid_assignments(account, now))))
        })
        .await
    }

    async fn holders(
        &self,
        kind: AssignmentKind,
        name: &str,
        now: u64,
        after: Option<&AccountId>,
        limit: u32,
    ) -> Result<Vec<Assignment>, StoreError> {
        self.run("AssignmentStore::holders", |state| {
            let start = after.map_or(Bound::Unbounded, Bound::Excluded);
            let holders = state.assignments.by_name.get(&(kind, name.to_owned()));
            let valid = holders
                .into_iter()
                .flat_map(|accounts| accounts.range::<AccountId, _>((start, Bound::Unbounded)))
                .flat_map(|account| state.assignments.of(account))
                .filter(|it| it.kind == kind && it.name == name && it.is_valid(now));
            Ok(valid.take(at_most(limit)).cloned().collect())
        })
        .await
    }

    async fn assign_first(
        &self,
        assignment: &Assignment,
        now: u64,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        self.run("AssignmentStore::assign_first", |state| {
            check(assignment)?;
            if state.accounts.get(&assignment.account).is_none()
                || state.is_held(assignment.kind, &assignment.name, None, |it| it.is_valid(now))
            {
                return Ok(false);
            }
            room(state.assignments.count, 1, state.limit, "assignments")?;
            state.can_record(audit)?;
            state.assignments.add(assignment);
            state.record(audit, [ChangeKind::Assignments(assignment.account.clone())]);
            Ok(true)
        })
        .await
    }
}
