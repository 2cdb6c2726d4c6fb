//! Grants.

use auth_accounts::store::StoreError;

use super::super::dialect::{Dialect, Sql};
use super::super::row::Row;
use super::super::statement::{Statement, sql};
use super::super::step::{Step, Steps};
use super::{Locking, accounts, codes, consents, locking, revoked};
use crate::authorization::{
    AuthorizationCode, Consent, Grant, GrantId, GrantRevocation, GrantSelector, RevocationReason,
};

/// The columns of a grant, under names that no other table has.
macro_rules! grant_columns {
    () => {
        "g.id AS grant_id, g.subject AS grant_subject, g.client_id AS grant_client_id,
            g.scopes AS grant_scopes, g.resources AS grant_resources,
            g.authentication AS grant_authentication, g.granted_at AS grant_granted_at,
            g.expires_at AS grant_expires_at, g.revoked_at AS grant_revoked_at,
            g.revoked_why AS grant_revoked_why"
    };
}
pub(in crate::sql) use grant_columns;

pub(in crate::sql) const FIND: &str =
    concat!("SELECT ", grant_columns!(), " FROM auth_grant g WHERE g.id = $1");

const INSERT: &str =
    "INSERT INTO auth_grant (id, subject, client_id, session_id, scopes, resources,
        authentication, granted_at, expires_at, revoked_at, revoked_why)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";

/// What selects grants. Each takes two names, so that the values after them have one number.
macro_rules! which {
    (subject) => {
        "subject = $1 AND $2 = ''"
    };
    (client) => {
        "client_id = $1 AND $2 = ''"
    };
    (subject_at_client) => {
        "subject = $1 AND client_id = $2"
    };
    (session) => {
        "session_id = $1 AND $2 = ''"
    };
    (ends_with_session) => {
        concat!(which!(session), which!(online))
    };
    (ends_outside_session) => {
        concat!("subject = $1 AND (session_id IS NULL OR session_id <> $2)", which!(online))
    };
    // Scopes are JSON, in which no name has quotes.
    (online) => {
        " AND scopes NOT LIKE '%\"offline!_access\"%' ESCAPE '!'"
    };
}

/// What is done to grants that a selector selects.
#[derive(Clone, Copy)]
pub(in crate::sql) struct Selected {
    pub(in crate::sql) list: &'static str,
    pub(in crate::sql) lock: Locking,
    pub(in crate::sql) revoke: &'static str,
}

macro_rules! selected {
    ($which:ident) => {
        Selected {
            list: concat!(
                "SELECT ",
                grant_columns!(),
                " FROM auth_grant g WHERE ",
                which!($which),
                " AND g.revoked_at IS NULL AND g.expires_at > $3
                ORDER BY g.granted_at DESC, g.id LIMIT $4"
            ),
            lock: locking!(concat!(
                "SELECT id FROM auth_grant WHERE ",
                which!($which),
                " AND revoked_at IS NULL ORDER BY id"
            )),
            revoke: concat!(
                "UPDATE auth_grant SET revoked_at = $3, revoked_why = $4 WHERE ",
                which!($which),
                " AND revoked_at IS NULL RETURNING id, expires_at"
            ),
        }
    };
}

pub(in crate::sql) const OF_SUBJECT: Selected = selected!(subject);
pub(in crate::sql) const OF_CLIENT: Selected = selected!(client);
pub(in crate::sql) const OF_SUBJECT_AT_CLIENT: Selected = selected!(subject_at_client);
pub(in crate::sql) const OF_SESSION: Selected = selected!(session);
pub(in crate::sql) const ENDS_WITH_SESSION: Selected = selected!(ends_with_session);
pub(in crate::sql) const ENDS_OUTSIDE_SESSION: Selected = selected!(ends_outside_session);

/// Locks the grant, and says whether it is live.
pub(in crate::sql) const LOCK: Locking =
    locking!("SELECT id FROM auth_grant WHERE id = $1 AND revoked_at IS NULL AND expires_at > $2");

pub(in crate::sql) const REVOKE: &str = "UPDATE auth_grant SET revoked_at = $2, revoked_why = $3
    WHERE id = $1 AND revoked_at IS NULL RETURNING id, expires_at";

const fn selected(which: &GrantSelector) -> Selected {
    match which {
        GrantSelector::Subject(_) => OF_SUBJECT,
        GrantSelector::Client(_) => OF_CLIENT,
        GrantSelector::SubjectAtClient { .. } => OF_SUBJECT_AT_CLIENT,
        GrantSelector::Session(_) => OF_SESSION,
        GrantSelector::EndsWithSession(_) => ENDS_WITH_SESSION,
        GrantSelector::EndsOutsideSession { .. } => ENDS_OUTSIDE_SESSION,
    }
}

pub(super) fn list(which: &GrantSelector) -> Statement {
    names(sql(selected(which).list), which)
}

fn names(statement: Statement, which: &GrantSelector) -> Statement {
    let (name, other) = match which {
        GrantSelector::Subject(name)
        | GrantSelector::Client(name)
        | GrantSelector::Session(name)
        | GrantSelector::EndsWithSession(name) => (name, ""),
        GrantSelector::SubjectAtClient { subject, client_id } => (subject, client_id.as_str()),
        GrantSelector::EndsOutsideSession { subject, session } => (subject, session.as_str()),
    };
    statement.text(name).text(other)
}

pub(super) fn insert(grant: &Grant) -> Result<Statement, StoreError> {
    let authentication = &grant.authentication;
    let reason = grant.revoked.map(|it| super::super::statement::variant_name(it.reason));
    Ok(sql(INSERT)
        .text(grant.id.as_str())
        .text(&grant.subject)
        .text(&grant.client_id)
        .text_or_null(authentication.session_id.as_deref())
        .json(&grant.scopes)
        .json(&grant.resources)
        .json(authentication)
        .number(grant.granted_at)
        .number(grant.expires_at)
        .number_or_null(grant.revoked.map(|it| it.at))
        .text_or_null(reason.transpose()?.as_deref()))
}

pub(super) fn grant<DB: Sql>(row: &Row<DB>) -> Result<Grant, StoreError> {
    let revoked = match row.number_or_null("grant_revoked_at")? {
        Some(at) => Some(GrantRevocation { at, reason: row.variant("grant_revoked_why")? }),
        None => None,
    };
    Ok(Grant {
        id: row.id("grant_id")?,
        subject: row.text("grant_subject")?,
        client_id: row.text("grant_client_id")?,
        scopes: row.json("grant_scopes")?,
        resources: row.json("grant_resources")?,
        authentication: row.json("grant_authentication")?,
        granted_at: row.number("grant_granted_at")?,
        expires_at: row.number("grant_expires_at")?,
        revoked,
    })
}

/// What a user has allowed.
pub(super) struct Authorize {
    pub(super) grant: Grant,
    pub(super) code: AuthorizationCode,
    pub(super) consents: Vec<Consent>,
}

impl<D: Dialect> Steps<D> for Authorize {
    type Answer = ();

    async fn run(&self, step: &mut Step<'_, D>) -> Result<(), StoreError> {
        accounts::hold(step, &self.grant.subject).await?;
        step.rows(insert(&self.grant)?).await?;
        step.rows(codes::insert(&self.code)).await?;
        // In one order, so that two that replace the same ones do not wait for each other.
        let mut consents: Vec<&Consent> = self.consents.iter().collect();
        consents.sort_by_key(|it| (&it.subject, &it.client_id, &it.resource));
        for consent in consents {
            step.rows(consents::replace(consent)).await?;
        }
        Ok(())
    }
}

/// Whether the grant is live. It is locked until the step ends.
pub(super) async fn lock_live<D: Dialect>(
    step: &mut Step<'_, D>,
    grant: &GrantId,
    now: u64,
) -> Result<bool, StoreError> {
    let lock = LOCK.statement::<D>().text(grant.as_str()).now(now);
    Ok(step.row(lock).await?.is_some())
}

/// Revokes a grant that is not revoked yet, and adds it to the feed; whether it did.
pub(super) async fn revoke<D: Dialect>(
    step: &mut Step<'_, D>,
    grant: &GrantId,
    reason: RevocationReason,
    now: u64,
) -> Result<bool, StoreError> {
    let revoke = sql(REVOKE).text(grant.as_str()).number(now).variant(reason);
    let Some(row) = step.row(revoke).await? else { return Ok(false) };
    revoked::append_grants(step, &[(grant.clone(), row.number("expires_at")?)], now).await?;
    Ok(true)
}

/// Revokes all of these that are not revoked; how many.
pub(super) async fn revoke_all<D: Dialect>(
    step: &mut Step<'_, D>,
    which: &GrantSelector,
    reason: RevocationReason,
    now: u64,
) -> Result<u64, StoreError> {
    let selected = selected(which);
    if D::LOCKS_ROWS {
        // In the order of their ids, so that two who revoke do not wait for each other.
        step.rows(names(selected.lock.statement::<D>(), which)).await?;
    }
    let revoke = names(sql(selected.revoke), which).number(now).variant(reason);
    let rows = step.rows(revoke).await?.into_iter();
    let revoked = rows.map(|row| Ok((row.id("id")?, row.number("expires_at")?)));
    let mut revoked = revoked.collect::<Result<Vec<(GrantId, u64)>, StoreError>>()?;
    revoked.sort_unstable();
    revoked::append_grants(step, &revoked, now).await?;
    Ok(revoked.len() as u64)
}

pub(super) struct RevokeGrant {
    pub(super) grant: GrantId,
    pub(super) reason: RevocationReason,
    pub(super) now: u64,
}

impl<D: Dialect> Steps<D> for RevokeGrant {
    type Answer = bool;

    async fn run(&self, step: &mut Step<'_, D>) -> Result<bool, StoreError> {
        revoke(step, &self.grant, self.reason, self.now).await
    }
}

pub(super) struct RevokeGrants {
    pub(super) which: GrantSelector,
    pub(super) reason: RevocationReason,
    pub(super) now: u64,
}

impl<D: Dialect> Steps<D> for RevokeGrants {
    type Answer = u64;

    async fn run(&self, step: &mut Step<'_, D>) -> Result<u64, StoreError> {
        revoke_all(step, &self.which, self.reason, self.now).await
    }
}
