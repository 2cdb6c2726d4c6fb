//! Making, listing, replacing and revoking keys.

use std::time::Duration;

use super::error::ApiKeyError;
use super::names::UnknownName;
use super::settings::MAX_OVERLAP;
use super::{KeyFormat, verify};
use crate::accounts::Accounts;
use crate::delivery::Notice;
use crate::model::{
    AccountId, AccountKind, AccountStatus, ApiKeyId, ApiKeyRecord, AuditEntry, ChangeKind,
};
use crate::secret::SecretText;
use crate::sign_in::Network;
use crate::store::{Created, StoreError};

/// How many scopes and how many roles a key has at most.
const MAX_NAMES: usize = 100;

/// How often a new id is tried. That the first one is taken happens once in 2 to the power of 71.
const TRIES: usize = 3;

/// The settings of a new key, without its owner: see [`Accounts::create_api_key`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewApiKey {
    /// What its owner calls it, 1 to 100 characters.
    pub name: String,
    /// Permissions, and scopes that may be lent, by their names on the wire; at most 100. A permission
    /// counts as long as the owner has it.
    pub scopes: Vec<String>,
    /// Roles of the owner that are lent to the key, with all that they bring; at most 100. A role counts
    /// as long as the owner has it.
    pub roles: Vec<String>,
    /// The networks that it may be used from, in CIDR form, such as `10.0.0.0/8`; at most 100. None: it may
    /// be used from anywhere. The settings have to [allow for it](super::ApiKeySettings::with_networks).
    pub networks: Vec<String>,
    /// How long it is valid.
    pub lifetime: KeyLifetime,
}

/// How long a key is valid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyLifetime {
    /// As long as the [settings](super::ApiKeySettings::lifetime) say.
    #[default]
    Default,
    /// For so many seconds from now.
    Seconds(u64),
    /// Until it is revoked.
    Never,
}

/// A key that was made or replaced. This is the only time at which it can be seen.
#[derive(Clone, Debug)]
pub struct IssuedApiKey {
    /// Which key; may be shown and logged.
    pub id: ApiKeyId,
    /// The key.
    pub key: SecretText,
    /// When it expires, in seconds since 1970; `None`: never.
    pub expires_at: Option<u64>,
}

impl Accounts {
    /// What the API keys of this application look like.
    #[must_use]
    pub fn api_key_format(&self) -> &KeyFormat {
        &self.0.api_keys.format
    }

    /// Makes a key of `owner`, and shows it this once.
    ///
    /// `actor` asks for it, and is in the audit trail. It has to be the owner, unless the owner is a
    /// service account: the keys of a person are made by that person alone. Whether the actor may make
    /// keys of a service account is for the caller to decide before.
    ///
    /// # Errors
    /// If the key cannot be made as it is asked for, or the store fails: see [`ApiKeyError`].
    pub async fn create_api_key(
        &self,
        actor: &AccountId,
        owner: &AccountId,
        new: NewApiKey,
    ) -> Result<IssuedApiKey, ApiKeyError> {
        let keys = &self.0.api_keys;
        let now = self.now();
        check_name(&new.name)?;
        if [&new.scopes, &new.roles, &new.networks].iter().any(|it| it.len() > MAX_NAMES) {
            return Err(ApiKeyError::TooManyNames);
        }
        let can_confine =
            |network: &String| keys.settings.networks && Network::parse(network).is_some();
        if let Some(place) = new.networks.iter().position(|it| !can_confine(it)) {
            return Err(ApiKeyError::Network(place));
        }
        if new.scopes.is_empty() && new.roles.is_empty() {
            return Err(ApiKeyError::NoRights);
        }
        keys.names.ceiling(&new.scopes, &new.roles).map_err(|unknown| match unknown {
            UnknownName::Scope(place) => ApiKeyError::UnknownScope(place),
            UnknownName::Role(place) => ApiKeyError::UnknownRole(place),
        })?;
        let lifetime = match new.lifetime {
            KeyLifetime::Default => Some(keys.settings.lifetime.as_secs()),
            KeyLifetime::Seconds(0) => return Err(ApiKeyError::Lifetime),
            KeyLifetime::Seconds(seconds) => Some(seconds),
            KeyLifetime::Never => None,
        };
        let end = |seconds| now.checked_add(seconds).ok_or(ApiKeyError::Lifetime);
        let expires_at = lifetime.map(end).transpose()?;
        self.check_owner(actor, owner).await?;
        let others = self.ask(self.0.stores.api_keys.keys(owner)).await?;
        let is_valid = |key: &&ApiKeyRecord| verify::validity(key, now).is_ok();
        if others.iter().filter(is_valid).count() >= keys.settings.keys_per_owner {
            return Err(ApiKeyError::TooManyKeys);
        }
        for _ in 0..TRIES {
            let id = ApiKeyId::random();
            let key = keys.format.key(&id);
            let audit = self
                .key_event("api_key_created", actor, owner, &id)
                .with("scopes", new.scopes.clone())
                .with("roles", new.roles.clone())
                .with("networks", new.networks.clone())
                .with("expires_at", expires_at);
            let record = ApiKeyRecord {
                digest: verify::digest(&self.0.keys, &key),
                ring_key: self.0.keys.current().to_owned(),
                id: id.clone(),
                owner: owner.clone(),
                name: new.name.clone(),
                previous: None,
                scopes: new.scopes.clone(),
                roles: new.roles.clone(),
                created_at: now,
                expires_at,
                revoked_at: None,
                last_used_at: None,
                networks: new.networks.clone(),
            };
            match self.ask(self.0.stores.api_keys.add_key(&record, &audit)).await? {
                Created::Created => {
                    self.tell_owner(owner, Notice::ApiKeyCreated);
                    return Ok(IssuedApiKey { id, key, expires_at });
                }
                Created::Taken => {}
            }
        }
        Err(StoreError::NotUnderstood("every new id of an API key is taken").into())
    }

    /// The keys of an account, the newest first; also those that are expired or revoked. When they were
    /// last used is up to a minute old.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn api_keys(&self, owner: &AccountId) -> Result<Vec<ApiKeyRecord>, StoreError> {
        self.ask(self.0.stores.api_keys.keys(owner)).await
    }

    /// Puts a new key in the place of one of `owner`'s, with the same id and rights and the same end. The
    /// one before stays valid for the overlap, whole seconds, at most 7 days; without one, for as long as
    /// the [settings](super::ApiKeySettings::overlap) say. One that was replaced earlier is void at once.
    ///
    /// # Errors
    /// If there is no such key that is valid, the overlap is too long, or the store fails.
    pub async fn rotate_api_key(
        &self,
        actor: &AccountId,
        owner: &AccountId,
        id: &ApiKeyId,
        overlap: Option<Duration>,
    ) -> Result<IssuedApiKey, ApiKeyError> {
        let overlap = overlap.unwrap_or(self.0.api_keys.settings.overlap);
        if overlap > MAX_OVERLAP {
            return Err(ApiKeyError::Overlap);
        }
        let now = self.now();
        self.check_owner(actor, owner).await?;
        let found = self.ask(self.0.stores.api_keys.key(id)).await?;
        let found = found.filter(|it| it.record.owner == *owner).ok_or(ApiKeyError::NotFound)?;
        let key = self.0.api_keys.format.key(id);
        let digest = verify::digest(&self.0.keys, &key);
        let until = now.saturating_add(overlap.as_secs());
        let audit = self
            .key_event("api_key_rotated", actor, owner, id)
            .with("previous_until", until)
            .with("last_used_at", found.record.last_used_at);
        let ring_key = self.0.keys.current();
        let rotate =
            self.0.stores.api_keys.rotate_key(owner, id, (ring_key, &digest), until, now, &audit);
        let rotated = self.ask(rotate).await;
        // Also where it is not known whether it was written.
        self.changed(&ChangeKind::ApiKey(id.clone()));
        if rotated? {
            Ok(IssuedApiKey { id: id.clone(), key, expires_at: found.record.expires_at })
        } else {
            Err(ApiKeyError::NotFound)
        }
    }

    /// Revokes a key of `owner`: from the commit on it is valid nowhere.
    ///
    /// # Errors
    /// If the owner has no such key that is not revoked, or the store fails.
    pub async fn revoke_api_key(
        &self,
        actor: &AccountId,
        owner: &AccountId,
        id: &ApiKeyId,
    ) -> Result<(), ApiKeyError> {
        let audit = self.key_event("api_key_revoked", actor, owner, id);
        let revoke = self.0.stores.api_keys.revoke_key(owner, id, self.now(), &audit);
        let revoked = self.ask(revoke).await;
        self.changed(&ChangeKind::ApiKey(id.clone()));
        if revoked? { Ok(()) } else { Err(ApiKeyError::NotFound) }
    }

    /// An actor who makes a secret of another account could act as its owner.
    async fn check_owner(&self, actor: &AccountId, owner: &AccountId) -> Result<(), ApiKeyError> {
        let found = self.ask(self.0.stores.accounts.load(owner)).await?;
        let account = found.filter(|it| it.status == AccountStatus::Active);
        let may_have_keys =
            account.is_some_and(|it| actor == owner || it.kind == AccountKind::Service);
        if may_have_keys { Ok(()) } else { Err(ApiKeyError::Owner) }
    }

    fn key_event(
        &self,
        event: &str,
        actor: &AccountId,
        owner: &AccountId,
        id: &ApiKeyId,
    ) -> AuditEntry {
        AuditEntry::new(self.now(), event).by(actor).about(owner).with("api_key", id.as_str())
    }
}

fn check_name(name: &str) -> Result<(), ApiKeyError> {
    let is_valid = (1..=100).contains(&name.chars().count())
        && !name.trim().is_empty()
        && !name.chars().any(char::is_control);
    if is_valid { Ok(()) } else { Err(ApiKeyError::Name) }
}
