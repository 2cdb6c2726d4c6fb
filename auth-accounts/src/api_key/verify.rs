//! From the text of a key to the key and what it can do at most.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::cache::KeptKey;
use super::format::PresentedKey;
use super::names::Ceiling;
use crate::accounts::Accounts;
use crate::model::{AccountState, AccountStatus, ApiKeyRecord, AuditEntry, AuditOutcome};
use crate::secret::{Digest, KeyRing, SecretText};
use crate::session::Hearing;
use crate::sign_in::Network;
use crate::store::{Attempt, Limit, StoreError};

/// What the digests of keys are made for.
const PURPOSE: &str = "api-key";

/// How many rejections of one key are written to the audit trail: a client that knows the id of a key, which is no
/// secret, must not be able to fill it.
const NOTED_REFUSALS: Limit = Limit { attempts: 20, window_seconds: 60 * 60 };

/// Why a key is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Not the form of a key: the store was not asked.
    Form,
    /// There is no such id.
    Unknown,
    /// The id is that of a key, which is another one.
    Secret,
    Expired,
    Revoked,
    /// The owner is gone or locked.
    Owner,
    /// It names what the application does not have.
    Names,
    /// It is confined to networks, and the request comes from elsewhere, or its address is not known.
    Network,
    Store(StoreError),
}

impl Refusal {
    /// For the log and the audit trail.
    pub(super) const fn reason(&self) -> &'static str {
        match self {
            Self::Form => "it has not the form of a key",
            Self::Unknown => "there is no such key",
            Self::Secret => "the secret of the key is another one",
            Self::Expired => "the key has expired",
            Self::Revoked => "the key was revoked",
            Self::Owner => "the owner of the key is locked or gone",
            Self::Names => "the key names what the application does not have",
            Self::Network => "the key may be used from its networks only",
            Self::Store(_) => "the store of the keys failed",
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The digest under which a new key is kept.
pub(super) fn digest(ring: &KeyRing, key: &SecretText) -> Digest {
    ring.current_mac(PURPOSE, key.expose().as_bytes())
}

/// Whether a key has neither expired nor been revoked at this time.
pub(super) fn validity(key: &ApiKeyRecord, now: u64) -> Result<(), Refusal> {
    if key.revoked_at.is_some() {
        return Err(Refusal::Revoked);
    }
    if key.expires_at.is_some_and(|end| now >= end) {
        return Err(Refusal::Expired);
    }
    Ok(())
}

impl Accounts {
    /// The key that a text is, and what it can do at most: one look-up, by its id, or none where this
    /// node may answer from what it keeps. Nothing is written on the way.
    ///
    /// `source` is the address of the client, if it is known.
    pub(super) async fn verify_api_key(
        &self,
        text: &str,
        source: Option<IpAddr>,
    ) -> Result<Arc<KeptKey>, Refusal> {
        self.attend();
        let keys = &self.0.api_keys;
        let presented = keys.format.read(text).ok_or(Refusal::Form)?;
        let now = self.now();
        let key = match self.hearing(now) {
            // On the heap, since most requests need none of it.
            None | Some(Hearing::Starting) => Box::pin(self.look_up(&presented, now)).await?,
            Some(Hearing::Current) => {
                let digest = Digest::of(&[presented.text.as_bytes()]);
                match keys.cache.get(&presented.id, &digest) {
                    Some(kept) if is_valid(&kept, now) => kept,
                    _ => {
                        let since = keys.cache.version();
                        let key = Box::pin(self.look_up(&presented, now)).await?;
                        keys.cache.keep(Arc::clone(&key), since);
                        key
                    }
                }
            }
            Some(Hearing::Lost) => {
                tracing::error!("nothing was heard of changes for too long: API keys are rejected");
                let why = "nothing is heard of changes".to_owned();
                return Err(StoreError::NotReachable(why).into());
            }
        };
        if !may_come_from(&key.record.networks, source) {
            Box::pin(self.note_refusal(&key.record, &Refusal::Network)).await?;
            return Err(Refusal::Network);
        }
        if key.is_to_be_noted(now) && keys.last_uses.note(&presented.id, now) {
            self.write_key_uses_soon();
        }
        Ok(key)
    }

    /// The same, as the store says.
    async fn look_up(
        &self,
        presented: &PresentedKey<'_>,
        now: u64,
    ) -> Result<Arc<KeptKey>, Refusal> {
        let found = self.ask(self.0.stores.api_keys.key(&presented.id)).await?;
        let Some(found) = found else {
            // As much work as for a key that there is.
            let mac = self.0.keys.current_mac(PURPOSE, presented.text.as_bytes());
            let _never = mac.matches(&Digest::ZERO);
            return Err(Refusal::Unknown);
        };
        let record = found.record;
        let outcome = match secret_of(&self.0.keys, presented, &record, now) {
            Some(secret) => self.judge(&record, found.owner, now).await.map(|it| (secret, it)),
            None => Err(Refusal::Secret),
        };
        match outcome {
            Ok((secret, ceiling)) => {
                let ends_at = match secret {
                    Which::Present => None,
                    Which::Previous { until } => Some(until),
                };
                let presented = Digest::of(&[presented.text.as_bytes()]);
                let said = self.say_of_key(&record, &ceiling, ends_at, &presented);
                let noted_at = AtomicU64::new(0);
                Ok(Arc::new(KeptKey { presented, record, said, ends_at, noted_at }))
            }
            Err(refusal) => {
                if !matches!(refusal, Refusal::Store(_)) {
                    self.note_refusal(&record, &refusal).await?;
                }
                Err(refusal)
            }
        }
    }

    async fn judge(
        &self,
        record: &ApiKeyRecord,
        owner: Option<AccountState>,
        now: u64,
    ) -> Result<Ceiling, Refusal> {
        validity(record, now)?;
        let owner = match owner {
            Some(owner) => Some(owner),
            None => self.ask(self.0.stores.accounts.state(&record.owner)).await?,
        };
        if !owner.is_some_and(|it| it.status == AccountStatus::Active) {
            return Err(Refusal::Owner);
        }
        self.0.api_keys.names.ceiling(&record.scopes, &record.roles).map_err(|_| {
            tracing::warn!(
                api_key = record.id.as_str(),
                "an API key has a scope or role that the application does not have: rejected"
            );
            Refusal::Names
        })
    }

    /// Writes a refusal of a key to the audit trail, unless there were many of it lately.
    async fn note_refusal(&self, record: &ApiKeyRecord, refusal: &Refusal) -> Result<(), Refusal> {
        let now = self.now();
        let counter = Digest::of(&[b"api-key-refused", record.id.as_str().as_bytes()]);
        let hit = self.0.stores.attempts.hit(&counter, NOTED_REFUSALS, now);
        if matches!(self.ask(hit).await?, Attempt::Refused { .. }) {
            return Ok(());
        }
        let entry = AuditEntry::new(now, "api_key_refused")
            .about(&record.owner)
            .outcome(AuditOutcome::Refused)
            .with("api_key", record.id.as_str())
            .with("reason", refusal.reason());
        Ok(self.ask(self.0.stores.audit.append(&entry)).await?)
    }
}

/// Whether a key that is confined to these networks may be used from there.
fn may_come_from(networks: &[String], source: Option<IpAddr>) -> bool {
    let holds = |text: &String, source| Network::parse(text).is_some_and(|it| it.contains(source));
    networks.is_empty() || source.is_some_and(|it| networks.iter().any(|text| holds(text, it)))
}

/// Which secret of a key was presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    Present,
    /// The one before, which is valid until this time, in seconds since 1970.
    Previous {
        until: u64,
    },
}

/// Whether a key that is kept is valid at this time; if not, the store says why.
fn is_valid(kept: &KeptKey, now: u64) -> bool {
    validity(&kept.record, now).is_ok() && kept.ends_at.is_none_or(|end| now < end)
}

/// Whether the text is the key of this record, or the one before it that still counts. In constant time
/// for each digest.
fn secret_of(
    ring: &KeyRing,
    presented: &PresentedKey<'_>,
    record: &ApiKeyRecord,
    now: u64,
) -> Option<Which> {
    let text = presented.text.as_bytes();
    match ring.mac(&record.ring_key, PURPOSE, text) {
        Some(mac) if mac.matches(&record.digest) => return Some(Which::Present),
        Some(_) => {}
        None => tracing::error!(
            api_key = record.id.as_str(),
            ring_key = record.ring_key,
            "an API key was made with a key that the ring does not have any more: rejected"
        ),
    }
    let (digest, until) = record.previous.filter(|(_, until)| now < *until)?;
    // It may be from the time of an older key of the ring.
    let mut macs = ring.names().filter_map(|name| ring.mac(name, PURPOSE, text));
    macs.any(|mac| mac.matches(&digest)).then_some(Which::Previous { until })
}
