//! Sessions, and what applications keep with them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_trait::async_trait;
use auth_accounts::model::{
    AccountId, AuditEntry, ChangeKind, SessionId, SessionRecord, StoredSession,
};
use auth_accounts::secret::Digest;
use auth_accounts::store::{DataWritten, EndedSessions, SessionStore, StoreError};

use super::ends::Ends;
use super::{MemoryStore, State, at_most, count, room, short};
use crate::account_end::AccountEnd;

#[derive(Default)]
pub(super) struct Sessions {
    by_digest: HashMap<Digest, SessionRecord>,
    by_id: HashMap<SessionId, Digest>,
    by_account: HashMap<AccountId, BTreeSet<SessionId>>,
    /// By the time from which on they are over.
    by_end: Ends<Digest>,
    data: HashMap<SessionId, BTreeMap<String, (Vec<u8>, u64)>>,
    data_count: usize,
}

impl Sessions {
    fn get(&self, id: &SessionId) -> Option<&SessionRecord> {
        self.by_id.get(id).and_then(|digest| self.by_digest.get(digest))
    }

    fn of(&self, account: &AccountId) -> impl Iterator<Item = &SessionRecord> {
        self.by_account.get(account).into_iter().flatten().filter_map(|id| self.get(id))
    }

    fn is_taken(&self, session: &SessionRecord) -> bool {
        self.by_digest.contains_key(&session.digest) || self.by_id.contains_key(&session.id)
    }

    fn add(&mut self, session: &SessionRecord) {
        self.by_id.insert(session.id.clone(), session.digest);
        self.by_account.entry(session.account.clone()).or_default().insert(session.id.clone());
        self.by_end.set(end(session), session.digest);
        self.by_digest.insert(session.digest, session.clone());
    }

    /// Takes a session out, but leaves the data that belong to it.
    fn take_out(&mut self, digest: &Digest) -> Option<SessionRecord> {
        let session = self.by_digest.remove(digest)?;
        self.by_id.remove(&session.id);
        self.by_end.remove(end(&session), session.digest);
        if let Some(ids) = self.by_account.get_mut(&session.account) {
            ids.remove(&session.id);
            if ids.is_empty() {
                self.by_account.remove(&session.account);
            }
        }
        Some(session)
    }

    fn remove_data(&mut self, id: &SessionId) {
        let removed = self.data.remove(id).map_or(0, |data| data.len());
        self.data_count = self.data_count.saturating_sub(removed);
    }

    fn remove(&mut self, digest: &Digest) {
        if let Some(session) = self.take_out(digest) {
            self.remove_data(&session.id);
        }
    }

    pub(super) fn remove_account(&mut self, account: &AccountId) {
        let digests: Vec<Digest> = self.of(account).map(|session| session.digest).collect();
        for digest in digests {
            self.remove(&digest);
        }
    }

    fn touch(&mut self, digest: &Digest, seen_at: u64) {
        let session = self.by_digest.get_mut(digest);
        if let Some(session) = session.filter(|it| it.seen_at < seen_at && !it.is_over(seen_at)) {
            self.by_end.remove(end(session), *digest);
            session.seen_at = seen_at;
            self.by_end.set(end(session), *digest);
        }
    }

    fn sweep(&mut self, now: u64, limit: usize) -> usize {
        let over = self.by_end.over(now, limit);
        for digest in &over {
            self.remove(digest);
        }
        over.len()
    }
}

/// From when on it is over.
fn end(session: &SessionRecord) -> u64 {
    session.ends_at.min(session.seen_at.saturating_add(session.idle_seconds))
}

fn check(session: &SessionRecord) -> Result<(), StoreError> {
    short(&[(session.device.as_bytes(), "the name of a device")])?;
    let factors = serde_json::to_vec(&session.factors).unwrap_or_default();
    short(&[(&factors, "the factors of a session")])
}

#[async_trait]
impl SessionStore for MemoryStore {
    async fn create(&self, session: &SessionRecord, audit: &AuditEntry) -> Result<(), StoreError> {
        self.run("SessionStore::create", |state| {
            check(session)?;
            if state.accounts.get(&session.account).is_none() {
                return Err(StoreError::Conflict("there is no such account"));
            }
            if state.sessions.is_taken(session) {
                return Err(StoreError::Conflict("there is a session with this id or digest"));
            }
            state.can_record(audit)?;
            state.room_for_session(session.seen_at)?;
            state.sessions.add(session);
            state.record(audit, None);
            Ok(())
        })
        .await
    }

    async fn load(&self, digest: &Digest, now: u64) -> Result<Option<StoredSession>, StoreError> {
        let apart = self.faults().are_sessions_apart();
        self.run("SessionStore::load", |state| {
            let record = state.sessions.by_digest.get(digest).filter(|it| !it.is_over(now));
            Ok(record.map(|record| StoredSession {
                record: record.clone(),
                account: state.accounts.state(&record.account).filter(|_| !apart),
            }))
        })
        .await
    }

    async fn touch(&self, seen: &[(Digest, u64)]) -> Result<(), StoreError> {
        self.run("SessionStore::touch", |state| {
            for (digest, seen_at) in seen {
                state.sessions.touch(digest, *seen_at);
            }
            Ok(())
        })
        .await
    }

    async fn rotate(
        &self,
        old: &Digest,
        new: &SessionRecord,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        self.run("SessionStore::rotate", |state| {
            check(new)?;
            let before = state.sessions.by_digest.get(old);
            // One that is over is gone, whether it was swept or not.
            let Some(before) = before.filter(|it| !it.is_over(audit.at)) else {
                return Ok(false);
            };
            let (id, digest) = (before.id.clone(), before.digest);
            if state.accounts.get(&new.account).is_none() {
                return Err(StoreError::Conflict("there is no such account"));
            }
            let is_other = |taken: &Digest| *taken != digest;
            if state.sessions.by_digest.contains_key(&new.digest)
                || state.sessions.by_id.get(&new.id).is_some_and(is_other)
            {
                return Err(StoreError::Conflict("there is a session with this id or digest"));
            }
            state.can_record(audit)?;
            state.sessions.take_out(&digest);
            if id != new.id {
                state.sessions.remove_data(&id);
            }
            state.sessions.add(new);
            state.record(audit, [ChangeKind::Session(id)]);
            Ok(true)
        })
        .await
    }

    async fn end(
        &self,
        account: &AccountId,
        session: &SessionId,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        self.run("SessionStore::end", |state| {
            let held = state.sessions.get(session).filter(|it| it.account == *account);
            let Some(digest) = held.map(|it| it.digest) else { return Ok(false) };
            state.can_record(audit)?;
            state.sessions.remove(&digest);
            state.end_grants(account, AccountEnd::Sessions(EndedSessions::One(session)), audit.at);
            state.record(audit, [ChangeKind::Session(session.clone())]);
            Ok(true)
        })
        .await
    }

    async fn end_others(
        &self,
        account: &AccountId,
        keep: Option<&SessionId>,
        audit: &AuditEntry,
    ) -> Result<u64, StoreError> {
        self.run("SessionStore::end_others", |state| {
            let others: Vec<(Digest, SessionId)> = state
                .sessions
                .of(account)
                .filter(|it| Some(&it.id) != keep)
                .map(|it| (it.digest, it.id.clone()))
                .collect();
            if others.is_empty() {
                return Ok(0);
            }
            state.can_record(audit)?;
            for (digest, _) in &others {
                state.sessions.remove(digest);
            }
            state.end_grants(account, AccountEnd::Sessions(EndedSessions::Others(keep)), audit.at);
            let ended = count(others.len());
            state.record(audit, others.into_iter().map(|(_, id)| ChangeKind::Session(id)));
            Ok(ended)
        })
        .await
    }

    async fn list(&self, account: &AccountId, now: u64) -> Result<Vec<SessionRecord>, StoreError> {
        self.run("SessionStore::list", |state| {
            let mut sessions: Vec<SessionRecord> =
                state.sessions.of(account).filter(|it| !it.is_over(now)).cloned().collect();
            sessions.sort_by(|one, other| {
                other.started_at.cmp(&one.started_at).then_with(|| one.id.cmp(&other.id))
            });
            Ok(sessions)
        })
        .await
    }

    async fn data(
        &self,
        session: &SessionId,
        key: &str,
    ) -> Result<Option<(Vec<u8>, u64)>, StoreError> {
        self.run("SessionStore::data", |state| {
            Ok(state.sessions.data.get(session).and_then(|data| data.get(key)).cloned())
        })
        .await
    }

    async fn set_data(
        &self,
        session: &SessionId,
        key: &str,
        value: &[u8],
        seen: Option<u64>,
        now: u64,
    ) -> Result<DataWritten, StoreError> {
        self.run("SessionStore::set_data", |state| {
            short(&[(key.as_bytes(), "a key of session data"), (value, "session data")])?;
            if state.sessions.get(session).is_none_or(|it| it.is_over(now)) {
                return Ok(DataWritten::Gone);
            }
            let sessions = &mut state.sessions;
            let held = sessions.data.get(session).and_then(|data| data.get(key));
            if held.map(|(_, version)| *version) != seen {
                return Ok(DataWritten::Changed);
            }
            if held.is_none() {
                room(sessions.data_count, 1, state.limit, "session data")?;
                sessions.data_count = sessions.data_count.saturating_add(1);
            }
            let version = seen.unwrap_or(0).saturating_add(1);
            let data = sessions.data.entry(session.clone()).or_default();
            data.insert(key.to_owned(), (value.to_vec(), version));
            Ok(DataWritten::Done { version })
        })
        .await
    }

    async fn sweep_sessions(&self, now: u64, limit: u32) -> Result<u64, StoreError> {
        self.run("SessionStore::sweep_sessions", |state| {
            Ok(count(state.sessions.sweep(now, at_most(limit))))
        })
        .await
    }
}

impl State {
    /// Whether one more session fits, after those that are over have gone.
    fn room_for_session(&mut self, now: u64) -> Result<(), StoreError> {
        if self.sessions.by_digest.len() >= self.limit {
            self.sessions.sweep(now, super::SWEPT_WHEN_FULL);
        }
        room(self.sessions.by_digest.len(), 1, self.limit, "sessions")
    }
}
