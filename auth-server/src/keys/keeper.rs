//! Keeps the keys in use those of the store, and makes the next ones in time.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use auth_accounts::secret::{KeyRing, Sealed};
use auth_accounts::store::Created;
use auth_core::keys::LocalKeys;
use serde::Serialize;
use tokio::sync::Mutex;

use super::ring::{Ring, RingKey};
use super::schedule::{KeyTimes, NewKey, Schedule, Urgency};
use super::signing_key::{SigningKey, SigningKeyError};
use super::{KeyState, SigningAlgorithm, SigningKeyInfo, SigningKeys};
use crate::error::ServerError;
use crate::server::{AuthorizationServer, Inner};
use crate::store::{AuthorizationStore, SigningKeyRecord};
use crate::wire::{OAuthError, OAuthErrorCode};

/// What private keys are sealed for.
const PURPOSE: &str = "signing-key";
/// How often the store is read again when another node was quicker.
const ATTEMPTS: usize = 5;

/// The signing keys of a server.
pub(crate) struct Keys {
    settings: SigningKeys,
    ring: ArcSwap<Ring>,
    /// The public halves, for verifiers in this program.
    verifying: LocalKeys,
    /// Only one task reads the store at a time, so that an older answer never replaces a newer one.
    turn: Mutex<()>,
}

/// Where the keys are kept, and what seals them.
#[derive(Clone, Copy)]
pub(crate) struct Kept<'a> {
    pub(crate) store: &'a dyn AuthorizationStore,
    pub(crate) secrets: &'a KeyRing,
    pub(crate) now: u64,
}

/// How often the store is asked whether it has other keys, so that a key that an administrator has made or removed is
/// noticed soon. There are a few rows.
const LOOK: Duration = Duration::from_secs(1);

impl Keys {
    /// The keys of the store; those that are missing are made.
    ///
    /// # Errors
    /// If the store fails, or one of them cannot be opened.
    pub(crate) async fn open(settings: SigningKeys, kept: Kept<'_>) -> Result<Self, ServerError> {
        let (ring, problems) = rotated(&settings, kept, None).await?;
        if problems.is_empty() {
            let verifying = LocalKeys::new(ring.verifying_keys()?);
            let ring = ArcSwap::from_pointee(ring);
            return Ok(Self { settings, ring, verifying, turn: Mutex::new(()) });
        }
        Err(ServerError::Keys(problems.join("; ")))
    }

    /// Reads the store again, makes the keys whose time has come, and removes those whose last token has
    /// expired.
    pub(crate) async fn refresh(&self, kept: Kept<'_>) -> Result<(), ServerError> {
        let _turn = self.turn.lock().await;
        let current = self.ring.load_full();
        let (ring, problems) = rotated(&self.settings, kept, Some(&current)).await?;
        for problem in problems {
            // It stays published, and another key signs.
            tracing::error!(problem, "a signing key of the store cannot be used");
        }
        // Verifiers get the new keys before they sign.
        if ring.etag != current.etag {
            self.verifying.publish(ring.verifying_keys()?);
        }
        self.ring.store(Arc::new(ring));
        Ok(())
    }

    /// Makes the next key of each algorithm now.
    async fn rotate(&self, urgency: Urgency, kept: Kept<'_>) -> Result<(), ServerError> {
        let schedule = self.settings.schedule();
        for algorithm in &self.settings.algorithms {
            for _ in 0..ATTEMPTS {
                let times = times(&kept.store.signing_keys().await?);
                let new = schedule.asked_for(&times, *algorithm, urgency, kept.now);
                let Some(new) = new else { break };
                if add(kept, &new).await? == Created::Created {
                    break;
                }
            }
        }
        self.refresh(kept).await
    }

    /// Signs claims, with this algorithm or that of access tokens.
    pub(crate) fn sign(
        &self,
        algorithm: Option<&str>,
        typ: &str,
        claims: &impl Serialize,
        now: u64,
    ) -> Result<String, OAuthError> {
        let algorithm = match algorithm {
            Some(name) => SigningAlgorithm::parse(name),
            None => self.settings.algorithms.first().copied(),
        };
        let ring = self.ring.load();
        let key = algorithm.and_then(|it| ring.signing(it, now));
        let signed = key.ok_or(SigningKeyError).and_then(|key| key.sign(typ, claims));
        signed.map_err(|_| {
            tracing::error!(?algorithm, "there is no signing key of this algorithm");
            OAuthError::new(OAuthErrorCode::ServerError, "the server cannot sign")
        })
    }

    pub(crate) fn settings(&self) -> &SigningKeys {
        &self.settings
    }

    /// The public halves, for verifiers in this program.
    pub(crate) fn verifying(&self) -> &LocalKeys {
        &self.verifying
    }

    /// The keys in use.
    pub(crate) fn ring(&self) -> Arc<Ring> {
        self.ring.load_full()
    }
}

/// The ring of the store after all that was due was done, and what is wrong with its keys.
async fn rotated(
    settings: &SigningKeys,
    kept: Kept<'_>,
    current: Option<&Ring>,
) -> Result<(Ring, Vec<String>), ServerError> {
    let schedule = settings.schedule();
    let mut records = kept.store.signing_keys().await?;
    for _ in 0..ATTEMPTS {
        let times = times(&records);
        let due = settings.algorithms.iter().filter_map(|it| schedule.next(&times, *it, kept.now));
        let due: Vec<_> = due.collect();
        if due.is_empty() {
            break;
        }
        for new in &due {
            // Of several nodes one makes it, and all read it.
            add(kept, new).await?;
        }
        records = kept.store.signing_keys().await?;
    }
    remove_dead(schedule, kept, &mut records).await?;
    read(settings, kept, records, current).await
}

async fn remove_dead(
    schedule: Schedule,
    kept: Kept<'_>,
    records: &mut Vec<SigningKeyRecord>,
) -> Result<(), ServerError> {
    let times = times(records);
    for dead in schedule.dead(&times, kept.now) {
        kept.store.remove_signing_key(&dead.kid).await?;
        tracing::info!(kid = dead.kid, "a signing key was removed: all that it signed has expired");
        records.retain(|it| it.kid != dead.kid);
    }
    Ok(())
}

/// Makes a key and stores it.
async fn add(kept: Kept<'_>, new: &NewKey) -> Result<Created, ServerError> {
    let algorithm = new.algorithm;
    let failed = || ServerError::Keys(format!("no key of {} can be made", algorithm.as_str()));
    let key = tokio::task::spawn_blocking(move || SigningKey::generate(algorithm));
    let key = key.await.map_err(|_| failed())?.map_err(|_| failed())?;
    let pkcs8 = key.to_pkcs8().map_err(|_| failed())?;
    let sealed = kept.secrets.seal(PURPOSE, key.kid(), &pkcs8).ok_or_else(failed)?;
    let record = SigningKeyRecord {
        kid: key.kid().to_owned(),
        algorithm: algorithm.as_str().to_owned(),
        publish_at: kept.now,
        sign_at: new.sign_at,
        public_jwk: serde_json::to_string(key.jwk()).map_err(|_| failed())?,
        sealed_with: sealed.key,
        sealed_private_key: sealed.bytes,
    };
    let created = kept.store.add_signing_key(&record, new.after.as_deref()).await?;
    if created == Created::Created {
        tracing::info!(
            kid = record.kid,
            algorithm = record.algorithm,
            sign_at = record.sign_at,
            "a signing key was made"
        );
    }
    Ok(created)
}

/// The ring of these records, and what is wrong with them. A key that signs no more is published without
/// being opened.
async fn read(
    settings: &SigningKeys,
    kept: Kept<'_>,
    records: Vec<SigningKeyRecord>,
    current: Option<&Ring>,
) -> Result<(Ring, Vec<String>), ServerError> {
    let all = times(&records);
    let mut problems = Vec::new();
    let stored = records.iter().map(|it| it.kid.clone()).collect();
    let mut keys = Vec::new();
    for record in records {
        let Some(times) = all.iter().find(|it| it.kid == record.kid) else {
            // Of a later version of this server, which runs beside this one.
            tracing::warn!(kid = record.kid, "a signing key has an algorithm that is not known");
            continue;
        };
        let Ok(jwk) = serde_json::from_str(&record.public_jwk) else {
            problems.push(format!("the public half of the signing key `{}` is no JWK", record.kid));
            continue;
        };
        let signer = match current.and_then(|it| it.signer(&record.kid)) {
            Some(known) => Some(Arc::clone(known)),
            None if settings.algorithms.contains(&times.algorithm)
                && !times.is_followed(&all, kept.now) =>
            {
                let opened = opened(kept.secrets, &record, times.algorithm).await;
                opened.map(Arc::new).map_err(|it| problems.push(it)).ok()
            }
            None => None,
        };
        keys.push(RingKey { times: times.clone(), jwk, signer });
    }
    Ok((Ring::new(keys, stored)?, problems))
}

/// The private half of a key. To read one of RSA takes as long as several requests, so it is done beside
/// them.
async fn opened(
    secrets: &KeyRing,
    record: &SigningKeyRecord,
    algorithm: SigningAlgorithm,
) -> Result<SigningKey, String> {
    let SigningKeyRecord { kid, sealed_with, .. } = record;
    if !secrets.names().any(|it| it == sealed_with) {
        return Err(format!(
            "the signing key `{kid}` is sealed with the key `{sealed_with}`, which the key ring does not have: add it behind the current one"
        ));
    }
    let sealed = Sealed { key: sealed_with.clone(), bytes: record.sealed_private_key.clone() };
    let pkcs8 = secrets.open(PURPOSE, kid, &sealed).ok_or_else(|| {
        format!(
            "the signing key `{kid}` does not open with the key `{sealed_with}` of the key ring: it was sealed with another key of this name, or was changed"
        )
    })?;
    let key = tokio::task::spawn_blocking(move || SigningKey::from_pkcs8(algorithm, &pkcs8));
    let key = key.await.ok().and_then(Result::ok).filter(|key| key.kid() == kid);
    key.ok_or_else(|| format!("what is sealed as the signing key `{kid}` is another key"))
}

/// What the schedule has to know of these keys. Those of unknown algorithms are left out.
fn times(records: &[SigningKeyRecord]) -> Vec<KeyTimes> {
    let times = records.iter().filter_map(|record| {
        let algorithm = SigningAlgorithm::parse(&record.algorithm)?;
        Some(KeyTimes { kid: record.kid.clone(), algorithm, sign_at: record.sign_at })
    });
    times.collect()
}

impl Inner {
    fn kept(&self) -> Kept<'_> {
        Kept { store: &*self.store, secrets: &self.secrets, now: self.clock.now() }
    }
}

impl AuthorizationServer {
    /// Signs claims, with this algorithm or that of access tokens.
    pub(crate) fn sign(
        &self,
        algorithm: Option<&str>,
        typ: &str,
        claims: &impl Serialize,
    ) -> Result<String, OAuthError> {
        self.0.keys.sign(algorithm, typ, claims, self.now())
    }

    /// The signing keys, by the time from which on they sign.
    #[must_use]
    pub fn signing_keys(&self) -> Vec<SigningKeyInfo> {
        let (ring, now) = (self.0.keys.ring(), self.now());
        let state = |times: &KeyTimes| {
            let signs = ring.signing(times.algorithm, now).is_some_and(|it| it.kid() == times.kid);
            match (signs, times.sign_at > now) {
                (true, _) => KeyState::Signing,
                (false, true) => KeyState::Next,
                (false, false) => KeyState::Retired,
            }
        };
        let keys = ring.keys().iter().map(|key| SigningKeyInfo {
            kid: key.times.kid.clone(),
            algorithm: key.times.algorithm,
            sign_at: key.times.sign_at,
            state: state(&key.times),
        });
        keys.collect()
    }

    /// Reads the signing keys of the store again, makes the next ones when it is time, and removes those
    /// whose last token has expired. The server does so by itself, twice in the time for which verifiers may
    /// keep the key set, and within about a second when another node has added or removed one.
    ///
    /// # Errors
    /// If the store fails: the keys in use stay as they are.
    pub async fn refresh_signing_keys(&self) -> Result<(), ServerError> {
        self.0.keys.refresh(self.0.kept()).await
    }

    /// Makes the next key of each algorithm now. It signs when every verifier has had the time to read it.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn rotate_signing_keys(&self) -> Result<(), ServerError> {
        self.0.keys.rotate(Urgency::Published, self.0.kept()).await
    }

    /// Makes a new key of each algorithm, which signs at once: for emergencies. Verifiers reject its tokens until
    /// they read the key set again. The former keys stay published, and a key that waits to sign still waits:
    /// remove keys that are not to be trusted by [`remove_signing_key`](Self::remove_signing_key).
    ///
    /// # Errors
    /// If the store fails.
    pub async fn rotate_signing_keys_at_once(&self) -> Result<(), ServerError> {
        self.0.keys.rotate(Urgency::AtOnce, self.0.kept()).await
    }

    /// Removes a key, so that tokens that it signed are invalid: on this node at once, on other nodes within about
    /// a second, at other verifiers when they read the key set again. False: no key has this id. If it is the last
    /// of its algorithm, a new one is made.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn remove_signing_key(&self, kid: &str) -> Result<bool, ServerError> {
        let removed = self.0.store.remove_signing_key(kid).await?;
        self.refresh_signing_keys().await?;
        Ok(removed)
    }

    /// Keeps the keys equal to those of the store as long as the server exists.
    pub(crate) fn keep_signing_keys(&self) {
        let pause = Duration::from_secs(self.0.keys.settings().max_age().div_ceil(2));
        let server: Weak<Inner> = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            let mut read_at = Instant::now();
            loop {
                tokio::time::sleep(LOOK.min(pause)).await;
                let Some(server) = server.upgrade().map(AuthorizationServer) else { return };
                if read_at.elapsed() < pause && !server.has_other_signing_keys().await {
                    continue;
                }
                read_at = Instant::now();
                if let Err(error) = server.refresh_signing_keys().await {
                    tracing::error!(%error, "the signing keys cannot be read: the old ones sign on");
                }
            }
        });
    }

    /// Whether the store has other keys than this node knows. If it does not answer, nothing is known of that.
    async fn has_other_signing_keys(&self) -> bool {
        let stored = self.0.store.signing_keys().await;
        stored.is_ok_and(|it| !self.0.keys.ring().is_of(&it))
    }
}
