use async_trait::async_trait;
use auth_accounts::model::{
    Account, AccountId, Assignment, AssignmentKind, AssignmentOrigin, AuditEntry, ChangeKind,
};
use auth_accounts::store::{AssignmentStore, StoreError, Withdrawn};

use super::accounts::{self, account_columns};
use super::dialect::{Dialect, Sql};
use super::row::Row;
use super::statement::{Statement, sql};
use super::store::SqlStore;

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT account, kind AS assigned, name, origin, granted_by, reason, granted_at, expires_at
             FROM auth_assignment ",
            $rest
        )
    };
}

macro_rules! of_account {
    () => {
        select!("WHERE account = $1 AND (expires_at IS NULL OR expires_at > $2)")
    };
}

pub(super) const OF_ACCOUNT: &str = of_account!();

pub(super) const WITH_ACCOUNT: &str = concat!(
    "SELECT ",
    account_columns!(),
    ", held.* FROM auth_account LEFT JOIN (",
    of_account!(),
    ") AS held ON held.account = id WHERE id = $1"
);

pub(super) const HOLDERS: &str = select!(
    "WHERE kind = $1 AND name = $2 AND (expires_at IS NULL OR expires_at > $3) AND account > $4
     ORDER BY account, origin LIMIT $5"
);

const OF_ORIGIN: &str = select!("WHERE account = $1 AND origin = $2");

/// An assignment, if its account exists and this condition is met.
macro_rules! insert_if {
    ($condition:literal) => {
        concat!(
            "INSERT INTO auth_assignment
                (account, kind, name, origin, granted_by, reason, granted_at, expires_at)
             SELECT id, $2, $3, $4, $5, $6, $7, $8 FROM auth_account WHERE id = $1",
            $condition,
            " ON CONFLICT (account, kind, name, origin) DO UPDATE SET
                granted_by = excluded.granted_by, reason = excluded.reason,
                granted_at = excluded.granted_at, expires_at = excluded.expires_at
             RETURNING name"
        )
    };
}

const INSERT: &str = insert_if!("");

const INSERT_FIRST: &str = insert_if!(
    " AND NOT EXISTS (
        SELECT 1 FROM auth_assignment other JOIN auth_account ON auth_account.id = other.account
        WHERE other.kind = $2 AND other.name = $3 AND auth_account.status = 'active'
            AND (other.expires_at IS NULL OR other.expires_at > $9))"
);

const DELETE: &str = "DELETE FROM auth_assignment
    WHERE account = $1 AND kind = $2 AND name = $3 AND origin = $4 RETURNING name";

const DELETE_UNLESS_LAST: &str = "DELETE FROM auth_assignment
    WHERE account = $1 AND kind = $2 AND name = $3 AND origin = $4 AND EXISTS (
        SELECT 1 FROM auth_assignment other JOIN auth_account ON auth_account.id = other.account
        WHERE other.kind = $2 AND other.name = $3 AND other.account <> $1
            AND auth_account.status = 'active' AND other.expires_at IS NULL)
    RETURNING name";

const IS_HELD: &str = "SELECT name FROM auth_assignment
    WHERE account = $1 AND kind = $2 AND name = $3 AND origin = $4";

#[async_trait]
impl<D: Dialect> AssignmentStore for SqlStore<D> {
    async fn assign(
        &self,
        assignment: &Assignment,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        let mut write = self.begin().await?;
        match write.row(insert(INSERT, assignment)).await {
            Ok(Some(_)) => {}
            Ok(None) => return Ok(false),
            // Its account was removed meanwhile.
            Err(error) if error.is_orphan() => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        write.finish(&[ChangeKind::Assignments(assignment.account.clone())], audit).await?;
        Ok(true)
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
        let of_key = |statement| {
            sql(statement).text(account.as_str()).variant(kind).text(name).variant(origin)
        };
        let (mut write, delete) = if keep_last {
            (self.begin_alone().await?, DELETE_UNLESS_LAST)
        } else {
            (self.begin().await?, DELETE)
        };
        if write.row(of_key(delete)).await?.is_none() {
            let is_held = write.row(of_key(IS_HELD)).await?.is_some();
            return Ok(if is_held { Withdrawn::Last } else { Withdrawn::NotHeld });
        }
        write.finish(&[ChangeKind::Assignments(account.clone())], audit).await?;
        Ok(Withdrawn::Done)
    }

    async fn replace(
        &self,
        account: &AccountId,
        origin: AssignmentOrigin,
        assignments: &[Assignment],
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        if assignments.iter().any(|it| it.account != *account || it.origin != origin) {
            return Err(StoreError::Conflict("an assignment of another account or origin"));
        }
        let mut write = self.begin().await?;
        if write.row(sql(accounts::LOCK).text(account.as_str())).await?.is_none() {
            return Ok(false);
        }
        let held = sql(OF_ORIGIN).text(account.as_str()).variant(origin);
        let held = write.rows(held).await?;
        let held = held.iter().map(assignment).collect::<Result<Vec<_>, _>>()?;
        let is_kept = |old: &Assignment| assignments.iter().any(|new| is_same(new, old));
        let is_new = |new: &&Assignment| !held.iter().any(|old| is_same(new, old));
        let new: Vec<_> = assignments.iter().filter(is_new).collect();
        if new.is_empty() && held.iter().all(is_kept) {
            return Ok(false);
        }
        for old in held.iter().filter(|old| !is_kept(old)) {
            let key = sql(DELETE).text(account.as_str()).variant(old.kind);
            write.rows(key.text(&old.name).variant(origin)).await?;
        }
        for new in new {
            write.rows(insert(INSERT, new)).await?;
        }
        write.finish(&[ChangeKind::Assignments(account.clone())], audit).await?;
        Ok(true)
    }

    async fn assignments(
        &self,
        account: &AccountId,
        now: u64,
    ) -> Result<Vec<Assignment>, StoreError> {
        let rows = self.read(sql(OF_ACCOUNT).text(account.as_str()).now(now)).await?;
        let found = rows.iter().map(assignment).collect::<Result<Vec<_>, _>>()?;
        Ok(in_order(found))
    }

    async fn account_with_assignments(
        &self,
        account: &AccountId,
        now: u64,
    ) -> Result<Option<(Account, Vec<Assignment>)>, StoreError> {
        let rows = self.read(sql(WITH_ACCOUNT).text(account.as_str()).now(now)).await?;
        let Some(first) = rows.first() else { return Ok(None) };
        let account = accounts::account(first)?;
        let mut found = Vec::new();
        for row in &rows {
            // An account that holds nothing has one row.
            if row.text_or_null("assigned")?.is_some() {
                found.push(assignment(row)?);
            }
        }
        Ok(Some((account, in_order(found))))
    }

    async fn holders(
        &self,
        kind: AssignmentKind,
        name: &str,
        now: u64,
        after: Option<&AccountId>,
        limit: u32,
    ) -> Result<Vec<Assignment>, StoreError> {
        let holders = sql(HOLDERS)
            .variant(kind)
            .text(name)
            .now(now)
            .text(after.map_or("", AccountId::as_str))
            .number(u64::from(limit));
        let rows = self.read(holders).await?;
        let mut found = rows.iter().map(assignment).collect::<Result<Vec<_>, _>>()?;
        found.sort_unstable_by(|one, other| {
            (&one.account, one.origin).cmp(&(&other.account, other.origin))
        });
        Ok(found)
    }

    async fn assign_first(
        &self,
        assignment: &Assignment,
        now: u64,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        let mut write = self.begin_alone().await?;
        match write.row(insert(INSERT_FIRST, assignment).now(now)).await {
            Ok(Some(_)) => {}
            Ok(None) => return Ok(false),
            Err(error) if error.is_orphan() => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        write.finish(&[ChangeKind::Assignments(assignment.account.clone())], audit).await?;
        Ok(true)
    }
}

fn in_order(mut assignments: Vec<Assignment>) -> Vec<Assignment> {
    assignments.sort_unstable_by(|one, other| {
        (one.kind, &one.name, one.origin).cmp(&(other.kind, &other.name, other.origin))
    });
    assignments
}

fn insert(statement: &'static str, assignment: &Assignment) -> Statement {
    sql(statement)
        .text(assignment.account.as_str())
        .variant(assignment.kind)
        .text(&assignment.name)
        .variant(assignment.origin)
        .text_or_null(assignment.granted_by.as_ref().map(AccountId::as_str))
        .long_text(&assignment.reason)
        .number(assignment.granted_at)
        .number_or_null(assignment.expires_at)
}

/// Whether both give the same until the same time. When they were given makes no difference: a rule
/// gives the same at every sign-in.
fn is_same(one: &Assignment, other: &Assignment) -> bool {
    (one.kind, &one.name, &one.granted_by, &one.reason, one.expires_at)
        == (other.kind, &other.name, &other.granted_by, &other.reason, other.expires_at)
}

fn assignment<DB: Sql>(row: &Row<DB>) -> Result<Assignment, StoreError> {
    Ok(Assignment {
        account: row.id("account")?,
        kind: row.variant("assigned")?,
        name: row.text("name")?,
        origin: row.variant("origin")?,
        granted_by: row.id_or_null("granted_by")?,
        reason: row.text("reason")?,
        granted_at: row.number("granted_at")?,
        expires_at: row.number_or_null("expires_at")?,
    })
}
