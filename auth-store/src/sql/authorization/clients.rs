//! Clients that registered themselves.

use auth_accounts::store::StoreError;

use super::super::dialect::{Dialect, Sql};
use super::super::row::Row;
use super::super::statement::{Statement, sql};
use super::super::step::{Step, Steps};
use super::{consents, grants};
use crate::authorization::{GrantSelector, RegisteredClient, RevocationReason};

const INSERT: &str = "INSERT INTO auth_client (client_id, metadata, registered_at, last_used_at,
        expires_at)
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING client_id";

pub(in crate::sql) const FIND: &str =
    "SELECT client_id, metadata, registered_at, last_used_at, expires_at
    FROM auth_client WHERE client_id = $1";

/// No client has an empty id.
pub(in crate::sql) const LIST: &str =
    "SELECT client_id, metadata, registered_at, last_used_at, expires_at
    FROM auth_client WHERE client_id > $1 ORDER BY client_id LIMIT $2";

pub(in crate::sql) const UPDATE: &str = "UPDATE auth_client SET metadata = $3
    WHERE client_id = $1 AND metadata = $2 RETURNING client_id";

/// Times are never set back.
pub(in crate::sql) const TOUCH: &str = "UPDATE auth_client SET
        last_used_at = CASE WHEN last_used_at > $2 THEN last_used_at ELSE $2 END,
        expires_at = CASE WHEN expires_at > $3 THEN expires_at ELSE $3 END
    WHERE client_id = $1";

pub(in crate::sql) const REMOVE: &str =
    "DELETE FROM auth_client WHERE client_id = $1 RETURNING client_id";

pub(super) const COUNT: &str = "SELECT count(*) AS clients FROM auth_client";

pub(super) fn insert(client: &RegisteredClient) -> Statement {
    sql(INSERT)
        .text(&client.client_id)
        .long_text(&client.metadata)
        .number(client.registered_at)
        .number_or_null(client.last_used_at)
        .number(client.expires_at)
}

pub(super) fn client<DB: Sql>(row: &Row<DB>) -> Result<RegisteredClient, StoreError> {
    Ok(RegisteredClient {
        client_id: row.text("client_id")?,
        metadata: row.text("metadata")?,
        registered_at: row.number("registered_at")?,
        last_used_at: row.number_or_null("last_used_at")?,
        expires_at: row.number("expires_at")?,
    })
}

pub(super) struct Touch {
    pub(super) client_id: String,
    pub(super) now: u64,
    pub(super) expires_at: u64,
}

impl<D: Dialect> Steps<D> for Touch {
    type Answer = ();

    async fn run(&self, step: &mut Step<'_, D>) -> Result<(), StoreError> {
        step.perform(D::RELAX).await?;
        let touch = sql(TOUCH).text(&self.client_id).number(self.now).number(self.expires_at);
        step.rows(touch).await?;
        Ok(())
    }
}

pub(super) struct Remove {
    pub(super) client_id: String,
    pub(super) now: u64,
}

impl<D: Dialect> Steps<D> for Remove {
    type Answer = bool;

    async fn run(&self, step: &mut Step<'_, D>) -> Result<bool, StoreError> {
        if step.row(sql(REMOVE).text(&self.client_id)).await?.is_none() {
            return Ok(false);
        }
        step.rows(sql(consents::FORGET_CLIENT).text(&self.client_id)).await?;
        let which = GrantSelector::Client(self.client_id.clone());
        grants::revoke_all(step, &which, RevocationReason::ClientRemoved, self.now).await?;
        Ok(true)
    }
}
