//! The sinks of one authenticator, and how they are kept from doing harm.

use std::cell::LazyCell;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use super::tracing_sink::Repeated;
use super::{AuditEvent, AuditOutcome, AuditSink, TracingSink};
use crate::panics::contained;
use crate::time::LogThrottle;

/// Which decisions are noted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuditLevel {
    /// Every decision. The default.
    #[default]
    All,
    /// Rejections, and what could not be decided.
    Refusals,
}

/// The sinks of one authenticator: `tracing`, and those of the application.
#[derive(Clone, Default)]
pub(crate) struct Sinks {
    own: Vec<Arc<dyn AuditSink>>,
    pub(crate) level: AuditLevel,
    outage: Arc<LogThrottle>,
}

impl Sinks {
    pub(crate) fn add(&mut self, sink: impl AuditSink) {
        self.own.push(Arc::new(sink));
    }

    /// Gives the event to every sink that wants one with this outcome. It is put together only if
    /// there is such a sink, so where no one listens a decision costs a look at the log level.
    pub(crate) fn record(&self, outcome: AuditOutcome, event: impl FnOnce() -> AuditEvent) {
        if self.level == AuditLevel::Refusals && outcome == AuditOutcome::Allowed {
            return;
        }
        let event = LazyCell::new(event);
        // In an outage every request would be a line of it.
        let is_repeated = outcome == AuditOutcome::Unavailable
            && tracing::enabled!(target: TracingSink::TARGET, tracing::Level::ERROR)
            && !self.outage.is_due(event.time);
        let log: &dyn AuditSink = if is_repeated { &Repeated } else { &TracingSink };
        for sink in std::iter::once(log).chain(self.own.iter().map(|sink| &**sink)) {
            // A sink is behind `&self` in either case, so what it was doing when it panicked is
            // its own affair: nothing of the framework is left half done.
            let wants = || sink.enabled(outcome);
            if contained(SINK, AssertUnwindSafe(wants)) == Some(true) {
                contained(SINK, AssertUnwindSafe(|| sink.record(&event)));
            }
        }
    }
}

const SINK: &str = "an audit sink";

impl fmt::Debug for Sinks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sinks")
            .field("own", &self.own.len())
            .field("level", &self.level)
            .finish_non_exhaustive()
    }
}
