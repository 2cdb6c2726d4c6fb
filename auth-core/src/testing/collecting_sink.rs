//! Audit events kept for a test.

use std::sync::{Arc, Mutex, PoisonError};

use crate::audit::{AuditEvent, AuditSink};

/// Keeps every audit event. A clone shares them.
///
/// For tests: it grows without bound.
///
/// ```
/// use auth_core::Authenticator;
/// use auth_core::testing::CollectingSink;
///
/// let events = CollectingSink::default();
/// let builder = Authenticator::builder().audit(events.clone());
/// // .. requests ..
/// assert!(events.take().is_empty());
/// # drop(builder);
/// ```
#[derive(Clone, Debug, Default)]
pub struct CollectingSink(Arc<Mutex<Vec<AuditEvent>>>);

impl CollectingSink {
    /// The events so far; they are gone then.
    #[must_use]
    pub fn take(&self) -> Vec<AuditEvent> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl AuditSink for CollectingSink {
    fn record(&self, event: &AuditEvent) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(event.clone());
    }
}
