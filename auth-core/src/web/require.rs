//! The requirement of a function that is no handler.

use super::authorize::authorize_known;
use super::endpoint_guard::HandlerName;
use crate::error::AuthError;
use crate::identity::Identity;
use crate::policy::{HandlerInfo, Requirement};

/// What `#[requires]` calls first in a function that takes `&Identity`.
///
/// There is no request, so a check counts as not answered.
///
/// # Errors
/// If the caller does not meet the requirement.
#[doc(hidden)]
pub fn require(
    requirement: &Requirement,
    caller: &Identity,
    function: &HandlerInfo,
) -> Result<(), AuthError> {
    authorize_known(requirement, caller).inspect_err(|error| {
        let function = HandlerName(Some(function));
        let (subject, issuer, code) = (caller.subject(), caller.issuer(), error.code());
        // As in the audit events: only what a known caller may not is worth a line by default.
        if matches!(error, AuthError::Forbidden(_)) {
            tracing::info!(handler = %function, subject, issuer, code, ?error, "refused");
        } else {
            tracing::debug!(handler = %function, subject, issuer, code, ?error, "refused");
        }
    })
}
