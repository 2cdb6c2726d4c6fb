//! Audit events in the log.

use tracing::Level;

use super::{AuditEvent, AuditOutcome, AuditSink};

/// Writes events to `tracing`. Every authenticator has it; whether it writes is up to the
/// subscriber's filter for [`TracingSink::TARGET`].
///
/// | what | level |
/// |---|---|
/// | allowed | `DEBUG` |
/// | a credential that is missing, malformed or not accepted, a login that is too weak or too old | `DEBUG`: anyone can cause as many as they like |
/// | a known caller who may not | `INFO`, with subject and issuer |
/// | unavailable | `ERROR` once in ten seconds, the others `DEBUG`: in an outage it is every request |
#[derive(Clone, Copy, Debug, Default)]
pub struct TracingSink;

impl TracingSink {
    /// The target of the events.
    pub const TARGET: &'static str = "auth_core::audit";
}

/// A level has to be known at compile time, so there is one call for each.
macro_rules! write_at {
    ($level:expr, $event:ident, $message:literal) => {
        tracing::event!(
            target: TracingSink::TARGET,
            $level,
            handler = $event.handler.as_str(),
            method = $event.method.as_str(),
            path = $event.path.as_deref(),
            outcome = $event.outcome.as_str(),
            status = $event.status,
            code = $event.code,
            token_error = $event.token_error,
            subject = $event.subject.as_deref(),
            issuer = $event.issuer.as_deref(),
            client_id = $event.client_id.as_deref(),
            token_id = $event.token_id.as_deref(),
            tenant = $event.tenant.as_deref(),
            decision = $event.decision.as_deref(),
            missing = $event.missing.as_deref(),
            remedy = $event.remedy.as_deref(),
            $message
        )
    };
}

impl AuditSink for TracingSink {
    fn record(&self, event: &AuditEvent) {
        match event.outcome {
            AuditOutcome::Allowed => write_at!(Level::DEBUG, event, "allowed"),
            AuditOutcome::Refused if is_everyday(event.code) => {
                write_at!(Level::DEBUG, event, "refused");
            }
            AuditOutcome::Refused => write_at!(Level::INFO, event, "refused"),
            AuditOutcome::Unavailable => {
                write_at!(Level::ERROR, event, "authentication could not be completed: rejected");
            }
        }
    }

    fn enabled(&self, outcome: AuditOutcome) -> bool {
        match outcome {
            AuditOutcome::Allowed => {
                tracing::enabled!(target: TracingSink::TARGET, Level::DEBUG)
            }
            AuditOutcome::Refused => tracing::enabled!(target: TracingSink::TARGET, Level::INFO),
            AuditOutcome::Unavailable => {
                tracing::enabled!(target: TracingSink::TARGET, Level::ERROR)
            }
        }
    }
}

/// In place of [`TracingSink`] for what could not be determined a moment ago either.
pub(super) struct Repeated;

impl AuditSink for Repeated {
    fn record(&self, event: &AuditEvent) {
        write_at!(Level::DEBUG, event, "authentication could not be completed: rejected");
    }

    fn enabled(&self, _: AuditOutcome) -> bool {
        tracing::enabled!(target: TracingSink::TARGET, Level::DEBUG)
    }
}

/// What takes no accepted credential to cause, and what every client meets at some time.
fn is_everyday(code: &str) -> bool {
    matches!(
        code,
        "unauthenticated"
            | "invalid_request"
            | "invalid_token"
            | "invalid_dpop_proof"
            | "use_dpop_nonce"
            | "insufficient_user_authentication"
    )
}
