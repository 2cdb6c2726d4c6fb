//! What was decided, for operators and auditors.
//!
//! Each request that a guard decides makes one [`AuditEvent`]: who called, what was decided, why,
//! and what would help. It goes to `tracing` (the target is [`TracingSink::TARGET`]) and to every
//! [`AuditSink`] given to [`AuthenticatorBuilder::audit`]. `docs/audit.md` lists the fields, the
//! log levels and the counters of the feature `metrics`.
//!
//! A sink is called while the request waits, so it must not block: what takes time belongs behind
//! a [`ChannelSink`]. Nothing a sink does changes the answer: it is called after the decision, and
//! if it panics the panic ends there (unless the program is built with `panic = "abort"`).
//!
//! ```
//! use auth_core::Authenticator;
//! use auth_core::audit::ChannelSink;
//!
//! let (sink, events) = ChannelSink::new(1024);
//! let builder = Authenticator::builder().audit(sink);
//! std::thread::spawn(move || {
//!     for event in events {
//!         // To a file, a database, a message queue: no request waits for it.
//!         let line = serde_json::to_string(&event);
//!         # drop(line);
//!     }
//! });
//! # drop(builder);
//! ```
//!
//! [`AuthenticatorBuilder::audit`]: crate::authenticator::AuthenticatorBuilder::audit

mod channel;
#[cfg(feature = "metrics")]
mod counters;
mod event;
mod sink;
mod sinks;
mod tracing_sink;

pub use channel::ChannelSink;
pub use event::{AuditEvent, AuditOutcome};
pub use sink::AuditSink;
pub use sinks::AuditLevel;
pub use tracing_sink::TracingSink;

#[cfg(feature = "metrics")]
pub(crate) use counters::count;
pub(crate) use event::{Occasion, outcome};
pub(crate) use sinks::Sinks;
