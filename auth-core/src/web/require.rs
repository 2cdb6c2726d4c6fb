//! The requirement of a function that is no handler.

use super::admission;
use super::gate::HandlerName;
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
    admission::decide(requirement, caller).inspect_err(|error| {
        let handler = HandlerName(Some(*function));
        tracing::warn!(%handler, code = error.code(), %error, "refused");
    })
}
