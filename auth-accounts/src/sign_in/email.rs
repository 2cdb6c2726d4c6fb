//! Whether an address receives mail.

use super::one_time_token::{TokenError, digest_of, new_token};
use super::{Client, SignInError};
use crate::accounts::Accounts;
use crate::delivery::Message;
use crate::model::{Account, AccountId, Email};
use crate::secret::{Digest, SecretText};
use crate::store::{OneTimeKind, StoreError};

const KIND: OneTimeKind = OneTimeKind::EmailVerification;

impl Accounts {
    /// Sends a token to the address of an account, if it has one that was not verified. Called in a
    /// task of the outbox.
    pub(crate) async fn send_verification(&self, account: &Account) -> Result<(), StoreError> {
        let Some(email) = account.email.as_ref().filter(|_| account.email_verified_at.is_none())
        else {
            return Ok(());
        };
        let (token, now) = (new_token(), self.now());
        let valid_seconds = self.0.passwords.verification_seconds;
        let (digest, value) = (digest_of(KIND, &token), value(&account.id, email));
        let (one_time, until) = (&self.0.stores.one_time, now.saturating_add(valid_seconds));
        self.ask(one_time.put(KIND, &digest, Some(&account.id), &value, until, now)).await?;
        let link = self.link("email/verify", &token);
        self.deliver(email, Message::EmailVerification { token, link, valid_seconds }).await;
        Ok(())
    }

    /// Notes that an address receives mail, by the token that was sent to it.
    ///
    /// # Errors
    /// If the token is not valid (any more), or the account has another address by now; or the store
    /// fails.
    pub async fn verify_email(
        &self,
        token: &SecretText,
        client: &Client,
    ) -> Result<(), TokenError> {
        let now = self.now();
        let one_time = &self.0.stores.one_time;
        let value = self.ask(one_time.take(KIND, &digest_of(KIND, token), now)).await?;
        let account = match value.as_deref().and_then(account_of) {
            Some(id) => self.ask(self.0.stores.accounts.load(&id)).await?,
            None => None,
        };
        let account = account.ok_or(TokenError::Invalid)?;
        let email = account.email.as_ref().ok_or(TokenError::Invalid)?;
        if value != Some(self::value(&account.id, email)) {
            return Err(TokenError::Invalid);
        }
        let entry = client.entry(now, "email_verified").about(&account.id).by(&account.id);
        let accounts = &self.0.stores.accounts;
        let set = self.ask(accounts.set_email(&account.id, Some(email), Some(now), &entry)).await?;
        if !set {
            return Err(TokenError::Invalid);
        }
        // Rules may give something to who has an address that was verified.
        Ok(self.run_rules(&account.id).await?)
    }
}

/// What is kept with a token: the account, and a digest of the address that it was sent to.
fn value(id: &AccountId, email: &Email) -> Vec<u8> {
    let digest = Digest::of(&[b"address", email.as_str().as_bytes()]);
    [id.as_str().as_bytes(), digest.as_bytes()].concat()
}

/// The account of a kept value.
pub(super) fn account_of(value: &[u8]) -> Option<AccountId> {
    let id = value.get(..AccountId::LENGTH)?;
    AccountId::parse(std::str::from_utf8(id).ok()?).ok()
}

impl From<StoreError> for TokenError {
    fn from(error: StoreError) -> Self {
        Self::NotNow(SignInError::Store(error))
    }
}
