//! From the start of a session to its end.

use std::sync::Arc;

use http::HeaderValue;

use super::cache::{Hearing, Kept};
use super::{Presented, Purpose, Secret};
use crate::accounts::Accounts;
use crate::model::{
    AccountId, AccountState, AccountStatus, AuditEntry, Carrier, ChangeKind, FactorKind,
    ProvedFactor, SessionId, SessionRecord,
};
use crate::secret::{Digest, SecretText};
use crate::sign_in::{Devices, Owner};
use crate::store::StoreError;

/// A session with the secret that its owner gets, once.
#[derive(Debug)]
pub(crate) struct SignedIn {
    pub(crate) record: SessionRecord,
    pub(crate) secret: SecretText,
    /// The cookie that makes the device known to the account, if it is not already.
    pub(crate) device: Option<HeaderValue>,
    /// Whether the cookie is kept when the browser is closed.
    pub(crate) is_remembered: bool,
}

/// What a session is opened with.
#[derive(Debug)]
pub(crate) struct Opening<'a> {
    pub(crate) account: &'a AccountId,
    /// The epoch of the account that was looked at: if it has moved on, the session is over at once.
    pub(crate) epoch: u64,
    pub(crate) factors: Vec<ProvedFactor>,
    pub(crate) carrier: Carrier,
    pub(crate) remember: bool,
    /// When it ends at the latest.
    pub(crate) ends_by: Option<u64>,
    pub(crate) device: &'a str,
    /// The session that the request has already.
    pub(crate) current: Option<&'a SessionRecord>,
}

/// Why a session gets another secret.
#[derive(Debug)]
pub(crate) struct Rotation<'a> {
    /// A factor that was proved.
    pub(crate) factor: Option<ProvedFactor>,
    /// The epoch of the account, if what the owner did has changed it.
    pub(crate) epoch: Option<u64>,
    /// What the device shows: it is known in the new epoch, too.
    pub(crate) devices: &'a Devices,
    /// What the audit trail calls it.
    pub(crate) event: &'static str,
}

impl Accounts {
    /// Opens a session. One that the request has already gets another secret if it is the same
    /// account's, and is ended if it is not.
    pub(crate) async fn open_session(
        &self,
        opening: Opening<'_>,
        audit: AuditEntry,
    ) -> Result<SignedIn, StoreError> {
        self.run_rules(opening.account).await?;
        let now = self.now();
        let (idle_seconds, lasts) = self.0.sessions.lasting(opening.remember);
        let secret = Secret::random(Purpose::Session);
        let mut factors = opening.factors;
        // What was proved to a provider was proved then, and not when its answer came.
        let at_provider = factors.iter().filter(|it| it.kind == FactorKind::Federated);
        let authenticated_at = at_provider.map(|it| it.at).min().unwrap_or(now);
        let ends_at = now.saturating_add(lasts).min(opening.ends_by.unwrap_or(u64::MAX));
        let same = opening.current.filter(|it| {
            it.account == *opening.account
                && it.carrier == opening.carrier
                && it.epoch == opening.epoch
        });
        if let Some(current) = same {
            keep_older(&mut factors, &current.factors);
        }
        let record = SessionRecord {
            digest: secret.digest(),
            id: same.map_or_else(SessionId::random, |it| it.id.clone()),
            account: opening.account.clone(),
            epoch: opening.epoch,
            carrier: opening.carrier,
            factors,
            started_at: now,
            authenticated_at,
            seen_at: now,
            idle_seconds,
            ends_at,
            device: opening.device.to_owned(),
        };
        let audit = describe(audit, &record);
        let is_replaced = match same {
            Some(current) => self.replace_session(current, &record, &audit).await?,
            None => false,
        };
        if !is_replaced {
            // The one before is gone by now, and nothing revives it: this is another session.
            let record = match same {
                Some(_) => SessionRecord { id: SessionId::random(), ..record.clone() },
                None => record.clone(),
            };
            self.make_room(opening.account, now).await?;
            let audit = describe(audit, &record);
            self.ask(self.0.stores.sessions.create(&record, &audit)).await?;
            // One browser has one session: its user could not end the other one any more.
            let other = opening.current.filter(|it| it.carrier == opening.carrier);
            if let Some(other) = other.filter(|_| same.is_none()) {
                self.end_session(&other.account, &other.id, "session_replaced").await?;
            }
            return Ok(self.signed_in(record, &secret, opening.remember));
        }
        Ok(self.signed_in(record, &secret, opening.remember))
    }

    /// Gives a session another secret: the one before is void at once. `None`: the session is over.
    pub(crate) async fn rotate_session(
        &self,
        digest: &Digest,
        rotation: Rotation<'_>,
    ) -> Result<Option<SignedIn>, StoreError> {
        let now = self.now();
        let Some(stored) = self.ask(self.0.stores.sessions.load(digest, now)).await? else {
            return Ok(None);
        };
        let current = stored.record;
        // Of an epoch before the last one it was ended: nothing brings it back.
        if rotation.epoch.is_some_and(|new| current.epoch.checked_add(1) != Some(new)) {
            return Ok(None);
        }
        let secret = Secret::random(Purpose::Session);
        let mut factors: Vec<_> = rotation.factor.into_iter().collect();
        keep_older(&mut factors, &current.factors);
        let record = SessionRecord {
            digest: secret.digest(),
            factors,
            epoch: rotation.epoch.unwrap_or(current.epoch),
            seen_at: now,
            ..current.clone()
        };
        let audit = describe(AuditEntry::new(now, rotation.event), &record);
        if !self.replace_session(&current, &record, &audit).await? {
            return Ok(None);
        }
        let lasts = record.ends_at.saturating_sub(record.started_at);
        let is_remembered = lasts > self.0.sessions.lasting(false).1;
        let mut signed_in = self.signed_in(record, &secret, is_remembered);
        if let Some(epoch) = rotation.epoch {
            let owner = Owner { account: &current.account, epoch };
            signed_in.device = self.device_cookie(rotation.devices, owner);
        }
        Ok(Some(signed_in))
    }

    /// Puts an account into a new epoch, since its factors have changed: all its sessions are over, and
    /// sign-ins that are half done, but for the session that is put into it. `None`: there is no such
    /// account any more.
    pub(crate) async fn new_epoch(
        &self,
        account: &AccountId,
        keep: &SessionId,
    ) -> Result<Option<u64>, StoreError> {
        let audit = AuditEntry::new(self.now(), "sessions_ended").by(account).about(account);
        let epoch = self.ask(self.0.stores.accounts.bump_epoch(account, Some(keep), &audit)).await;
        self.changed(&ChangeKind::Account(account.clone()));
        epoch
    }

    fn signed_in(&self, record: SessionRecord, secret: &Secret, remember: bool) -> SignedIn {
        let is_remembered = remember && self.0.sessions.settings.remember.is_some();
        SignedIn { record, secret: secret.text(&self.0.tags), device: None, is_remembered }
    }

    async fn replace_session(
        &self,
        current: &SessionRecord,
        new: &SessionRecord,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        let rotated = self.ask(self.0.stores.sessions.rotate(&current.digest, new, audit)).await;
        self.changed(&ChangeKind::Session(current.id.clone()));
        rotated
    }

    /// Ends the oldest sessions of an account that has as many as it may.
    async fn make_room(&self, account: &AccountId, now: u64) -> Result<(), StoreError> {
        let Some(most) = self.0.sessions.settings.per_account else { return Ok(()) };
        let sessions = self.sessions_of(account, now).await?;
        // The newest come first.
        for oldest in sessions.iter().skip(most.saturating_sub(1)) {
            self.end_session(account, &oldest.id, "session_displaced").await?;
        }
        Ok(())
    }

    /// Whether no node has ended this session of the account: by the store, not by what this node keeps. A
    /// session that was not used for long is not ended by that.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn has_session(
        &self,
        account: &AccountId,
        session: &SessionId,
    ) -> Result<bool, StoreError> {
        let Some(state) = self.ask(self.0.stores.accounts.state(account)).await? else {
            return Ok(false);
        };
        // At the beginning of time no session is idle. Uses of late may not be written yet.
        let sessions = self.ask(self.0.stores.sessions.list(account, 0)).await?;
        let has_it = sessions.iter().any(|it| it.id == *session && it.epoch == state.epoch);
        Ok(has_it && state.status == AccountStatus::Active)
    }

    /// The sessions of an account that are valid now, the newest first.
    pub(crate) async fn sessions_of(
        &self,
        account: &AccountId,
        now: u64,
    ) -> Result<Vec<SessionRecord>, StoreError> {
        match self.ask(self.0.stores.accounts.state(account)).await? {
            Some(state) => self.sessions_in(account, &state, now).await,
            None => Ok(Vec::new()),
        }
    }

    /// The same of an account whose state is known.
    pub(crate) async fn sessions_in(
        &self,
        account: &AccountId,
        state: &AccountState,
        now: u64,
    ) -> Result<Vec<SessionRecord>, StoreError> {
        let mut sessions = self.ask(self.0.stores.sessions.list(account, now)).await?;
        sessions.retain(|it| it.epoch == state.epoch && !it.is_over(now));
        Ok(sessions)
    }

    /// Ends a session of this account on every node. False: there is no such session.
    pub(crate) async fn end_session(
        &self,
        account: &AccountId,
        session: &SessionId,
        event: &str,
    ) -> Result<bool, StoreError> {
        let audit = AuditEntry::new(self.now(), event).by(account).about(account);
        let audit = audit.with("session", session.as_str());
        let ended = self.ask(self.0.stores.sessions.end(account, session, &audit)).await;
        // Also where it is not known whether it was written: then the store is asked again.
        self.changed(&ChangeKind::Session(session.clone()));
        ended
    }

    /// Ends every session and every half-done sign-in of an account, on every node. False: there is no
    /// such account.
    pub(crate) async fn end_all_sessions(
        &self,
        account: &AccountId,
        actor: &AccountId,
    ) -> Result<bool, StoreError> {
        let audit = AuditEntry::new(self.now(), "signed_out_everywhere").by(actor).about(account);
        let epoch = self.ask(self.0.stores.accounts.bump_epoch(account, None, &audit)).await;
        self.changed(&ChangeKind::Account(account.clone()));
        Ok(epoch?.is_some())
    }

    /// The session with this secret, if it is valid now and carried like this.
    pub(crate) async fn live_session(
        &self,
        secret: &Presented,
        carrier: Carrier,
    ) -> Result<Option<Arc<Kept>>, StoreError> {
        self.attend();
        let now = self.now();
        let digest = secret.digest();
        let cache = self.0.sessions.cache.as_ref();
        let hearing = cache.map(|it| it.hearing(now));
        if hearing == Some(Hearing::Lost) && secret.is_ours(&self.0.tags) {
            tracing::error!("nothing was heard of changes for too long: sessions are rejected");
            return Err(StoreError::NotReachable("nothing is heard of changes".to_owned()));
        }
        if hearing == Some(Hearing::Current)
            && let Some(kept) = cache.and_then(|it| it.get(&digest))
            && !kept.seems_idle(now)
        {
            return Ok(self.judge_session(kept, carrier, now));
        }
        if !secret.is_ours(&self.0.tags) {
            return Ok(None);
        }
        let since = cache.map(super::cache::Cache::version);
        // On the heap, since most requests need none of it.
        let Some(record) = Box::pin(self.load_session(&digest, now)).await? else {
            return Ok(None);
        };
        let kept = Arc::new(Kept::new(record));
        if let (Some(cache), Some(since), Some(Hearing::Current)) = (cache, since, hearing) {
            cache.keep(Arc::clone(&kept), since);
        }
        Ok(self.judge_session(kept, carrier, now))
    }

    /// Whether the session with this digest is valid now, as the store says.
    pub(crate) async fn is_signed_in(&self, digest: &Digest) -> Result<bool, StoreError> {
        Ok(self.load_session(digest, self.now()).await?.is_some())
    }

    /// The session with this digest, if its account may use it: a change of the account that it cannot
    /// use it after makes this node forget it.
    pub(crate) async fn load_session(
        &self,
        digest: &Digest,
        now: u64,
    ) -> Result<Option<SessionRecord>, StoreError> {
        let Some(stored) = self.ask(self.0.stores.sessions.load(digest, now)).await? else {
            return Ok(None);
        };
        let record = stored.record;
        let state = match stored.account {
            Some(state) => Some(state),
            None => self.ask(self.0.stores.accounts.state(&record.account)).await?,
        };
        let may_use = |state: AccountState| {
            state.status == AccountStatus::Active && state.epoch == record.epoch
        };
        Ok(state.is_some_and(may_use).then_some(record))
    }

    /// Whether a session is valid now; that it is used is noted, to be written later.
    fn judge_session(&self, kept: Arc<Kept>, carrier: Carrier, now: u64) -> Option<Arc<Kept>> {
        let is_valid = kept.carrier == carrier && now < kept.ends_at && !kept.seems_idle(now);
        if !is_valid {
            return None;
        }
        if self.0.sessions.touches.note(kept.digest, kept.seen_at(), now) {
            kept.see(now);
        }
        Some(kept)
    }
}

/// Factors that were proved before stay, with their own times, unless the same was proved again.
fn keep_older(factors: &mut Vec<ProvedFactor>, before: &[ProvedFactor]) {
    for old in before {
        let is_renewed = factors.iter().any(|it| it.kind == old.kind && it.id == old.id);
        if !is_renewed {
            factors.push(old.clone());
        }
    }
}

/// What the trail says of a session.
fn describe(audit: AuditEntry, record: &SessionRecord) -> AuditEntry {
    let factors = serde_json::to_value(&record.factors).unwrap_or_default();
    let carrier = serde_json::to_value(record.carrier).unwrap_or_default();
    audit
        .by(&record.account)
        .about(&record.account)
        .with("session", record.id.as_str())
        .with("factors", factors)
        .with("carrier", carrier)
}
