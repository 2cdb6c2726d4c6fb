use async_trait::async_trait;

use super::StoreError;
use crate::model::{Account, AccountId, Assignment, AssignmentKind, AssignmentOrigin, AuditEntry};

/// Whether an assignment was withdrawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withdrawn {
    /// It was.
    Done,
    /// The account does not hold it.
    NotHeld,
    /// It is the last one, and was to be kept.
    Last,
}

/// Roles and groups.
#[async_trait]
pub trait AssignmentStore: Send + Sync + 'static {
    /// Adds an assignment, or replaces the one of the same account, kind, name and origin. False: there
    /// is no such account.
    async fn assign(&self, assignment: &Assignment, audit: &AuditEntry)
    -> Result<bool, StoreError>;

    /// Removes an assignment. With `keep_last`, only if another active account holds this name without
    /// an end, by any origin: one that ends would leave no holder.
    async fn withdraw(
        &self,
        account: &AccountId,
        kind: AssignmentKind,
        name: &str,
        origin: AssignmentOrigin,
        keep_last: bool,
        audit: &AuditEntry,
    ) -> Result<Withdrawn, StoreError>;

    /// Replaces all that this origin assigned to the account, and nothing of other origins. False:
    /// there was nothing to change.
    async fn replace(
        &self,
        account: &AccountId,
        origin: AssignmentOrigin,
        assignments: &[Assignment],
        audit: &AuditEntry,
    ) -> Result<bool, StoreError>;

    /// What is assigned to the account and valid at this time.
    async fn assignments(
        &self,
        account: &AccountId,
        now: u64,
    ) -> Result<Vec<Assignment>, StoreError>;

    /// The account and what is assigned to it and valid at this time, as both were at one moment. `None`:
    /// there is no such account.
    async fn account_with_assignments(
        &self,
        account: &AccountId,
        now: u64,
    ) -> Result<Option<(Account, Vec<Assignment>)>, StoreError>;

    /// Every valid assignment of this name, ordered by account, after this account, at most so many.
    async fn holders(
        &self,
        kind: AssignmentKind,
        name: &str,
        now: u64,
        after: Option<&AccountId>,
        limit: u32,
    ) -> Result<Vec<Assignment>, StoreError>;

    /// Adds the assignment if **no** active account holds this name at this time: the first
    /// administrator. False: there is one already, or there is no such account.
    async fn assign_first(
        &self,
        assignment: &Assignment,
        now: u64,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError>;
}
