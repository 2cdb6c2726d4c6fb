//! Refresh tokens and their rotation.

use auth_accounts::store::StoreError;

use super::super::dialect::{Dialect, Sql};
use super::super::row::Row;
use super::super::statement::{Statement, sql};
use super::super::step::{Step, Steps};
use super::grants::grant_columns;
use super::{Locking, grants, locking, once, tokens};
use crate::authorization::{
    GrantId, RefreshToken, RevocationReason, Rotated, Rotation, StoredRefreshToken,
};

const INSERT: &str = "INSERT INTO auth_refresh_token (digest, grant_id, number, jkt, expires_at)
    VALUES ($1, $2, $3, $4, $5)";

pub(in crate::sql) const FIND: &str = concat!(
    "SELECT t.digest, t.number, t.jkt, t.expires_at, t.spent_at, ",
    grant_columns!(),
    " FROM auth_refresh_token t JOIN auth_grant g ON g.id = t.grant_id WHERE t.digest = $1"
);

/// Locks the grant of a refresh token, if it is live. Which grant that is never changes.
pub(in crate::sql) const LOCK_GRANT: Locking = locking!(
    "SELECT id FROM auth_grant
        WHERE id = (SELECT grant_id FROM auth_refresh_token WHERE digest = $1)
            AND revoked_at IS NULL AND expires_at > $2"
);

pub(in crate::sql) const SPEND: &str =
    "UPDATE auth_refresh_token SET spent_at = $2, sealed_successor = $3
    WHERE digest = $1 AND spent_at IS NULL AND expires_at > $2 RETURNING number";

/// A spent token, and whether its successor is spent.
pub(in crate::sql) const SPENT: &str = "SELECT t.spent_at, t.sealed_successor, n.number AS unspent
    FROM auth_refresh_token t
    LEFT JOIN auth_refresh_token n
        ON n.grant_id = t.grant_id AND n.number = t.number + 1 AND n.spent_at IS NULL
    WHERE t.digest = $1 AND t.spent_at IS NOT NULL";

pub(super) fn insert(token: &RefreshToken) -> Statement {
    sql(INSERT)
        .digest(&token.digest)
        .text(token.grant.as_str())
        .number(token.number)
        .long_text_or_null(token.jkt.as_deref())
        .number(token.expires_at)
}

pub(super) fn stored<DB: Sql>(row: &Row<DB>) -> Result<StoredRefreshToken, StoreError> {
    let grant = grants::grant(row)?;
    let token = RefreshToken {
        digest: row.digest("digest")?,
        grant: grant.id.clone(),
        number: row.number("number")?,
        jkt: row.text_or_null("jkt")?,
        expires_at: row.number("expires_at")?,
    };
    Ok(StoredRefreshToken { token, grant, spent_at: row.number_or_null("spent_at")? })
}

impl<D: Dialect> Steps<D> for Rotation {
    type Answer = Rotated;

    fn at_once(&self) -> Option<Statement> {
        Some(once::rotate::<D>(self))
    }

    fn done_at_once(rows: Vec<Row<D::Database>>) -> Option<Rotated> {
        (!rows.is_empty()).then_some(Rotated::First)
    }

    async fn run(&self, step: &mut Step<'_, D>) -> Result<Rotated, StoreError> {
        if !D::LOCKS_ROWS && step.row(once::rotate::<D>(self)).await?.is_some() {
            return Ok(Rotated::First);
        }
        let lock = LOCK_GRANT.statement::<D>().digest(&self.presented).now(self.now);
        let Some(locked) = step.row(lock).await? else { return Ok(Rotated::Invalid) };
        let grant: GrantId = locked.id("id")?;
        let access_token = self.access_token.as_ref();
        let spend =
            sql(SPEND).digest(&self.presented).number(self.now).bytes(&self.sealed_successor);
        if let Some(presented) = step.row(spend).await? {
            if self.successor.number != presented.number("number")?.saturating_add(1) {
                return Err(StoreError::Conflict("the successor is not the next of its chain"));
            }
            tokens::add(step, &grant, Some(&self.successor), access_token).await?;
            return Ok(Rotated::First);
        }
        let Some(used) = step.row(sql(SPENT).digest(&self.presented)).await? else {
            return Ok(Rotated::Invalid);
        };
        let end = used.number("spent_at")?.saturating_add(self.retry_window);
        let is_unspent = used.number_or_null("unspent")?.is_some();
        if self.retry_window > 0 && self.now <= end && is_unspent {
            tokens::add(step, &grant, None, access_token).await?;
            return Ok(Rotated::Retried { sealed_successor: used.bytes("sealed_successor")? });
        }
        grants::revoke(step, &grant, RevocationReason::RefreshTokenReused, self.now).await?;
        Ok(Rotated::Reused)
    }
}
