//! Checks a name and a password. Every failure has the same answer and takes the same work.

use super::attempts::Counters;
use super::{Client, SignInError};
use crate::accounts::Accounts;
use crate::model::{Account, AccountKind, AccountStatus, AuditOutcome, LoginKey};
use crate::password::{Place, Prepared, Verdict};
use crate::secret::SecretText;
use crate::store::{PasswordChange, PasswordWritten};

impl Accounts {
    /// The account with this user name and password.
    ///
    /// An unknown name, a wrong password, an account that is locked or has no password: all are
    /// refused in the same way, after the same questions to the store and the same hash. The attempt
    /// is counted first: for the device, if the account was used on it before, else for all strangers
    /// together, and for the address. Each refusal is in the audit trail, the name as a keyed digest.
    /// A success is for the caller to audit, in the transaction of what it is good for.
    ///
    /// This is one factor; whether it is enough, it does not say.
    ///
    /// # Errors
    /// If they do not fit, were tried too often, or cannot be checked now: see [`SignInError`].
    pub async fn check_password(
        &self,
        username: &str,
        password: &SecretText,
        client: &Client,
    ) -> Result<Account, SignInError> {
        self.check_counted(username, password, client, |login, account| {
            self.counters(&client.devices, login, account)
        })
        .await
    }

    /// The same with counters of another kind.
    pub(crate) async fn check_counted(
        &self,
        username: &str,
        password: &SecretText,
        client: &Client,
        counters: impl FnOnce(&LoginKey, Option<&Account>) -> Counters,
    ) -> Result<Account, SignInError> {
        let place = self.0.passwords.place()?;
        let login = LoginKey::of_attempt(username);
        let account = self.ask(self.0.stores.accounts.find(&login)).await?;
        let counters = counters(&login, account.as_ref());
        let counted = async {
            self.count_address(client).await?;
            self.count_attempt(&counters).await
        };
        if let Err(error) = counted.await {
            let account = account.as_ref();
            self.note_failed_check(client, &login, account, "too_many_attempts", &error).await?;
            return Err(error);
        }
        let usable = account.as_ref().filter(|account| is_usable(account));
        let proved = self.prove_password(&place, usable, password, &counters, client).await?;
        if let Some(account) = proved {
            return Ok(account);
        }
        let reason = match &account {
            None => "unknown_name",
            Some(account) if account.password.is_none() => "no_password",
            Some(account) if !is_usable(account) => "locked",
            Some(_) => "wrong_password",
        };
        let error = SignInError::Refused;
        self.note_failed_check(client, &login, account.as_ref(), reason, &error).await?;
        Err(error)
    }

    /// Checks the password of an account; the account, if it is right. Where there is no account, or
    /// none that has a password, the same work is done. Attempts were counted before; they are
    /// forgotten if it is right.
    pub(crate) async fn prove_password(
        &self,
        place: &Place,
        account: Option<&Account>,
        password: &SecretText,
        counters: &Counters,
        client: &Client,
    ) -> Result<Option<Account>, SignInError> {
        let prepared = Prepared::new(password);
        let hash = account.and_then(|account| account.password.as_ref());
        let passwords = &self.0.passwords;
        let verdict = passwords.verify(place, &self.0.keys, prepared.as_ref(), hash).await?;
        let Some(account) = account.filter(|_| verdict != Verdict::Wrong) else {
            return Ok(None);
        };
        let mut account = account.clone();
        if let Verdict::Outdated(new) = verdict
            && !hash.is_some_and(|it| self.is_provided_hash(it))
        {
            let entry = client.entry(self.now(), "password_rehashed").about(&account.id);
            let (seen, change) = (account.password.as_ref(), PasswordChange::Rehashed);
            let accounts = &self.0.stores.accounts;
            // If it was changed meanwhile, or the store fails, the old hash stays: it is right, too.
            let written =
                self.ask(accounts.set_password(&account.id, seen, &new, change, &entry)).await;
            if let Ok(PasswordWritten::Done { .. }) = written {
                account.password = Some(new);
            }
        }
        self.forgive(counters).await?;
        Ok(Some(account))
    }

    /// Puts a refusal into the audit trail.
    async fn note_failed_check(
        &self,
        client: &Client,
        login: &LoginKey,
        account: Option<&Account>,
        reason: &str,
        error: &SignInError,
    ) -> Result<(), SignInError> {
        if matches!(error, SignInError::Store(_)) {
            return Ok(());
        }
        let mut entry = client
            .entry(self.now(), "sign_in")
            .outcome(AuditOutcome::Refused)
            .with("method", "password")
            .with("reason", reason)
            .with("name", self.keyed_name(login.as_str()));
        entry.account = account.map(|account| account.id.clone());
        Ok(self.ask(self.0.stores.audit.append(&entry)).await?)
    }
}

/// Whether somebody can sign in to it with a password at all.
fn is_usable(account: &Account) -> bool {
    account.status == AccountStatus::Active && account.kind == AccountKind::Person
}
