//! Accounts that the program itself provides: those of a configuration file, and those that an administrator
//! adds on a console.

use std::collections::{BTreeSet, HashSet};
use std::sync::{MutexGuard, PoisonError};

use totp_rs::Secret;

use crate::accounts::Accounts;
use crate::factor::{PROVIDED_TOTP, TOTP_SEALED_FOR};
use crate::model::{
    Account, AccountId, AccountKind, AccountStatus, Assignment, AssignmentKind, AssignmentOrigin,
    AuditEntry, Email, FactorId, FactorKind, FactorRecord, LoginKey, PasswordHash,
};
use crate::password::{Prepared, Verdict, is_checkable};
use crate::secret::{Digest, SecretText};
use crate::store::{Created, FactorAdded, PasswordChange, PasswordWritten, StoreError};

/// Why roles and groups of such an account are assigned: by this they are found again.
const REASON: &str = "provided by the program";

/// An account as the program provides it.
#[derive(Clone, Debug)]
#[must_use]
pub struct ProvidedAccount {
    username: String,
    password: SecretText,
    email: Option<String>,
    roles: BTreeSet<String>,
    groups: BTreeSet<String>,
    totp: Option<SecretText>,
}

/// Why an account is not provided. Nothing, or a part of it, was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProvideError {
    /// The name can be no user's.
    #[error(
        "a user name is 1 to 254 bytes of letters, digits and punctuation, without spaces and colons"
    )]
    Username,
    /// The password can be no one's.
    #[error(
        "a password is 1 to 1024 bytes without control characters, or a PHC string of argon2id"
    )]
    Password,
    /// The address can be no one's.
    #[error("an e-mail address looks like `alice@example.com`")]
    Email,
    /// The secret is not in base 32, or has fewer than 10 bytes or more than 64.
    #[error("the secret of a TOTP is 10 to 64 bytes in base 32")]
    Totp,
    /// Passwords are hashed by as many requests as may do it.
    #[error("too many passwords are hashed at the moment: try again")]
    Busy,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ProvidedAccount {
    /// With this name, and this password or PHC string of argon2id.
    ///
    /// The program knows what it does: a password is neither too short nor too common here.
    pub fn new(username: impl Into<String>, password: SecretText) -> Self {
        Self {
            username: username.into(),
            password,
            email: None,
            roles: BTreeSet::new(),
            groups: BTreeSet::new(),
            totp: None,
        }
    }

    /// With this address, which counts as verified.
    pub fn email(mut self, email: impl Into<String>) -> Self {
        self.email = Some(email.into());
        self
    }

    /// With these roles, whether or not the program has a vocabulary with them.
    pub fn roles<R: Into<String>>(mut self, roles: impl IntoIterator<Item = R>) -> Self {
        self.roles.extend(roles.into_iter().map(Into::into));
        self
    }

    /// With these groups.
    pub fn groups<G: Into<String>>(mut self, groups: impl IntoIterator<Item = G>) -> Self {
        self.groups.extend(groups.into_iter().map(Into::into));
        self
    }

    /// With a TOTP as its second factor: the secret in base 32.
    pub fn totp(mut self, secret: SecretText) -> Self {
        self.totp = Some(secret);
        self
    }
}

/// Whether this is a hash that can be checked: a PHC string of argon2id.
#[must_use]
pub fn is_password_hash(text: &SecretText) -> bool {
    is_checkable(&PasswordHash::new(text.expose()))
}

/// Whether this is the secret of a TOTP in base 32, of 10 to 64 bytes.
#[must_use]
pub fn is_totp_secret(text: &SecretText) -> bool {
    base32(text).is_some()
}

fn base32(text: &SecretText) -> Option<Secret> {
    let packed: String =
        text.expose().chars().filter(|it| !matches!(it, ' ' | '-' | '=')).collect();
    let secret = Secret::try_from_base32(packed.to_ascii_uppercase()).ok()?;
    (10..=64).contains(&secret.as_ref().len()).then_some(secret)
}

fn digest_of(hash: &PasswordHash) -> Digest {
    Digest::of(&[b"provided password hash", hash.as_str().as_bytes()])
}

impl Accounts {
    /// Makes sure that there is an account of this name with this password, address, roles, groups and
    /// factor. What is so already is not written again: sessions last unless the password is another one.
    /// Roles and groups that were not assigned by the program stay.
    ///
    /// # Errors
    /// If the account cannot be one, or the store fails.
    pub async fn provide(&self, provided: &ProvidedAccount) -> Result<AccountId, ProvideError> {
        let login = LoginKey::prepare(&provided.username).ok_or(ProvideError::Username)?;
        let email = match &provided.email {
            Some(text) => Some(Email::parse(text).ok_or(ProvideError::Email)?),
            None => None,
        };
        let totp = match &provided.totp {
            Some(text) => Some(base32(text).ok_or(ProvideError::Totp)?),
            None => None,
        };
        let found = self.ask(self.0.stores.accounts.find(&login)).await?;
        let id = match found {
            Some(account) => {
                self.provide_password(&account, &provided.password).await?;
                if email.is_some()
                    && (account.email != email || account.email_verified_at.is_none())
                {
                    self.set_email_as_program(&account.id, email.as_ref()).await?;
                }
                account.id
            }
            None => self.create_as_program(login, provided, email).await?,
        };
        for (kind, names) in
            [(AssignmentKind::Role, &provided.roles), (AssignmentKind::Group, &provided.groups)]
        {
            self.provide_assignments(&id, kind, names).await?;
        }
        if let Some(secret) = totp {
            self.provide_totp(&id, &secret).await?;
        }
        Ok(id)
    }

    /// Adds an account, in the name of the program. `None`: the name is taken.
    ///
    /// # Errors
    /// As [`provide`](Self::provide).
    pub async fn add_as_program(
        &self,
        provided: &ProvidedAccount,
    ) -> Result<Option<AccountId>, ProvideError> {
        let login = LoginKey::prepare(&provided.username).ok_or(ProvideError::Username)?;
        if self.ask(self.0.stores.accounts.find(&login)).await?.is_some() {
            return Ok(None);
        }
        self.provide(provided).await.map(Some)
    }

    /// Sets the password of an account, in the name of the program; all its sessions end.
    ///
    /// # Errors
    /// If it can be no password, the account has another one than when it was read, or the store fails.
    pub async fn set_password_as_program(
        &self,
        account: &Account,
        password: &SecretText,
    ) -> Result<(), ProvideError> {
        let hash = self.hash_of(password).await?;
        let now = self.now();
        let entry = AuditEntry::new(now, "password_changed").about(&account.id);
        let change = PasswordChange::Changed { at: now };
        let (accounts, seen) = (&self.0.stores.accounts, account.password.as_ref());
        match self.ask(accounts.set_password(&account.id, seen, &hash, change, &entry)).await? {
            PasswordWritten::Done { .. } => Ok(()),
            PasswordWritten::Changed => Err(ProvideError::Busy),
        }
    }

    async fn create_as_program(
        &self,
        login: LoginKey,
        provided: &ProvidedAccount,
        email: Option<Email>,
    ) -> Result<AccountId, ProvideError> {
        let now = self.now();
        let account = Account {
            id: AccountId::random(),
            kind: AccountKind::Person,
            login,
            username: provided.username.clone(),
            email_verified_at: email.is_some().then_some(now),
            email,
            status: AccountStatus::Active,
            password: Some(self.hash_of(&provided.password).await?),
            password_at: Some(now),
            epoch: 0,
            created_at: now,
        };
        let entry = AuditEntry::new(now, "sign_up").about(&account.id).with("reason", REASON);
        match self.ask(self.0.stores.accounts.create(&account, &entry)).await? {
            Created::Created => Ok(account.id),
            // Another node was faster.
            Created::Taken => {
                let found = self.ask(self.0.stores.accounts.find(&account.login)).await?;
                found.map(|it| it.id).ok_or(ProvideError::Busy)
            }
        }
    }

    async fn provide_password(
        &self,
        account: &Account,
        password: &SecretText,
    ) -> Result<(), ProvideError> {
        let held = account.password.as_ref();
        let is_same = if is_password_hash(password) {
            let hash = PasswordHash::new(password.expose());
            self.provided_hashes().insert(digest_of(&hash));
            held.is_some_and(|it| it.as_str() == password.expose())
        } else {
            let place = self.0.passwords.place().map_err(|_| ProvideError::Busy)?;
            let prepared = Prepared::new(password);
            let verdict =
                self.0.passwords.verify(&place, &self.0.keys, prepared.as_ref(), held).await;
            verdict.map_err(|_| ProvideError::Busy)? != Verdict::Wrong
        };
        if is_same { Ok(()) } else { self.set_password_as_program(account, password).await }
    }

    /// Whether the program provides this hash. A sign-in does not replace it by one with a key and at the cost of
    /// this program, which the program would take for another password when it starts again.
    pub(crate) fn is_provided_hash(&self, hash: &PasswordHash) -> bool {
        self.provided_hashes().contains(&digest_of(hash))
    }

    fn provided_hashes(&self) -> MutexGuard<'_, HashSet<Digest>> {
        self.0.provided_hashes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The hash of a password, or the hash itself.
    async fn hash_of(&self, password: &SecretText) -> Result<PasswordHash, ProvideError> {
        if is_password_hash(password) {
            let hash = PasswordHash::new(password.expose());
            self.provided_hashes().insert(digest_of(&hash));
            return Ok(hash);
        }
        let prepared = Prepared::new(password).ok_or(ProvideError::Password)?;
        let place = self.0.passwords.place().map_err(|_| ProvideError::Busy)?;
        let hash = self.0.passwords.hash(&place, &self.0.keys, &prepared).await;
        hash.ok().flatten().ok_or(ProvideError::Busy)
    }

    async fn set_email_as_program(
        &self,
        id: &AccountId,
        email: Option<&Email>,
    ) -> Result<(), ProvideError> {
        let now = self.now();
        let entry = AuditEntry::new(now, "email_changed").about(id).with("reason", REASON);
        self.ask(self.0.stores.accounts.set_email(id, email, Some(now), &entry)).await?;
        Ok(())
    }

    /// Assigns what is missing, and withdraws what the program has assigned before and does no longer.
    async fn provide_assignments(
        &self,
        id: &AccountId,
        kind: AssignmentKind,
        names: &BTreeSet<String>,
    ) -> Result<(), ProvideError> {
        let now = self.now();
        let held = self.ask(self.0.stores.assignments.assignments(id, now)).await?;
        let by_hand = |it: &&Assignment| it.kind == kind && it.origin == AssignmentOrigin::Manual;
        let entry = |event: &str, name: &str| {
            let entry = AuditEntry::new(now, event).about(id).with("kind", kind.as_str());
            entry.with("name", name).with("reason", REASON)
        };
        for gone in held.iter().filter(by_hand) {
            if gone.granted_by.is_none() && gone.reason == REASON && !names.contains(&gone.name) {
                let (origin, audit) = (AssignmentOrigin::Manual, entry("withdrawn", &gone.name));
                let store = &self.0.stores.assignments;
                self.ask(store.withdraw(id, kind, &gone.name, origin, false, &audit)).await?;
            }
        }
        for name in names {
            if held.iter().filter(by_hand).any(|it| it.name == *name && it.expires_at.is_none()) {
                continue;
            }
            let assignment = Assignment {
                account: id.clone(),
                kind,
                name: name.clone(),
                origin: AssignmentOrigin::Manual,
                granted_by: None,
                reason: REASON.to_owned(),
                granted_at: now,
                expires_at: None,
            };
            let audit = entry("assigned", name);
            self.ask(self.0.stores.assignments.assign(&assignment, &audit)).await?;
        }
        self.forget_assignments(id);
        Ok(())
    }

    /// Adds the factor, in the place of another secret of the same name.
    async fn provide_totp(&self, id: &AccountId, secret: &Secret) -> Result<(), ProvideError> {
        let now = self.now();
        let held = self.ask(self.0.stores.factors.factors(id)).await?;
        let keys = &self.0.keys;
        for factor in held.iter().filter(|it| it.name == PROVIDED_TOTP) {
            let opened = keys.open(TOTP_SEALED_FOR, id.as_str(), &factor.sealed);
            if opened.is_some_and(|it| it.as_slice() == secret.as_ref()) {
                return Ok(());
            }
            let entry = AuditEntry::new(now, "factor_removed").about(id);
            let entry = entry.with("factor", factor.id.as_str());
            self.ask(self.0.stores.factors.remove_factor(id, &factor.id, &entry)).await?;
        }
        let sealed = keys
            .seal(TOTP_SEALED_FOR, id.as_str(), secret.as_ref())
            .ok_or(StoreError::NotUnderstood("a secret cannot be sealed"))?;
        let record = FactorRecord {
            id: FactorId::random(),
            account: id.clone(),
            kind: FactorKind::Totp,
            name: PROVIDED_TOTP.to_owned(),
            sealed,
            last_step: None,
            credential_id: None,
            sign_count: 0,
            created_at: now,
            last_used_at: None,
        };
        let entry = AuditEntry::new(now, "factor_added").about(id).with("kind", "totp");
        let entry = entry.with("factor", record.id.as_str());
        match self.ask(self.0.stores.factors.add_factor(&record, &entry)).await? {
            FactorAdded::Done => Ok(()),
            FactorAdded::CredentialTaken | FactorAdded::NoAccount => Err(ProvideError::Busy),
        }
    }
}
