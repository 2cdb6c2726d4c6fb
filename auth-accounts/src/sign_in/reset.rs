//! A new password for one that was forgotten.

use super::device::Devices;
use super::email::account_of;
use super::one_time_token::{TokenError, digest_of, new_token};
use super::{Client, SignInError};
use crate::accounts::Accounts;
use crate::delivery::{Message, Notice, OnRequest};
use crate::model::{
    Account, AccountKind, AccountStatus, AuditOutcome, ChangeKind, Email, LoginKey,
};
use crate::secret::{Digest, SecretText};
use crate::store::{Limit, OneTimeKind, PasswordChange, PasswordWritten, StoreError};

const KIND: OneTimeKind = OneTimeKind::PasswordReset;

/// How many messages an account is sent: mailboxes can be filled, too.
const MESSAGES: Limit = Limit { attempts: 5, window_seconds: 3_600 };

impl Accounts {
    /// Sends a token to the address of the account with this name, or with this verified address. Everything is
    /// done after the answer, so that the answer reveals nothing.
    ///
    /// # Errors
    /// If too many were asked for by this address, or too much waits to be done.
    pub async fn request_reset(&self, username: &str, client: &Client) -> Result<(), SignInError> {
        let place = self.0.outbox.place()?;
        self.count_address(client).await?;
        let (accounts, client, username) = (self.clone(), client.clone(), username.to_owned());
        self.0.outbox.spawn(place, async move {
            match accounts.send_reset(&username, &client).await {
                Ok(()) | Err(SignInError::TooManyAttempts { .. }) => {}
                Err(error) => tracing::error!(%error, "a password cannot be reset"),
            }
        });
        Ok(())
    }

    async fn send_reset(&self, username: &str, client: &Client) -> Result<(), SignInError> {
        let login = LoginKey::of_attempt(username);
        let mut entry = client.entry(self.now(), "password_reset_requested");
        let key = Digest::of(&[b"reset", login.as_str().as_bytes()]);
        let key = self.0.keys.current_mac("attempts", key.as_bytes());
        let counted = self.hit(&key, MESSAGES).await;
        let account = self.find_by_name_or_address(username, &login).await?;
        let usable = account.as_ref().filter(|it| can_be_reset(it));
        entry.account = account.as_ref().map(|it| it.id.clone());
        let reason = match (&account, usable, &counted) {
            (_, _, Err(_)) => Some("too_many_attempts"),
            (None, _, _) => Some("unknown_name"),
            (Some(_), None, _) => Some("no_address"),
            _ => None,
        };
        if let Some(reason) = reason {
            let name = self.keyed_name(login.as_str());
            entry = entry.outcome(AuditOutcome::Refused).with("reason", reason).with("name", name);
        }
        self.ask(self.0.stores.audit.append(&entry)).await?;
        counted?;
        let Some((account, email)) = usable.and_then(|it| Some((it, it.email.as_ref()?))) else {
            return Ok(());
        };
        if !self.may_send(OnRequest::PasswordReset, email, client).await? {
            return Ok(());
        }
        let (token, now) = (new_token(), self.now());
        let valid_seconds = self.0.passwords.reset_seconds;
        let until = now.saturating_add(valid_seconds);
        let (digest, value) = (digest_of(KIND, &token), value(account));
        let one_time = &self.0.stores.one_time;
        self.ask(one_time.put(KIND, &digest, Some(&account.id), &value, until, now)).await?;
        let link = self.link("password/reset/confirm", &token);
        let username = account.username.clone();
        self.deliver(email, Message::PasswordReset { username, token, link, valid_seconds }).await;
        Ok(())
    }

    async fn find_by_name_or_address(
        &self,
        username: &str,
        login: &LoginKey,
    ) -> Result<Option<Account>, StoreError> {
        let accounts = &self.0.stores.accounts;
        let by_name = self.ask(accounts.find(login)).await?;
        match (by_name, Email::parse(username)) {
            (None, Some(email)) => self.ask(accounts.find_by_email(&email)).await,
            (by_name, _) => Ok(by_name),
        }
    }

    /// Sets a new password by a token. All sessions of the account end, and no user is signed in: the
    /// second factor is still needed.
    ///
    /// # Errors
    /// If the token is not valid (any more), or the password cannot be chosen, and then the token
    /// stays valid; or it cannot be done now.
    pub async fn confirm_reset(
        &self,
        token: &SecretText,
        new: &SecretText,
        client: &Client,
    ) -> Result<(), TokenError> {
        let place = self.0.passwords.place().map_err(SignInError::from)?;
        let (digest, now) = (digest_of(KIND, token), self.now());
        let one_time = &self.0.stores.one_time;
        let kept = self.ask(one_time.peek(KIND, &digest, now)).await?;
        let account = match kept.as_deref().and_then(account_of) {
            Some(id) => self.ask(self.0.stores.accounts.load(&id)).await?,
            None => None,
        };
        // A password or an address that was changed since makes the token void.
        let account = account.filter(|it| can_be_reset(it) && kept.as_ref() == Some(&value(it)));
        let account = account.ok_or(TokenError::Invalid)?;
        let names = self.context_words(&account.login, account.email.as_ref());
        let beside = self.holds_second_factor(&account.id).await?;
        let hash = self.0.passwords.choose(&place, &self.0.keys, new, names, beside).await?;
        if self.ask(one_time.take(KIND, &digest, now)).await?.is_none() {
            return Err(TokenError::Invalid);
        }
        let entry = client.entry(now, "password_reset").about(&account.id).by(&account.id);
        let change = PasswordChange::Changed { at: now };
        let (seen, accounts) = (account.password.as_ref(), &self.0.stores.accounts);
        match self.ask(accounts.set_password(&account.id, seen, &hash, change, &entry)).await? {
            PasswordWritten::Changed => return Err(TokenError::Invalid),
            PasswordWritten::Done { .. } => {}
        }
        self.password_changed(&account).await?;
        Ok(())
    }

    /// What follows from another password: tokens to reset the one before are void, strangers have
    /// their attempts again, and the owner is notified.
    pub(super) async fn password_changed(&self, account: &Account) -> Result<(), SignInError> {
        // Void they are anyway, since they name the hash before.
        let _ = self.ask(self.0.stores.one_time.clear(KIND, &account.id)).await;
        self.notify(account, Message::Notice(Notice::PasswordChanged));
        self.changed(&ChangeKind::Account(account.id.clone()));
        self.forgive(&self.counters(&Devices::default(), &account.login, None)).await
    }
}

/// Whether a password can be set by a token for this account.
fn can_be_reset(account: &Account) -> bool {
    account.kind == AccountKind::Person
        && account.status == AccountStatus::Active
        && account.email.is_some()
}

/// What is kept with a token: the account, and a digest of what makes it void when it changes.
fn value(account: &Account) -> Vec<u8> {
    let password = account.password.as_ref().map_or("", |it| it.as_str());
    let email = account.email.as_ref().map_or("", Email::as_str);
    let digest = Digest::of(&[b"reset", password.as_bytes(), email.as_bytes()]);
    [account.id.as_str().as_bytes(), digest.as_bytes()].concat()
}
