//! What ends with an account, or with its password: what its user has allowed clients.

#[cfg(feature = "authorization")]
use crate::authorization::RevocationReason;

/// What has happened to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AccountEnd {
    /// It has another password: who knew the one before may hold tokens.
    PasswordChanged,
    /// It is locked, or not any more. What was granted before the lock does not come back.
    StatusChanged,
    /// It is gone, and so is what its user has consented to.
    Deleted,
}

#[cfg(feature = "authorization")]
impl AccountEnd {
    pub(crate) const fn reason(self) -> RevocationReason {
        match self {
            Self::PasswordChanged => RevocationReason::PasswordChanged,
            Self::StatusChanged | Self::Deleted => RevocationReason::AccountBlocked,
        }
    }
}
