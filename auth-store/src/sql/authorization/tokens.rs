//! What is issued for a grant, and opaque access tokens.

use auth_accounts::secret::Digest;
use auth_accounts::store::StoreError;

use super::super::dialect::{Dialect, Sql};
use super::super::row::Row;
use super::super::statement::{Statement, sql};
use super::super::step::{Step, Steps};
use super::grants::grant_columns;
use super::{devices, grants, refresh_tokens};
use crate::authorization::{GrantId, OpaqueToken, RefreshToken, StoredOpaqueToken};

const INSERT_OPAQUE: &str = "INSERT INTO auth_opaque_token (digest, grant_id, resource, claims,
        expires_at)
    VALUES ($1, $2, $3, $4, $5)";

pub(in crate::sql) const FIND_OPAQUE: &str = concat!(
    "SELECT o.digest, o.grant_id AS of_grant, o.resource, o.claims, o.expires_at, ",
    grant_columns!(),
    " FROM auth_opaque_token o LEFT JOIN auth_grant g ON g.id = o.grant_id WHERE o.digest = $1"
);

pub(in crate::sql) const REMOVE_OPAQUE: &str =
    "DELETE FROM auth_opaque_token WHERE digest = $1 RETURNING digest";

pub(super) fn insert_opaque(token: &OpaqueToken) -> Statement {
    sql(INSERT_OPAQUE)
        .digest(&token.digest)
        .text_or_null(token.grant.as_ref().map(GrantId::as_str))
        .long_text(&token.resource)
        .long_text(&token.claims)
        .number(token.expires_at)
}

pub(super) fn stored<DB: Sql>(row: &Row<DB>) -> Result<StoredOpaqueToken, StoreError> {
    let of: Option<GrantId> = row.id_or_null("of_grant")?;
    let grant = of.is_some().then(|| grants::grant(row)).transpose()?;
    let token = OpaqueToken {
        digest: row.digest("digest")?,
        grant: of,
        resource: row.text("resource")?,
        expires_at: row.number("expires_at")?,
        claims: row.text("claims")?,
    };
    Ok(StoredOpaqueToken { token, grant })
}

/// Adds tokens to a grant that is locked.
pub(super) async fn add<D: Dialect>(
    step: &mut Step<'_, D>,
    grant: &GrantId,
    refresh_token: Option<&RefreshToken>,
    access_token: Option<&OpaqueToken>,
) -> Result<(), StoreError> {
    if refresh_token.is_some_and(|token| token.grant != *grant)
        || access_token.is_some_and(|token| token.grant.as_ref() != Some(grant))
    {
        return Err(StoreError::Conflict("the token is one of another grant"));
    }
    if let Some(token) = refresh_token {
        step.rows(refresh_tokens::insert(token)).await?;
    }
    if let Some(token) = access_token {
        step.rows(insert_opaque(token)).await?;
    }
    Ok(())
}

/// The first tokens of the grant of a device.
pub(super) struct BeginGrant {
    pub(super) device_code: Digest,
    pub(super) grant: GrantId,
    pub(super) refresh_token: Option<RefreshToken>,
    pub(super) access_token: Option<OpaqueToken>,
    pub(super) now: u64,
}

impl<D: Dialect> Steps<D> for BeginGrant {
    type Answer = bool;

    async fn run(&self, step: &mut Step<'_, D>) -> Result<bool, StoreError> {
        if !grants::lock_live(step, &self.grant, self.now).await? {
            return Ok(false);
        }
        let fetch = sql(devices::FETCH).digest(&self.device_code).text(self.grant.as_str());
        if step.row(fetch).await?.is_none() {
            return Ok(false);
        }
        let (refresh_token, access_token) =
            (self.refresh_token.as_ref(), self.access_token.as_ref());
        add(step, &self.grant, refresh_token, access_token).await?;
        Ok(true)
    }
}
