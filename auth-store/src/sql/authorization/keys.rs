//! Signing keys.

use auth_accounts::store::{Created, StoreError};

use super::super::dialect::{Dialect, Sql};
use super::super::row::Row;
use super::super::statement::sql;
use super::super::step::{Step, Steps};
use crate::authorization::SigningKeyRecord;

pub(super) const ALL: &str = "SELECT kid, algorithm, publish_at, sign_at, public_jwk, sealed_with,
        sealed_private_key
    FROM auth_signing_key ORDER BY sign_at, kid";

/// There are few.
const LATEST: &str = "SELECT kid FROM auth_signing_key WHERE algorithm = $1
    ORDER BY sign_at DESC, kid DESC LIMIT 1";

const INSERT: &str =
    "INSERT INTO auth_signing_key (kid, algorithm, publish_at, sign_at, public_jwk,
        sealed_with, sealed_private_key)
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING kid";

pub(in crate::sql) const REMOVE: &str = "DELETE FROM auth_signing_key WHERE kid = $1 RETURNING kid";

pub(super) fn key<DB: Sql>(row: &Row<DB>) -> Result<SigningKeyRecord, StoreError> {
    Ok(SigningKeyRecord {
        kid: row.text("kid")?,
        algorithm: row.text("algorithm")?,
        publish_at: row.number("publish_at")?,
        sign_at: row.number("sign_at")?,
        public_jwk: row.text("public_jwk")?,
        sealed_with: row.text("sealed_with")?,
        sealed_private_key: row.bytes("sealed_private_key")?,
    })
}

pub(super) struct Add {
    pub(super) key: SigningKeyRecord,
    pub(super) after: Option<String>,
}

impl<D: Dialect> Steps<D> for Add {
    type Answer = Created;

    async fn run(&self, step: &mut Step<'_, D>) -> Result<Created, StoreError> {
        step.perform(D::LOCK_KEYS).await?;
        let latest = step.row(sql(LATEST).text(&self.key.algorithm)).await?;
        let latest = latest.map(|row| row.text("kid")).transpose()?;
        if latest != self.after {
            return Ok(Created::Taken);
        }
        let insert = sql(INSERT)
            .text(&self.key.kid)
            .text(&self.key.algorithm)
            .number(self.key.publish_at)
            .number(self.key.sign_at)
            .long_text(&self.key.public_jwk)
            .text(&self.key.sealed_with)
            .bytes(&self.key.sealed_private_key);
        Ok(super::created(&step.rows(insert).await?))
    }
}
