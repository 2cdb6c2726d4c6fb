//! Counters through the `metrics` facade.

use super::event::{self, AuditOutcome};
use crate::error::AuthError;

/// Counts one decision.
///
/// Each label has few values: the outcomes, the stable codes, the registered methods, and the
/// routes as they were declared. Nothing that a caller makes up becomes a label.
pub(crate) fn count(refusal: Option<(u16, Option<&AuthError>)>, method: &str, path: Option<&str>) {
    let outcome: AuditOutcome = event::outcome(refusal);
    let reason = event::token_error(refusal).unwrap_or(event::code(refusal));
    metrics::counter!(
        "auth_decisions_total",
        "outcome" => outcome.as_str(),
        "reason" => reason,
        "method" => registered(method),
        "path" => path.unwrap_or("none").to_owned(),
    )
    .increment(1);
}

/// The method if it is one that axum routes, `other` for all that a client may make up.
fn registered(method: &str) -> &'static str {
    const METHODS: [&str; 9] =
        ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"];
    METHODS.into_iter().find(|known| *known == method).unwrap_or("other")
}
