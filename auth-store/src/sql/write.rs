//! A transaction that writes.

use auth_accounts::model::{AccountId, AuditEntry, AuditRecord, ChangeKind};
use auth_accounts::store::StoreError;

use super::connections::Transaction;
use super::dialect::Dialect;
use super::error::store_error;
use super::row::Row;
use super::statement::{Statement, StatementError, sql};
#[cfg(feature = "authorization")]
use super::step::Step;
use super::{accounts, audit, changes};
use crate::account_end::AccountEnd;

/// A transaction that writes. Dropped before its end, nothing of it is done.
pub(super) struct Write<'s, D: Dialect> {
    dialect: &'s D,
    transaction: Transaction<D::Database>,
}

impl<'s, D: Dialect> Write<'s, D> {
    pub(super) async fn begin(dialect: &'s D) -> Result<Self, StoreError> {
        let transaction = dialect.begin().await.map_err(|error| store_error(&error))?;
        Ok(Self { dialect, transaction })
    }

    /// The same, with a lock: no other step decides by who holds a role until this one ends.
    pub(super) async fn begin_alone(dialect: &'s D) -> Result<Self, StoreError> {
        let mut write = Self::begin(dialect).await?;
        write.perform(D::LOCK_HOLDERS).await?;
        Ok(write)
    }

    pub(super) async fn rows(
        &mut self,
        statement: Statement,
    ) -> Result<Vec<Row<D::Database>>, StatementError> {
        let connection = self.transaction.connection().map_err(StatementError::Database)?;
        statement.run::<D::Database>(connection).await
    }

    /// The one row of a statement that finds or changes one, if it did.
    pub(super) async fn row(
        &mut self,
        statement: Statement,
    ) -> Result<Option<Row<D::Database>>, StatementError> {
        Ok(self.rows(statement).await?.pop())
    }

    pub(super) async fn perform(
        &mut self,
        statement: Option<&'static str>,
    ) -> Result<(), StoreError> {
        if let Some(statement) = statement {
            self.rows(sql(statement)).await?;
        }
        Ok(())
    }

    /// Locks what belongs to an account against all others that replace it.
    pub(super) async fn lock_account(&mut self, account: &AccountId) -> Result<(), StoreError> {
        self.rows(sql(accounts::LOCK).text(account.as_str())).await?;
        Ok(())
    }

    /// Revokes those of the grants of this account that end, and adds them to the feed of revocations.
    pub(super) async fn end_grants(
        &mut self,
        account: &AccountId,
        end: AccountEnd<'_>,
        now: u64,
    ) -> Result<(), StoreError> {
        #[cfg(feature = "authorization")]
        {
            let connection = self.transaction.connection().map_err(|error| store_error(&error))?;
            let step = &mut Step::<D>::on(connection);
            super::authorization::accounts::end(step, account.as_str(), end, now).await?;
        }
        #[cfg(not(feature = "authorization"))]
        let _ = (account, end, now);
        Ok(())
    }

    /// Makes it durable, with these changes and this audit record in it.
    pub(super) async fn finish(
        mut self,
        kinds: &[ChangeKind],
        entry: &AuditEntry,
    ) -> Result<(), StoreError> {
        self.perform(D::LOCK_POSITIONS).await?;
        let last = self.row(sql(audit::LAST)).await?;
        let last =
            last.map(|row| Ok::<_, StoreError>((row.number("position")?, row.digest("hash")?)));
        let record = AuditRecord::after(last.transpose()?, entry.clone());
        self.rows(audit::insert(&record)).await?;
        self.append_changes(kinds).await?;
        self.commit().await
    }

    /// Makes it durable, with these changes in it.
    pub(super) async fn announce(mut self, kinds: &[ChangeKind]) -> Result<(), StoreError> {
        self.perform(D::LOCK_POSITIONS).await?;
        self.append_changes(kinds).await?;
        self.commit().await
    }

    async fn append_changes(&mut self, kinds: &[ChangeKind]) -> Result<(), StoreError> {
        if kinds.is_empty() {
            return Ok(());
        }
        let last = self.row(sql(changes::LAST)).await?;
        let mut position = last.map_or(Ok(0), |row| row.number("position"))?;
        for kind in kinds {
            position = position.saturating_add(1);
            self.rows(changes::insert(position, kind)?).await?;
            self.rows(changes::forget(position)).await?;
        }
        self.perform(D::NOTIFY).await
    }

    pub(super) async fn commit(self) -> Result<(), StoreError> {
        self.transaction.commit().await.map_err(|error| store_error(&error))?;
        self.dialect.alarm().notify_waiters();
        Ok(())
    }
}
