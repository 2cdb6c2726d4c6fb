//! The audit trail: writing, checking and exporting it.
//!
//! Changes of accounts and credentials are written in the transaction of the change: where one is not
//! in the trail, it was not made. Attempts and refusals change nothing and are written by themselves.
//! What the guards of an application decide comes through a [`StoreAuditSink`], which no request waits
//! for.
//!
//! Each record holds the hash of the one before it. [`Accounts::verify_audit`] walks through the whole
//! trail and names the first record that is not what was written, or is missing. An attacker who
//! can rewrite the whole trail can make all hashes anew, and one who cuts off its end leaves no trace in it:
//! keep the [`Anchor`] of each check elsewhere, and give it to the next.
//!
//! No secret is in the trail, and no text that was typed as a name: see
//! [`Accounts::keyed_name`]. Other texts of callers are cut, and control characters in them escaped.
//!
//! [`Accounts::verify_audit`]: crate::Accounts::verify_audit
//! [`Accounts::keyed_name`]: crate::Accounts::keyed_name

mod chain;
mod export;
mod keyed_name;
mod sink;

pub use chain::{Anchor, ChainBreak, ChainReport};
pub use export::AuditFormat;
pub(crate) use export::{csv_field, to_json};
pub use sink::{AuditWriter, StoreAuditSink};

/// How many records are read at a time.
pub(crate) const PAGE: u32 = 500;
