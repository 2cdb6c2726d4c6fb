//! Devices that wait for their users.

use auth_accounts::secret::Digest;
use auth_accounts::store::{Created, StoreError};

use super::super::dialect::{Dialect, Sql};
use super::super::row::Row;
use super::super::statement::sql;
use super::super::step::{Step, Steps};
use super::{Locking, accounts, grants, locking};
use crate::authorization::{DeviceDecision, DevicePoll, DeviceRequest, GrantId, SLOWER_BY};

pub(in crate::sql) const FORGET_EXPIRED: &str = "DELETE FROM auth_device
    WHERE (device_code = $1 OR user_code = $2) AND expires_at <= $3";

/// Removes the grants of expired requests whose tokens were never fetched, with the requests.
pub(in crate::sql) const FORGET_UNFETCHED: &str = "DELETE FROM auth_grant WHERE id IN
        (SELECT grant_id FROM auth_device
            WHERE (device_code = $1 OR user_code = $2) AND expires_at <= $3)";

const INSERT: &str =
    "INSERT INTO auth_device (device_code, user_code, client_id, scopes, resources,
        jkt, expires_at, poll_interval)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING RETURNING client_id";

pub(in crate::sql) const FIND_WAITING: &str = "SELECT device_code, user_code, client_id, scopes,
        resources, jkt, expires_at, poll_interval
    FROM auth_device WHERE user_code = $1 AND decision IS NULL AND expires_at > $2";

pub(in crate::sql) const DECIDE: &str = "UPDATE auth_device SET decision = $2
    WHERE user_code = $1 AND decision IS NULL AND expires_at > $3 RETURNING client_id";

pub(in crate::sql) const GIVE: &str = "UPDATE auth_device SET grant_id = $2 WHERE user_code = $1";

pub(in crate::sql) const LOCK: Locking = locking!(
    "SELECT poll_interval, polled_at, expires_at, decision, grant_id FROM auth_device
        WHERE device_code = $1 AND client_id = $2"
);

pub(in crate::sql) const POLLED: &str =
    "UPDATE auth_device SET polled_at = $2, poll_interval = $3 WHERE device_code = $1";

/// Uses the code up, if it is that of the grant.
pub(in crate::sql) const FETCH: &str =
    "DELETE FROM auth_device WHERE device_code = $1 AND grant_id = $2 RETURNING client_id";

const ALLOWED: &str = "allowed";
const DENIED: &str = "denied";

pub(super) fn request<DB: Sql>(row: &Row<DB>) -> Result<DeviceRequest, StoreError> {
    Ok(DeviceRequest {
        device_code: row.digest("device_code")?,
        user_code: row.digest("user_code")?,
        client_id: row.text("client_id")?,
        scopes: row.json("scopes")?,
        resources: row.json("resources")?,
        jkt: row.text_or_null("jkt")?,
        expires_at: row.number("expires_at")?,
        interval: row.number("poll_interval")?,
    })
}

pub(super) struct Begin {
    pub(super) request: DeviceRequest,
    pub(super) now: u64,
}

impl<D: Dialect> Steps<D> for Begin {
    type Answer = Created;

    async fn run(&self, step: &mut Step<'_, D>) -> Result<Created, StoreError> {
        let request = &self.request;
        let (device_code, user_code) = (&request.device_code, &request.user_code);
        for forget in [FORGET_UNFETCHED, FORGET_EXPIRED] {
            let forget = sql(forget).digest(device_code).digest(user_code).now(self.now);
            step.rows(forget).await?;
        }
        let insert = sql(INSERT)
            .digest(device_code)
            .digest(user_code)
            .text(&request.client_id)
            .json(&request.scopes)
            .json(&request.resources)
            .long_text_or_null(request.jkt.as_deref())
            .number(request.expires_at)
            .number(request.interval);
        Ok(super::created(&step.rows(insert).await?))
    }
}

pub(super) struct Decide {
    pub(super) user_code: Digest,
    pub(super) decision: DeviceDecision,
    pub(super) now: u64,
}

impl<D: Dialect> Steps<D> for Decide {
    type Answer = bool;

    async fn run(&self, step: &mut Step<'_, D>) -> Result<bool, StoreError> {
        let decision = match self.decision {
            DeviceDecision::Allowed(_) => ALLOWED,
            DeviceDecision::Denied => DENIED,
        };
        let decide = sql(DECIDE).digest(&self.user_code).text(decision).now(self.now);
        if let DeviceDecision::Allowed(grant) = &self.decision {
            accounts::hold(step, &grant.subject).await?;
        }
        if step.row(decide).await?.is_none() {
            return Ok(false);
        }
        if let DeviceDecision::Allowed(grant) = &self.decision {
            step.rows(grants::insert(grant)?).await?;
            step.rows(sql(GIVE).digest(&self.user_code).text(grant.id.as_str())).await?;
        }
        Ok(true)
    }
}

pub(super) struct Poll {
    pub(super) device_code: Digest,
    pub(super) client_id: String,
    pub(super) now: u64,
}

impl<D: Dialect> Steps<D> for Poll {
    type Answer = DevicePoll;

    async fn run(&self, step: &mut Step<'_, D>) -> Result<DevicePoll, StoreError> {
        let lock = LOCK.statement::<D>().digest(&self.device_code).text(&self.client_id);
        let Some(device) = step.row(lock).await? else { return Ok(DevicePoll::Invalid) };
        if device.number("expires_at")? <= self.now {
            return Ok(DevicePoll::Expired);
        }
        match device.text_or_null("decision")?.as_deref() {
            None => {
                let interval = device.number("poll_interval")?;
                let polled_at = device.number_or_null("polled_at")?;
                let is_early = polled_at.is_some_and(|at| self.now < at.saturating_add(interval));
                let interval = if is_early { interval.saturating_add(SLOWER_BY) } else { interval };
                // When a device polled is not worth waiting for the disk.
                step.perform(D::RELAX).await?;
                let polled = sql(POLLED).digest(&self.device_code).number(self.now);
                step.rows(polled.number(interval)).await?;
                Ok(if is_early { DevicePoll::SlowDown } else { DevicePoll::Pending })
            }
            Some(DENIED) => Ok(DevicePoll::Denied),
            Some(ALLOWED) => {
                let id: GrantId = device.id("grant_id")?;
                let grant = step.row(sql(grants::FIND).text(id.as_str())).await?;
                let grant = grant.map(|row| grants::grant(&row)).transpose()?;
                // It was revoked, or has ended, before the device fetched its tokens.
                let grant = grant.filter(|grant| grant.is_live(self.now));
                Ok(grant.map_or(DevicePoll::Denied, |it| DevicePoll::Allowed(Box::new(it))))
            }
            Some(_) => Err(StoreError::NotUnderstood("a decision about a device")),
        }
    }
}
