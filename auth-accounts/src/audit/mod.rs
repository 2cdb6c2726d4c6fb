//! The audit trail: writing, checking and exporting it.
