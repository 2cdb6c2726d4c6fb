//! What can be said of a requirement without a caller.

use super::Requirement;

/// Fails the build where no caller, or any caller, meets the requirement, or a part of it is idle.
#[track_caller]
pub const fn assert_sound(_requirement: &Requirement) {}
