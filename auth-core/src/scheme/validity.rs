//! How long a credential is valid, and how soon a node hears that it is not any more.

use serde::{Deserialize, Serialize};

/// How a node knows whether a credential that was valid still is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValidityMode {
    /// It asks the store at every request: a credential that was revoked is valid nowhere from then on.
    Strict,
    /// It keeps what it knows and follows a feed of changes: a revoked credential is valid until the
    /// node hears of it.
    Feed,
}

impl ValidityMode {
    /// The word for it: `strict`, `feed`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Feed => "feed",
        }
    }
}

/// What a scheme says of the time that its credentials are valid: for the access map, in which a change
/// of it is reviewed.
///
/// ```
/// use auth_core::scheme::{Validity, ValidityMode};
///
/// let validity = Validity::default().mode(ValidityMode::Strict).idle(3_600).absolute(86_400);
/// # drop(validity);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Validity {
    pub(crate) mode: Option<ValidityMode>,
    pub(crate) idle: Option<u64>,
    pub(crate) absolute: Option<u64>,
}

impl Validity {
    /// How a node knows whether a credential is still valid.
    pub const fn mode(mut self, mode: ValidityMode) -> Self {
        self.mode = Some(mode);
        self
    }

    /// After how many seconds without a use it is over.
    pub const fn idle(mut self, seconds: u64) -> Self {
        self.idle = Some(seconds);
        self
    }

    /// After how many seconds it is over in any case.
    pub const fn absolute(mut self, seconds: u64) -> Self {
        self.absolute = Some(seconds);
        self
    }
}
