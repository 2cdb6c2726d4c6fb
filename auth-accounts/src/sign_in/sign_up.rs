//! Signing up.

use super::{Client, SignInError};
use crate::accounts::Accounts;
use crate::delivery::{Message, OnRequest, OutboxFull};
use crate::model::{Account, AccountId, AccountKind, AccountStatus, AuditOutcome, Email, LoginKey};
use crate::password::{Busy, ChoiceError, PasswordError};
use crate::secret::SecretText;
use crate::store::{Created, StoreError};

/// Why a sign-up failed. No variant says whether the name is taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignUpError {
    /// The name cannot be one.
    #[error(
        "a user name is 1 to 254 bytes of letters, digits and punctuation, without spaces and colons"
    )]
    Username,
    /// The address cannot be one.
    #[error("an e-mail address looks like `alice@example.com`")]
    Email,
    /// The password cannot be chosen.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// It cannot be done now, or was tried too often.
    #[error(transparent)]
    NotNow(#[from] SignInError),
}

impl SignUpError {
    /// Its stable name.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Username => "invalid_username",
            Self::Email => "invalid_email",
            Self::Password(error) => error.code(),
            Self::NotNow(error) => error.code(),
        }
    }
}

impl From<ChoiceError> for SignUpError {
    fn from(error: ChoiceError) -> Self {
        match error {
            ChoiceError::Refused(error) => Self::Password(error),
            ChoiceError::Busy => Self::NotNow(Busy.into()),
        }
    }
}

impl From<OutboxFull> for SignInError {
    fn from(OutboxFull: OutboxFull) -> Self {
        Self::Busy { retry_after: Busy::RETRY_AFTER }
    }
}

impl Accounts {
    /// Signs a user up. Only a message to an address says whether the name was free: to the given address, or
    /// to that of the account with this name. The answer is the same for both, after the same work.
    ///
    /// # Errors
    /// If a name, an address or a password cannot be chosen, or it cannot be done now: see
    /// [`SignUpError`].
    pub async fn sign_up(
        &self,
        username: &str,
        password: &SecretText,
        email: Option<&str>,
        client: &Client,
    ) -> Result<(), SignUpError> {
        let login = LoginKey::prepare(username).ok_or(SignUpError::Username)?;
        let email = email.map(|text| Email::parse(text).ok_or(SignUpError::Email)).transpose()?;
        let places = (
            self.0.passwords.place().map_err(SignInError::from)?,
            self.0.outbox.place().map_err(SignInError::from)?,
        );
        self.count_address(client).await?;
        let names = self.context_words(&login, email.as_ref());
        let hash = self.0.passwords.choose(&places.0, &self.0.keys, password, names, false).await?;
        let now = self.now();
        let account = Account {
            id: AccountId::random(),
            kind: AccountKind::Person,
            login,
            username: username.to_owned(),
            email,
            email_verified_at: None,
            status: AccountStatus::Active,
            password: Some(hash),
            password_at: Some(now),
            epoch: 0,
            created_at: now,
        };
        let entry = client.entry(now, "sign_up").about(&account.id);
        let created = self.ask(self.0.stores.accounts.create(&account, &entry)).await;
        let created = created.map_err(SignInError::from)?;
        // Before the answer, as an account is written: else the time would tell whether the name was free.
        let owner = match created {
            Created::Created => None,
            Created::Taken => self.note_taken(&account.login, client).await?,
        };
        let (accounts, client) = (self.clone(), client.clone());
        self.0.outbox.spawn(places.1, async move {
            let sent = match (created, owner.and_then(|owner| owner.email)) {
                (Created::Created, _) => accounts.send_verification(&account, &client).await,
                (Created::Taken, Some(to)) => accounts.tell_of_sign_up(&to, &client).await,
                (Created::Taken, None) => Ok(()),
            };
            if let Err(error) = sent {
                tracing::error!(%error, account = %account.id, "a message is not sent");
            }
        });
        Ok(())
    }

    /// Notifies the owner of a name that a client wanted to sign up with it.
    async fn tell_of_sign_up(&self, to: &Email, client: &Client) -> Result<(), StoreError> {
        if self.may_send(OnRequest::AlreadySignedUp, to, client).await? {
            self.deliver(to, Message::AlreadySignedUp).await;
        }
        Ok(())
    }

    /// Records that a client wanted to sign up with the name of this account.
    async fn note_taken(
        &self,
        login: &LoginKey,
        client: &Client,
    ) -> Result<Option<Account>, SignInError> {
        let owner = self.ask(self.0.stores.accounts.find(login)).await?;
        let mut entry = client
            .entry(self.now(), "sign_up")
            .outcome(AuditOutcome::Refused)
            .with("reason", "name_taken");
        entry.account = owner.as_ref().map(|owner| owner.id.clone());
        self.ask(self.0.stores.audit.append(&entry)).await?;
        Ok(owner)
    }

    /// The words that an attacker would try first for this user.
    pub(crate) fn context_words(&self, login: &LoginKey, email: Option<&Email>) -> Vec<String> {
        let mut words = vec![login.as_str().to_owned()];
        let parts = |text: &str| {
            let parts = text.split(|it: char| !it.is_alphanumeric());
            parts.map(str::to_owned).collect::<Vec<_>>()
        };
        words.extend(parts(login.as_str()));
        words.extend(email.iter().flat_map(|email| parts(email.as_str())));
        let host = self.issuer().split_once("://").map_or("", |(_, host)| host);
        // The labels of the host, such as `notes` and `example`; those of every host are too short.
        words.extend(parts(host).into_iter().filter(|it| it.parse::<u64>().is_err()));
        words
    }
}
