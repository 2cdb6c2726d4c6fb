//! Roles and groups that are assigned by hand.

use std::net::IpAddr;

use auth_core::vocabulary::{Authority, AuthorityRef};

use super::settings::{authority_kind, kind_of};
use crate::accounts::Accounts;
use crate::model::{
    AccountId, AccountStatus, Assignment, AssignmentKind, AssignmentOrigin, AuditEntry,
    AuditOutcome,
};
use crate::store::{StoreError, Withdrawn};

/// Who changes what of whom, and why.
#[derive(Clone, Copy, Debug)]
pub struct ByHand<'a> {
    /// The account that does it. What it may assign is asked of the store now.
    pub actor: &'a AccountId,
    /// The account that it is done to.
    pub account: &'a AccountId,
    /// A role or a group.
    pub kind: AssignmentKind,
    /// Its name in the vocabulary.
    pub name: &'a str,
    /// Why: shown in the trail and in reviews. One line of at most [`MAX_REASON`](Self::MAX_REASON) bytes.
    pub reason: &'a str,
    /// The request that it is done in, if that has an id.
    pub request_id: Option<&'a str>,
    /// The address that the request came from, where the program knows it for sure.
    pub source: Option<IpAddr>,
}

impl ByHand<'_> {
    /// How long a reason may be, in bytes.
    pub const MAX_REASON: usize = AuditEntry::MAX_TEXT;

    pub(super) fn entry(&self, event: &str, now: u64) -> AuditEntry {
        AuditEntry::new(now, event)
            .by(self.actor)
            .about(self.account)
            .in_request(self.request_id, self.source)
            .with("kind", self.kind.as_str())
            .with("name", self.name)
            .with("reason", self.reason)
    }
}

/// Why a role or group was not assigned or withdrawn. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AssignmentError {
    /// The actor may not assign this name, or is no active account.
    #[error("the actor may not assign this name")]
    MayNotAssign,
    /// The application has no such role or group.
    #[error("the application has no such name")]
    UnknownName,
    /// There is no such account.
    #[error("there is no such account")]
    NoAccount,
    /// The account does not have this name by hand.
    #[error("the account does not have this name by hand")]
    NotHeld,
    /// It is the last active account with the administrator's role.
    #[error("the last administrator keeps the role")]
    LastAdministrator,
    /// The reason is empty, longer than 256 bytes, or more than one line.
    #[error("a reason is one line of 1 to 256 bytes")]
    InvalidReason,
    /// The assignment would end before it begins.
    #[error("the end is not in the future")]
    EndsInThePast,
    /// The store did not do it, or it is not known whether it did.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Accounts {
    /// Assigns a role or group by hand, in place of what was assigned so before, until `expires_at`
    /// (seconds since 1970; `None`: until it is withdrawn).
    ///
    /// # Errors
    /// If the actor may not assign it, the name or the account is not known, there is no reason, or the
    /// end has passed. If it gives the last administrator's role an end.
    pub async fn assign(
        &self,
        change: &ByHand<'_>,
        expires_at: Option<u64>,
    ) -> Result<(), AssignmentError> {
        let now = self.now();
        let reason = reason(change.reason)?;
        if expires_at.is_some_and(|end| end <= now) {
            return Err(AssignmentError::EndsInThePast);
        }
        self.allow(change, "assignment_refused").await?;
        let is_administrator = self.0.assigning.is_administrator(change.kind, change.name);
        if expires_at.is_some()
            && is_administrator
            && self.is_last_administrator(change.account).await?
        {
            return Err(AssignmentError::LastAdministrator);
        }
        let assignment = Assignment {
            account: change.account.clone(),
            kind: change.kind,
            name: change.name.to_owned(),
            origin: AssignmentOrigin::Manual,
            granted_by: Some(change.actor.clone()),
            reason: reason.to_owned(),
            granted_at: now,
            expires_at,
        };
        let entry = change.entry("assigned", now).with("expires_at", expires_at);
        self.write(&assignment, &entry).await
    }

    /// Withdraws what was assigned by hand; what rules or a provider assign stays.
    ///
    /// # Errors
    /// If the actor may not assign it, the account does not have it by hand, or it is the role of the
    /// last administrator.
    pub async fn withdraw(&self, change: &ByHand<'_>) -> Result<(), AssignmentError> {
        let now = self.now();
        reason(change.reason)?;
        self.allow(change, "withdrawal_refused").await?;
        let is_administrator = self.0.assigning.is_administrator(change.kind, change.name);
        let entry = change.entry("withdrawn", now);
        let withdrawn = self.0.stores.assignments.withdraw(
            change.account,
            change.kind,
            change.name,
            AssignmentOrigin::Manual,
            is_administrator,
            &entry,
        );
        // Also after an error: the store may have done it.
        let withdrawn = self.ask(withdrawn).await;
        self.forget_assignments(change.account);
        match withdrawn? {
            Withdrawn::Done => Ok(()),
            Withdrawn::NotHeld => Err(AssignmentError::NotHeld),
            Withdrawn::Last => Err(AssignmentError::LastAdministrator),
        }
    }

    /// Assigns a role or group in the name of the program, for its first accounts: no permission is checked.
    ///
    /// # Errors
    /// If the account is not known, or the name is neither a role nor a group of the application.
    pub async fn assign_as_program(
        &self,
        account: &AccountId,
        name: impl Authority,
        why: &str,
    ) -> Result<(), AssignmentError> {
        let now = self.now();
        let why = reason(why)?;
        let name = name.reference();
        let kind = kind_of(name).filter(|_| self.0.assigning.vocabulary.contains(name.table()));
        let assignment = Assignment {
            account: account.clone(),
            kind: kind.ok_or(AssignmentError::UnknownName)?,
            name: name.name().to_owned(),
            origin: AssignmentOrigin::Manual,
            granted_by: None,
            reason: why.to_owned(),
            granted_at: now,
            expires_at: None,
        };
        let entry = AuditEntry::new(now, "assigned").about(account);
        let entry = entry.with("kind", assignment.kind.as_str()).with("name", name.name());
        self.write(&assignment, &entry.with("reason", why)).await
    }

    async fn write(
        &self,
        assignment: &Assignment,
        entry: &AuditEntry,
    ) -> Result<(), AssignmentError> {
        let written = self.ask(self.0.stores.assignments.assign(assignment, entry)).await;
        // Also after an error: the store may have done it.
        self.forget_assignments(&assignment.account);
        if written? { Ok(()) } else { Err(AssignmentError::NoAccount) }
    }

    /// Rejects an actor who may not assign the name, and records that in the trail.
    async fn allow(&self, change: &ByHand<'_>, event: &str) -> Result<(), AssignmentError> {
        let name = self.0.assigning.name(change.kind, change.name);
        let name = name.ok_or(AssignmentError::UnknownName)?;
        if self.may_assign(change.actor, name).await? {
            return Ok(());
        }
        let entry = change.entry(event, self.now()).outcome(AuditOutcome::Refused);
        self.ask(self.0.stores.audit.append(&entry)).await?;
        Err(AssignmentError::MayNotAssign)
    }

    /// Whether this account may assign that name at this time.
    pub(super) async fn may_assign(
        &self,
        actor: &AccountId,
        name: AuthorityRef,
    ) -> Result<bool, StoreError> {
        let state = self.ask(self.0.stores.accounts.state(actor)).await?;
        if state.is_none_or(|state| state.status != AccountStatus::Active) {
            return Ok(false);
        }
        let now = self.now();
        let held = self.ask(self.0.stores.assignments.assignments(actor, now)).await?;
        let held = held.iter().filter(|it| it.is_valid(now));
        let held = held.map(|it| (authority_kind(it.kind), it.name.as_str()));
        Ok(self.0.assigning.may_assign(held, name))
    }

    /// Whether the account is the only active one that has the administrator's role without an end.
    pub(crate) async fn is_last_administrator(
        &self,
        account: &AccountId,
    ) -> Result<bool, StoreError> {
        Ok(self.is_administrator(account).await? && !self.has_administrator(Some(account)).await?)
    }

    /// Whether the account has the administrator's role.
    async fn is_administrator(&self, account: &AccountId) -> Result<bool, StoreError> {
        let now = self.now();
        let held = self.ask(self.0.stores.assignments.assignments(account, now)).await?;
        let assigning = &self.0.assigning;
        Ok(held.iter().any(|it| it.is_valid(now) && assigning.is_administrator(it.kind, &it.name)))
    }

    /// Whether an active account has the administrator's role. With `but`: whether an account other than this has it
    /// without an end, so that this one can lose it.
    pub(crate) async fn has_administrator(
        &self,
        but: Option<&AccountId>,
    ) -> Result<bool, StoreError> {
        const PAGE: u32 = 100;
        let Some(role) = self.0.assigning.settings.administrator else { return Ok(false) };
        let now = self.now();
        let counts = |it: &Assignment| match but {
            None => it.is_valid(now),
            Some(but) => it.expires_at.is_none() && it.account != *but,
        };
        let mut after: Option<AccountId> = None;
        loop {
            let kind = AssignmentKind::Role;
            let store = &self.0.stores.assignments;
            let page = store.holders(kind, role.name(), now, after.as_ref(), PAGE);
            let page = self.ask(page).await?;
            for holder in page.iter().filter(|it| counts(it)) {
                let state = self.ask(self.0.stores.accounts.state(&holder.account)).await?;
                if state.is_some_and(|state| state.status == AccountStatus::Active) {
                    return Ok(true);
                }
            }
            let Some(last) = page.last() else { return Ok(false) };
            after = Some(last.account.clone());
        }
    }
}

/// The reason, if it says something and fits on a line.
pub(super) fn reason(text: &str) -> Result<&str, AssignmentError> {
    let text = text.trim();
    let is_line =
        (1..=ByHand::MAX_REASON).contains(&text.len()) && !text.contains(char::is_control);
    is_line.then_some(text).ok_or(AssignmentError::InvalidReason)
}
