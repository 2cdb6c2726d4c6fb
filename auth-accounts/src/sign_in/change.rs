//! Another password, set by a user who knows the current one.

use super::{Client, SignInError};
use crate::accounts::Accounts;
use crate::model::{AccountId, AccountStatus, AuditOutcome, SessionId};
use crate::password::{Busy, ChoiceError, PasswordError};
use crate::secret::{Digest, SecretText};
use crate::store::{PasswordChange, PasswordWritten, StoreError};

/// Why a password was not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordChangeError {
    /// The current password is another one, or was changed meanwhile.
    #[error("the current password is another one")]
    WrongPassword,
    /// The new one cannot be chosen.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// It cannot be done now, or was tried too often.
    #[error(transparent)]
    NotNow(#[from] SignInError),
}

impl PasswordChangeError {
    /// Its stable name.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::WrongPassword => "wrong_password",
            Self::Password(error) => error.code(),
            Self::NotNow(error) => error.code(),
        }
    }
}

impl From<ChoiceError> for PasswordChangeError {
    fn from(error: ChoiceError) -> Self {
        match error {
            ChoiceError::Refused(error) => Self::Password(error),
            ChoiceError::Busy => Self::NotNow(Busy.into()),
        }
    }
}

impl From<StoreError> for PasswordChangeError {
    fn from(error: StoreError) -> Self {
        Self::NotNow(error.into())
    }
}

impl Accounts {
    /// Changes the password of an account, from one of its sessions: the new epoch. All its sessions
    /// are over then, this one too, unless it is put into the new epoch.
    ///
    /// The attempts are those of the session: strangers cannot use them up.
    ///
    /// # Errors
    /// If the current password is another one, the new one cannot be chosen, or it cannot be done
    /// now.
    pub async fn change_password(
        &self,
        account: &AccountId,
        session: &SessionId,
        current: &SecretText,
        new: &SecretText,
        client: &Client,
    ) -> Result<u64, PasswordChangeError> {
        let place = self.0.passwords.place().map_err(SignInError::from)?;
        let account = self.ask(self.0.stores.accounts.load(account)).await?;
        let account = account.ok_or(PasswordChangeError::WrongPassword)?;
        if account.status != AccountStatus::Active {
            return Err(PasswordChangeError::WrongPassword);
        }
        let own = Digest::of(&[b"session", session.as_str().as_bytes()]);
        let counters = self.counters_of("password_change", &account.login, Some(&own));
        self.count_attempt(&counters).await?;
        let entry = client.entry(self.now(), "password_changed").about(&account.id).by(&account.id);
        let proved =
            self.prove_password(&place, Some(&account), current, &counters, client).await?;
        let Some(account) = proved else {
            let entry = entry.outcome(AuditOutcome::Refused).with("reason", "wrong_password");
            self.ask(self.0.stores.audit.append(&entry)).await?;
            return Err(PasswordChangeError::WrongPassword);
        };
        let names = self.context_words(&account.login, account.email.as_ref());
        let beside = self.holds_second_factor(&account.id).await?;
        let hash = self.0.passwords.choose(&place, &self.0.keys, new, names, beside).await?;
        let change = PasswordChange::Changed { at: self.now() };
        let (seen, accounts) = (account.password.as_ref(), &self.0.stores.accounts);
        let written = self.ask(accounts.set_password(&account.id, seen, &hash, change, &entry));
        let PasswordWritten::Done { epoch } = written.await? else {
            return Err(PasswordChangeError::WrongPassword);
        };
        self.password_changed(&account).await?;
        Ok(epoch)
    }
}
