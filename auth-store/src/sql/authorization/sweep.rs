//! Removes expired rows in batches, each found by an index.

use auth_accounts::store::StoreError;

use super::super::dialect::Dialect;
use super::super::statement::sql;
use super::super::step::{Step, Steps};
use super::super::store::SqlStore;
use super::{Locking, consents, locking};

/// Locks the grants of codes that were not redeemed in time: both are removed.
pub(in crate::sql) const LOCK_UNREDEEMED: Locking = locking!(
    "SELECT id FROM auth_grant WHERE id IN
        (SELECT grant_id FROM auth_code WHERE redeemed_at IS NULL AND expires_at <= $1
            ORDER BY expires_at LIMIT $2)
        ORDER BY id"
);

/// Unless a code of it was redeemed before the grant was locked.
pub(in crate::sql) const UNREDEEMED: &str = "DELETE FROM auth_grant WHERE id = $1 AND NOT EXISTS
        (SELECT 1 FROM auth_code WHERE grant_id = $1 AND redeemed_at IS NOT NULL)
    RETURNING id";

/// Locks the grants of devices that did not fetch their tokens in time.
pub(in crate::sql) const LOCK_UNFETCHED: Locking = locking!(
    "SELECT id FROM auth_grant WHERE id IN
        (SELECT grant_id FROM auth_device WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)
        ORDER BY id"
);

/// With its device. A grant whose tokens were fetched before it was locked has no device any more, and stays.
pub(in crate::sql) const UNFETCHED: &str = "DELETE FROM auth_grant WHERE id = $1 AND EXISTS
        (SELECT 1 FROM auth_device WHERE grant_id = $1)
    RETURNING id";

pub(in crate::sql) const REDEEMED: &str = "DELETE FROM auth_code WHERE digest IN
        (SELECT digest FROM auth_code WHERE redeemed_at IS NOT NULL AND kept_until <= $1
            ORDER BY kept_until LIMIT $2)
    RETURNING digest";

pub(in crate::sql) const OPAQUE: &str = "DELETE FROM auth_opaque_token WHERE digest IN
        (SELECT digest FROM auth_opaque_token WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)
    RETURNING digest";

/// A grant may have thousands, so they are removed before it, a few at a time.
pub(in crate::sql) const REFRESH: &str = "DELETE FROM auth_refresh_token WHERE digest IN
        (SELECT t.digest FROM auth_grant g JOIN auth_refresh_token t ON t.grant_id = g.id
            WHERE g.expires_at <= $1 ORDER BY g.expires_at LIMIT $2)
    RETURNING digest";

/// Those without tokens. Only the first ones are looked at, whose tokens are removed first, too.
pub(in crate::sql) const GRANTS: &str = "DELETE FROM auth_grant WHERE id IN
        (SELECT over.id FROM
            (SELECT id FROM auth_grant WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2) AS over
            WHERE NOT EXISTS (SELECT 1 FROM auth_refresh_token t WHERE t.grant_id = over.id))
    RETURNING id";

pub(in crate::sql) const CLIENTS: &str = "DELETE FROM auth_client WHERE client_id IN
        (SELECT client_id FROM auth_client WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)
    RETURNING client_id";

pub(in crate::sql) const DEVICES: &str = "DELETE FROM auth_device WHERE device_code IN
        (SELECT device_code FROM auth_device WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)
    RETURNING client_id";

pub(in crate::sql) const REVOCATIONS: &str = "DELETE FROM auth_revocation WHERE position IN
        (SELECT position FROM auth_revocation WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)
    RETURNING position";

/// A kind of expired rows.
enum Kind {
    /// Grants, which are locked by the first and removed by the second.
    Grants(Locking, &'static str),
    Clients,
    Plain(&'static str),
}

const KINDS: [Kind; 9] = [
    Kind::Grants(LOCK_UNREDEEMED, UNREDEEMED),
    Kind::Grants(LOCK_UNFETCHED, UNFETCHED),
    Kind::Plain(REDEEMED),
    Kind::Plain(OPAQUE),
    Kind::Plain(REFRESH),
    Kind::Plain(GRANTS),
    Kind::Clients,
    Kind::Plain(DEVICES),
    Kind::Plain(REVOCATIONS),
];

struct Sweep {
    kind: &'static Kind,
    now: u64,
    limit: u32,
}

impl<D: Dialect> Steps<D> for Sweep {
    type Answer = u64;

    async fn run(&self, step: &mut Step<'_, D>) -> Result<u64, StoreError> {
        // One node sweeps, the others have nothing to do.
        if step.row(sql(D::LOCK_SWEEP)).await?.is_none() {
            return Ok(0);
        }
        let limit = u64::from(self.limit);
        match self.kind {
            Kind::Plain(statement) => {
                let swept = step.rows(sql(statement).now(self.now).number(limit)).await?;
                Ok(swept.len() as u64)
            }
            Kind::Grants(lock, remove) => {
                let lock = lock.statement::<D>().now(self.now).number(limit);
                let mut swept: u64 = 0;
                for locked in step.rows(lock).await? {
                    let gone = step.rows(sql(remove).text(&locked.text("id")?)).await?;
                    swept = swept.saturating_add(gone.len() as u64);
                }
                Ok(swept)
            }
            Kind::Clients => {
                let swept = step.rows(sql(CLIENTS).now(self.now).number(limit)).await?;
                for client in &swept {
                    let forget = sql(consents::FORGET_CLIENT).text(&client.text("client_id")?);
                    step.rows(forget).await?;
                }
                Ok(swept.len() as u64)
            }
        }
    }
}

impl<D: Dialect> SqlStore<D> {
    /// Each kind in a transaction of its own, so that none is long.
    pub(super) async fn sweep_all(&self, now: u64, limit: u32) -> Result<u64, StoreError> {
        let mut swept: u64 = 0;
        for kind in &KINDS {
            swept = swept.saturating_add(self.step(Sweep { kind, now, limit }).await?);
        }
        Ok(swept)
    }
}
