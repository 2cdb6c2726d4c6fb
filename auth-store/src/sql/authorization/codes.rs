//! Authorization codes.

use auth_accounts::store::StoreError;

use super::super::dialect::{Dialect, Sql};
use super::super::row::Row;
use super::super::statement::{Statement, sql};
use super::super::step::{Step, Steps};
use super::grants::grant_columns;
use super::{Locking, grants, locking, once, tokens};
use crate::authorization::{
    AuthorizationCode, CodeChallenge, CodeRedemption, GrantId, Redeemed, RevocationReason,
    StoredCode,
};

const INSERT: &str = "INSERT INTO auth_code (digest, grant_id, redirect_uri, challenge, nonce, jkt,
        expires_at, kept_until)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

pub(in crate::sql) const FIND: &str = concat!(
    "SELECT c.digest, c.redirect_uri, c.challenge, c.nonce, c.jkt, c.expires_at, c.kept_until,
        c.redeemed_at, ",
    grant_columns!(),
    " FROM auth_code c JOIN auth_grant g ON g.id = c.grant_id WHERE c.digest = $1"
);

/// Locks the grant of a code, if it is live. Which grant that is never changes.
pub(in crate::sql) const LOCK_GRANT: Locking = locking!(
    "SELECT id FROM auth_grant WHERE id = (SELECT grant_id FROM auth_code WHERE digest = $1)
        AND revoked_at IS NULL AND expires_at > $2"
);

pub(in crate::sql) const REDEEM: &str = "UPDATE auth_code SET redeemed_at = $2
    WHERE digest = $1 AND redeemed_at IS NULL AND expires_at > $2 RETURNING digest";

pub(in crate::sql) const REDEEMED: &str =
    "SELECT digest FROM auth_code WHERE digest = $1 AND redeemed_at IS NOT NULL";

pub(super) fn insert(code: &AuthorizationCode) -> Statement {
    sql(INSERT)
        .digest(&code.digest)
        .text(code.grant.as_str())
        .long_text(&code.redirect_uri)
        .bytes(code.challenge.as_bytes())
        .long_text_or_null(code.nonce.as_deref())
        .long_text_or_null(code.jkt.as_deref())
        .number(code.expires_at)
        .number(code.kept_until)
}

pub(super) fn stored<DB: Sql>(row: &Row<DB>) -> Result<StoredCode, StoreError> {
    let grant = grants::grant(row)?;
    let code = AuthorizationCode {
        digest: row.digest("digest")?,
        grant: grant.id.clone(),
        redirect_uri: row.text("redirect_uri")?,
        challenge: CodeChallenge::from_bytes(*row.digest("challenge")?.as_bytes()),
        nonce: row.text_or_null("nonce")?,
        jkt: row.text_or_null("jkt")?,
        expires_at: row.number("expires_at")?,
        kept_until: row.number("kept_until")?,
    };
    Ok(StoredCode { code, grant, redeemed_at: row.number_or_null("redeemed_at")? })
}

impl<D: Dialect> Steps<D> for CodeRedemption {
    type Answer = Redeemed;

    fn at_once(&self) -> Option<Statement> {
        Some(once::redeem::<D>(self))
    }

    fn done_at_once(rows: Vec<Row<D::Database>>) -> Option<Redeemed> {
        (!rows.is_empty()).then_some(Redeemed::First)
    }

    async fn run(&self, step: &mut Step<'_, D>) -> Result<Redeemed, StoreError> {
        if !D::LOCKS_ROWS && step.row(once::redeem::<D>(self)).await?.is_some() {
            return Ok(Redeemed::First);
        }
        let lock = LOCK_GRANT.statement::<D>().digest(&self.code).now(self.now);
        let Some(locked) = step.row(lock).await? else { return Ok(Redeemed::Invalid) };
        let grant: GrantId = locked.id("id")?;
        if step.row(sql(REDEEM).digest(&self.code).number(self.now)).await?.is_some() {
            let access_token = self.access_token.as_ref();
            tokens::add(step, &grant, self.refresh_token.as_ref(), access_token).await?;
            return Ok(Redeemed::First);
        }
        if step.row(sql(REDEEMED).digest(&self.code)).await?.is_none() {
            return Ok(Redeemed::Invalid);
        }
        grants::revoke(step, &grant, RevocationReason::CodeReused, self.now).await?;
        Ok(Redeemed::Again)
    }
}
