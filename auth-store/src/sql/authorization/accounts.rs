//! What ends with an account, in the step in which the account changes.

use auth_accounts::store::StoreError;

use super::super::dialect::Dialect;
use super::super::statement::sql;
use super::super::step::Step;
use super::{consents, grants};
use crate::account_end::AccountEnd;
use crate::authorization::GrantSelector;

/// Waits for a change of the account, which others then wait for: a grant is there before the change, which
/// revokes it, or comes after it, when the session that it was made in is over.
const HOLD: &str = "SELECT id FROM auth_account WHERE id = $1 FOR SHARE";

/// Revokes what this subject has allowed clients.
pub(in crate::sql) async fn end<D: Dialect>(
    step: &mut Step<'_, D>,
    subject: &str,
    end: AccountEnd,
    now: u64,
) -> Result<(), StoreError> {
    if end == AccountEnd::Deleted {
        step.rows(sql(consents::FORGET_SUBJECT).text(subject)).await?;
    }
    let which = GrantSelector::Subject(subject.to_owned());
    grants::revoke_all(step, &which, end.reason(), now).await.map(drop)
}

/// Keeps the account of a grant as it is until the step ends, if the subject is one. Where one writes at a
/// time, it does.
pub(super) async fn hold<D: Dialect>(
    step: &mut Step<'_, D>,
    subject: &str,
) -> Result<(), StoreError> {
    if D::LOCKS_ROWS {
        step.rows(sql(HOLD).text(subject)).await?;
    }
    Ok(())
}
