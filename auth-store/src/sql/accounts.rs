use async_trait::async_trait;
use auth_accounts::model::{
    Account, AccountId, AccountState, AccountStatus, AuditEntry, ChangeKind, Email, LoginKey,
    PasswordHash, SessionId,
};
use auth_accounts::store::{
    AccountStore, Created, EndedSessions, PasswordChange, PasswordWritten, StoreError,
};

use super::dialect::{Dialect, Sql};
use super::row::Row;
use super::statement::sql;
use super::store::SqlStore;
use crate::account_end::AccountEnd;

/// The columns of an account.
macro_rules! account_columns {
    () => {
        "id, kind, login, username, email, email_verified_at, status, password, password_at, epoch,
            created_at"
    };
}
pub(super) use account_columns;

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT ", account_columns!(), " FROM auth_account ", $rest)
    };
}

pub(super) const FIND: &str = select!("WHERE login = $1");

pub(super) const FIND_BY_EMAIL: &str = select!(
    "WHERE email_folded = $1 AND email_verified_at IS NOT NULL ORDER BY created_at, id LIMIT 1"
);

pub(super) const LOAD: &str = select!("WHERE id = $1");

pub(super) const STATE: &str = "SELECT status, epoch FROM auth_account WHERE id = $1";

const SEARCH: &str = select!(
    "WHERE id > $2 AND (names_folded LIKE $1 ESCAPE '!' OR email_folded LIKE $1 ESCAPE '!')
     ORDER BY id LIMIT $3"
);

const CREATE: &str = "INSERT INTO auth_account (id, kind, login, username, names_folded, email,
        email_folded, email_verified_at, status, password, password_at, epoch, revision, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, $13)
    ON CONFLICT DO NOTHING RETURNING id";

const CHANGE_PASSWORD: &str =
    "UPDATE auth_account SET password = $3, password_at = $4, epoch = epoch + 1
    WHERE id = $1 AND password IS NOT DISTINCT FROM $2 RETURNING epoch";

const REHASH_PASSWORD: &str = "UPDATE auth_account SET password = $3
    WHERE id = $1 AND password IS NOT DISTINCT FROM $2 RETURNING epoch";

const SET_STATUS: &str = "UPDATE auth_account SET status = $2, epoch = epoch + 1
    WHERE id = $1 AND status <> $2 RETURNING epoch";

const SET_EMAIL: &str = "UPDATE auth_account
    SET email = $2, email_folded = $3, email_verified_at = $4 WHERE id = $1 RETURNING epoch";

const BUMP_EPOCH: &str = "UPDATE auth_account SET epoch = epoch + 1 WHERE id = $1 RETURNING epoch";

/// Locks what belongs to an account against all others that replace it.
pub(super) const LOCK: &str =
    "UPDATE auth_account SET revision = revision + 1 WHERE id = $1 RETURNING id";

#[async_trait]
impl<D: Dialect> AccountStore for SqlStore<D> {
    async fn find(&self, login: &LoginKey) -> Result<Option<Account>, StoreError> {
        self.read_row(sql(FIND).text(login.as_str())).await?.as_ref().map(account).transpose()
    }

    async fn find_by_email(&self, email: &Email) -> Result<Option<Account>, StoreError> {
        let row = self.read_row(sql(FIND_BY_EMAIL).text(&folded(email.as_str()))).await?;
        row.as_ref().map(account).transpose()
    }

    async fn load(&self, id: &AccountId) -> Result<Option<Account>, StoreError> {
        self.read_row(sql(LOAD).text(id.as_str())).await?.as_ref().map(account).transpose()
    }

    async fn state(&self, id: &AccountId) -> Result<Option<AccountState>, StoreError> {
        let row = self.read_row(sql(STATE).text(id.as_str())).await?;
        let state = |row: Row<_>| {
            Ok(AccountState { status: row.variant("status")?, epoch: row.number("epoch")? })
        };
        row.map(state).transpose()
    }

    async fn create(&self, account: &Account, audit: &AuditEntry) -> Result<Created, StoreError> {
        let email = account.email.as_ref().map(Email::as_str);
        let create = sql(CREATE)
            .text(account.id.as_str())
            .variant(account.kind)
            .text(account.login.as_str())
            .long_text(&account.username)
            .combined_text(&folded(&format!("{}\n{}", account.username, account.login.as_str())))
            .text_or_null(email)
            .text_or_null(email.map(folded).as_deref())
            .number_or_null(account.email_verified_at)
            .variant(account.status)
            .long_text_or_null(account.password.as_ref().map(PasswordHash::as_str))
            .number_or_null(account.password_at)
            .number(account.epoch)
            .number(account.created_at);
        let mut write = self.begin().await?;
        if write.row(create).await?.is_none() {
            return Ok(Created::Taken);
        }
        write.finish(&[], audit).await?;
        Ok(Created::Created)
    }

    async fn set_password(
        &self,
        id: &AccountId,
        seen: Option<&PasswordHash>,
        new: &PasswordHash,
        change: PasswordChange,
        audit: &AuditEntry,
    ) -> Result<PasswordWritten, StoreError> {
        let (set, at, changes) = match change {
            PasswordChange::Changed { at } => {
                (CHANGE_PASSWORD, Some(at), vec![ChangeKind::Account(id.clone())])
            }
            PasswordChange::Rehashed => (REHASH_PASSWORD, None, Vec::new()),
        };
        let set = sql(set)
            .text(id.as_str())
            .long_text_or_null(seen.map(PasswordHash::as_str))
            .long_text(new.as_str());
        let set = if at.is_some() { set.number_or_null(at) } else { set };
        let mut write = self.begin().await?;
        let Some(row) = write.row(set).await? else {
            return Ok(PasswordWritten::Changed);
        };
        if let Some(at) = at {
            write.end_grants(id, AccountEnd::PasswordChanged, at).await?;
        }
        write.finish(&changes, audit).await?;
        Ok(PasswordWritten::Done { epoch: row.number("epoch")? })
    }

    async fn set_status(
        &self,
        id: &AccountId,
        status: AccountStatus,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        let mut write = self.begin().await?;
        let set = sql(SET_STATUS).text(id.as_str()).variant(status);
        if write.row(set).await?.is_none() {
            return Ok(false);
        }
        write.end_grants(id, AccountEnd::StatusChanged, audit.at).await?;
        write.finish(&[ChangeKind::Account(id.clone())], audit).await?;
        Ok(true)
    }

    async fn set_email(
        &self,
        id: &AccountId,
        email: Option<&Email>,
        verified_at: Option<u64>,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        let email = email.map(Email::as_str);
        let set = sql(SET_EMAIL)
            .text(id.as_str())
            .text_or_null(email)
            .text_or_null(email.map(folded).as_deref())
            .number_or_null(verified_at);
        let mut write = self.begin().await?;
        if write.row(set).await?.is_none() {
            return Ok(false);
        }
        write.finish(&[], audit).await?;
        Ok(true)
    }

    async fn bump_epoch(
        &self,
        id: &AccountId,
        keep: Option<&SessionId>,
        audit: &AuditEntry,
    ) -> Result<Option<u64>, StoreError> {
        let mut write = self.begin().await?;
        let Some(row) = write.row(sql(BUMP_EPOCH).text(id.as_str())).await? else {
            return Ok(None);
        };
        write.end_grants(id, AccountEnd::of_epoch(keep), audit.at).await?;
        write.finish(&[ChangeKind::Account(id.clone())], audit).await?;
        row.number("epoch").map(Some)
    }

    async fn sessions_ended(
        &self,
        id: &AccountId,
        ended: EndedSessions<'_>,
        now: u64,
    ) -> Result<(), StoreError> {
        let mut write = self.begin().await?;
        write.lock_account(id).await?;
        write.end_grants(id, AccountEnd::Sessions(ended), now).await?;
        write.commit().await
    }

    async fn delete(&self, id: &AccountId, audit: &AuditEntry) -> Result<bool, StoreError> {
        let mut write = self.begin().await?;
        let delete = sql("DELETE FROM auth_account WHERE id = $1 RETURNING id");
        if write.row(delete.text(id.as_str())).await?.is_none() {
            return Ok(false);
        }
        write.end_grants(id, AccountEnd::Deleted, audit.at).await?;
        // A value that can be used once may have no account, so there is no foreign key.
        write.rows(sql("DELETE FROM auth_one_time WHERE account = $1").text(id.as_str())).await?;
        write.finish(&[ChangeKind::Account(id.clone())], audit).await?;
        Ok(true)
    }

    async fn search(
        &self,
        text: &str,
        after: Option<&AccountId>,
        limit: u32,
    ) -> Result<Vec<Account>, StoreError> {
        let search = sql(SEARCH)
            .text(&pattern(text))
            .text(after.map_or("", AccountId::as_str))
            .number(u64::from(limit));
        self.read(search).await?.iter().map(account).collect()
    }
}

pub(super) fn account<DB: Sql>(row: &Row<DB>) -> Result<Account, StoreError> {
    let email = row.text_or_null("email")?;
    let email = email.map(|it| Email::parse(&it).ok_or(StoreError::NotUnderstood("email")));
    Ok(Account {
        id: row.id("id")?,
        kind: row.variant("kind")?,
        login: LoginKey::from_prepared(row.text("login")?),
        username: row.text("username")?,
        email: email.transpose()?,
        email_verified_at: row.number_or_null("email_verified_at")?,
        status: row.variant("status")?,
        password: row.text_or_null("password")?.map(PasswordHash::new),
        password_at: row.number_or_null("password_at")?,
        epoch: row.number("epoch")?,
        created_at: row.number("created_at")?,
    })
}

/// Databases disagree about the case of letters, so it is gone before they see them.
fn folded(text: &str) -> String {
    text.to_ascii_lowercase()
}

/// What texts are like that contain this one.
fn pattern(text: &str) -> String {
    let text = folded(text).replace('!', "!!").replace('%', "!%").replace('_', "!_");
    format!("%{text}%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_searched_for_is_no_pattern() {
        assert_eq!(pattern("50%_OFF!"), "%50!%!_off!!%");
    }
}
