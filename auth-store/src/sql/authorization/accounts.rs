//! What ends with an account, in the step in which the account changes.

use auth_accounts::store::StoreError;

use super::super::dialect::Dialect;
use super::super::statement::sql;
use super::super::step::Step;
use super::{consents, grants};
use crate::account_end::AccountEnd;

/// Locks the account for a change. A grant is stored either before the change, which then revokes it, or after it,
/// when its session is over.
const HOLD: &str = "SELECT id FROM auth_account WHERE id = $1 FOR SHARE";

/// Keeps out those who store a grant: each is stored either before, or after the step has ended.
const KEEP_OUT: &str = "SELECT id FROM auth_account WHERE id = $1 FOR UPDATE";

/// Revokes those of the grants of this subject that end.
pub(in crate::sql) async fn end<D: Dialect>(
    step: &mut Step<'_, D>,
    subject: &str,
    end: AccountEnd<'_>,
    now: u64,
) -> Result<(), StoreError> {
    if end == AccountEnd::Deleted {
        step.rows(sql(consents::FORGET_SUBJECT).text(subject)).await?;
    }
    grants::revoke_all(step, &end.grants(subject), end.reason(), now).await.map(drop)
}

/// Locks the account of a grant until the step ends, if the subject is an account. A database with one writer at a
/// time needs no lock.
pub(super) async fn hold<D: Dialect>(
    step: &mut Step<'_, D>,
    subject: &str,
) -> Result<(), StoreError> {
    lock(step, HOLD, subject).await
}

/// Waits for the grants of a subject that are being stored, and keeps others out until the step ends.
pub(super) async fn keep_out<D: Dialect>(
    step: &mut Step<'_, D>,
    subject: &str,
) -> Result<(), StoreError> {
    lock(step, KEEP_OUT, subject).await
}

async fn lock<D: Dialect>(
    step: &mut Step<'_, D>,
    statement: &'static str,
    subject: &str,
) -> Result<(), StoreError> {
    if D::LOCKS_ROWS {
        step.rows(sql(statement).text(subject)).await?;
    }
    Ok(())
}
