//! Whether an address receives mail.

use super::one_time_token::{TokenError, digest_of, new_token};
use super::{Client, SignInError};
use crate::accounts::Accounts;
use crate::delivery::{Message, OnRequest};
use crate::model::{Account, AccountId, AuditOutcome, Email};
use crate::secret::{Digest, SecretText};
use crate::store::{OneTimeKind, StoreError};

const KIND: OneTimeKind = OneTimeKind::EmailVerification;

impl Accounts {
    /// Sends a token to the address of an account, if it has one that was not verified. Called in a
    /// task of the outbox.
    pub(crate) async fn send_verification(
        &self,
        account: &Account,
        client: &Client,
    ) -> Result<(), StoreError> {
        let Some(email) = account.email.as_ref().filter(|_| account.email_verified_at.is_none())
        else {
            return Ok(());
        };
        if !self.may_send(OnRequest::EmailVerification, email, client).await? {
            return Ok(());
        }
        let (token, now) = (new_token(), self.now());
        let valid_seconds = self.0.passwords.verification_seconds;
        let (digest, value) = (digest_of(KIND, &token), value(&account.id, email));
        let (one_time, until) = (&self.0.stores.one_time, now.saturating_add(valid_seconds));
        self.ask(one_time.put(KIND, &digest, Some(&account.id), &value, until, now)).await?;
        let link = self.link("email/verify", &token);
        let username = account.username.clone();
        self.deliver(email, Message::EmailVerification { username, token, link, valid_seconds })
            .await;
        Ok(())
    }

    /// The account whose address a token would verify. The token stays valid.
    pub(crate) async fn account_to_verify(
        &self,
        token: &SecretText,
    ) -> Result<Account, TokenError> {
        let digest = digest_of(KIND, token);
        let peek = self.0.stores.one_time.peek(KIND, &digest, self.now());
        let kept = self.ask(peek).await?;
        let account = match kept.as_deref().and_then(account_of) {
            Some(id) => self.ask(self.0.stores.accounts.load(&id)).await?,
            None => None,
        };
        let is_of = |it: &Account| {
            let email = it.email.as_ref();
            email.is_some_and(|email| kept.as_deref() == Some(&*value(&it.id, email)))
        };
        account.filter(is_of).ok_or(TokenError::Invalid)
    }

    /// Demands that the sender of a token proves to have the account: by its session, or by its password.
    /// The attempt is counted as that of a sign-in.
    ///
    /// Without this, an attacker could sign up with the address of another person, wait until that person
    /// opens the link, and get all that [rules](crate::assignment::Rule::verified_domain) give to addresses
    /// of that domain.
    pub(crate) async fn demand_owner(
        &self,
        token: &SecretText,
        session: Option<&AccountId>,
        password: Option<&SecretText>,
        client: &Client,
    ) -> Result<(), VerifyError> {
        let account = self.account_to_verify(token).await?;
        if session == Some(&account.id) {
            return Ok(());
        }
        let proved = match password {
            Some(password) => {
                let proved = self.check_password(&account.username, password, client).await;
                Some(proved.map_err(TokenError::from)?.id)
            }
            None => None,
        };
        if proved.as_ref() == Some(&account.id) {
            return Ok(());
        }
        let entry = client
            .entry(self.now(), "email_verified")
            .about(&account.id)
            .outcome(AuditOutcome::Refused)
            .with("reason", "not_the_owner");
        let entry = match session {
            Some(other) => entry.by(other),
            None => entry,
        };
        self.ask(self.0.stores.audit.append(&entry)).await.map_err(TokenError::from)?;
        Err(VerifyError::NotTheOwner)
    }

    /// Notes that an address receives mail, by the token that was sent to it. **It does not
    /// ask whether the sender of the token has the account**; the endpoint asks browsers.
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
        // Rules may give something to accounts with a verified address.
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

/// Why an address is not verified.
#[derive(Debug)]
pub(crate) enum VerifyError {
    /// The sender of the token has not proved to have the account.
    NotTheOwner,
    /// The token does nothing, or it cannot be done now.
    Token(TokenError),
}

impl From<TokenError> for VerifyError {
    fn from(error: TokenError) -> Self {
        Self::Token(error)
    }
}

impl From<StoreError> for TokenError {
    fn from(error: StoreError) -> Self {
        Self::NotNow(SignInError::Store(error))
    }
}
