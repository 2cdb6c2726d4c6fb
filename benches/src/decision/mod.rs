//! Decisions: may a caller who holds these names do that?

pub mod limit;
pub mod ours;
pub mod shape;

/// The enums that `build.rs` writes.
pub mod names {
    include!(concat!(env!("OUT_DIR"), "/names.rs"));
}

use crate::case::Case;

/// Every decision that is measured.
#[must_use]
pub fn cases() -> Vec<Case> {
    let mut cases = limit::cases();
    cases.extend(ours::cases());
    #[cfg(feature = "peers")]
    cases.extend(crate::peers::decisions());
    cases
}
