//! A decision with its reasons.

use std::fmt;

/// Whether a requirement is met, and why.
#[derive(Clone, Debug)]
pub struct Decision {}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}
