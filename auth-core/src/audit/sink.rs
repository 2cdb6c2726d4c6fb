//! Where audit events go.

use super::{AuditEvent, AuditOutcome};

/// Where audit events go.
///
/// Called once for each decided request, after the decision and while the request waits: it must
/// not block. Put what takes time behind a [`ChannelSink`](super::ChannelSink). A panic in here is
/// caught and logged; the answer to the request stays what it was.
///
/// ```
/// use auth_core::audit::{AuditEvent, AuditOutcome, AuditSink};
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// /// Counts refusals.
/// #[derive(Default)]
/// struct Refusals(AtomicU64);
///
/// impl AuditSink for Refusals {
///     fn record(&self, _event: &AuditEvent) {
///         self.0.fetch_add(1, Ordering::Relaxed);
///     }
///
///     fn enabled(&self, outcome: AuditOutcome) -> bool {
///         outcome == AuditOutcome::Refused
///     }
/// }
/// ```
pub trait AuditSink: Send + Sync + 'static {
    /// Takes note of an event.
    fn record(&self, event: &AuditEvent);

    /// Whether an event with this outcome is of interest now. If no sink wants it, it is not even
    /// put together. By default every one.
    fn enabled(&self, outcome: AuditOutcome) -> bool {
        let _ = outcome;
        true
    }
}

impl<T: AuditSink + ?Sized> AuditSink for std::sync::Arc<T> {
    fn record(&self, event: &AuditEvent) {
        (**self).record(event);
    }

    fn enabled(&self, outcome: AuditOutcome) -> bool {
        (**self).enabled(outcome)
    }
}
