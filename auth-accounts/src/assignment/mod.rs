//! Which roles and groups are assigned by rules, and who may assign which by hand.

/// Which roles and groups are assigned by rules, and who may assign which by hand.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct AssignmentSettings {}
