//! What ends with an account, its password or its sessions: what its user has allowed clients.

use auth_accounts::model::SessionId;
use auth_accounts::store::EndedSessions;

#[cfg(feature = "authorization")]
use crate::authorization::{GrantSelector, RevocationReason};

/// What has happened to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AccountEnd<'a> {
    /// It has another password: an attacker who knew the old one may hold tokens.
    PasswordChanged,
    /// It was locked or unlocked. What was granted before a lock does not come back.
    StatusChanged,
    /// It was deleted, with the consents of its user.
    Deleted,
    /// Its user is signed out everywhere.
    SignedOut,
    /// These sessions of it have ended.
    Sessions(EndedSessions<'a>),
}

impl<'a> AccountEnd<'a> {
    /// The account has a new epoch. Of its sessions only `keep` goes on.
    pub(crate) const fn of_epoch(keep: Option<&'a SessionId>) -> Self {
        match keep {
            Some(_) => Self::Sessions(EndedSessions::Others(keep)),
            None => Self::SignedOut,
        }
    }
}

#[cfg(feature = "authorization")]
impl AccountEnd<'_> {
    pub(crate) const fn reason(self) -> RevocationReason {
        match self {
            Self::PasswordChanged => RevocationReason::PasswordChanged,
            Self::StatusChanged | Self::Deleted => RevocationReason::AccountBlocked,
            Self::SignedOut | Self::Sessions(_) => RevocationReason::SignedOut,
        }
    }

    /// The grants of this subject that end.
    pub(crate) fn grants(self, subject: &str) -> GrantSelector {
        let subject = subject.to_owned();
        match self {
            Self::PasswordChanged | Self::StatusChanged | Self::Deleted | Self::SignedOut => {
                GrantSelector::Subject(subject)
            }
            Self::Sessions(EndedSessions::Others(keep)) => GrantSelector::EndsOutsideSession {
                subject,
                session: keep.map_or_else(String::new, |it| it.as_str().to_owned()),
            },
            Self::Sessions(EndedSessions::One(session)) => {
                GrantSelector::EndsWithSession(session.as_str().to_owned())
            }
        }
    }
}
