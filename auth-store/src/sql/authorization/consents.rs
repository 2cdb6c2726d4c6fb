//! Consents.

use auth_accounts::store::StoreError;

use super::super::dialect::{Dialect, Sql};
use super::super::row::Row;
use super::super::statement::{Statement, sql};
use super::super::step::{Step, Steps};
use super::{accounts, grants};
use crate::authorization::{Consent, GrantSelector, RevocationReason};

const REPLACE: &str = "INSERT INTO auth_consent (subject, client_id, resource, scopes,
        metadata_digest, given_at)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (subject, client_id, resource) DO UPDATE
        SET scopes = excluded.scopes, metadata_digest = excluded.metadata_digest,
            given_at = excluded.given_at";

pub(in crate::sql) const OF: &str = "SELECT subject, client_id, resource, scopes, metadata_digest,
        given_at
    FROM auth_consent WHERE subject = $1 AND client_id = $2 ORDER BY resource";

pub(in crate::sql) const FORGET: &str =
    "DELETE FROM auth_consent WHERE subject = $1 AND client_id = $2";

pub(in crate::sql) const FORGET_SUBJECT: &str = "DELETE FROM auth_consent WHERE subject = $1";

pub(in crate::sql) const FORGET_CLIENT: &str = "DELETE FROM auth_consent WHERE client_id = $1";

pub(super) fn replace(consent: &Consent) -> Statement {
    sql(REPLACE)
        .text(&consent.subject)
        .text(&consent.client_id)
        .text(&consent.resource)
        .json(&consent.scopes)
        .digest(&consent.metadata_digest)
        .number(consent.given_at)
}

pub(super) fn consent<DB: Sql>(row: &Row<DB>) -> Result<Consent, StoreError> {
    Ok(Consent {
        subject: row.text("subject")?,
        client_id: row.text("client_id")?,
        resource: row.text("resource")?,
        scopes: row.json("scopes")?,
        metadata_digest: row.digest("metadata_digest")?,
        given_at: row.number("given_at")?,
    })
}

pub(super) struct Withdraw {
    pub(super) subject: String,
    pub(super) client_id: String,
    pub(super) now: u64,
}

impl<D: Dialect> Steps<D> for Withdraw {
    type Answer = u64;

    async fn run(&self, step: &mut Step<'_, D>) -> Result<u64, StoreError> {
        accounts::keep_out(step, &self.subject).await?;
        step.rows(sql(FORGET).text(&self.subject).text(&self.client_id)).await?;
        let which = GrantSelector::SubjectAtClient {
            subject: self.subject.clone(),
            client_id: self.client_id.clone(),
        };
        grants::revoke_all(step, &which, RevocationReason::ConsentWithdrawn, self.now).await
    }
}
