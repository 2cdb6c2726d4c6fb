//! Which second factors there are.

/// Which second factors there are.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct FactorSettings {}
