//! Sessions.

use async_trait::async_trait;
use auth_accounts::model::{
    AccountId, AuditEntry, Carrier, ProvedFactor, SessionId, SessionRecord, StoredSession,
};
use auth_accounts::secret::Digest;
use auth_accounts::store::{DataWritten, EndedSessions, SessionStore, StoreError};
use redis::{AsyncCommands as _, ScriptInvocation};
use serde::{Deserialize, Serialize};

use super::{RedisStore, exact, failed, from_hex, hex, script, short};

/// A session as it is kept. Its digest is in the name of its key, and when it was last seen beside it.
#[derive(Serialize, Deserialize)]
struct Kept {
    id: SessionId,
    account: AccountId,
    epoch: u64,
    carrier: Carrier,
    factors: Vec<ProvedFactor>,
    started_at: u64,
    authenticated_at: u64,
    idle_seconds: u64,
    ends_at: u64,
    device: String,
}

/// How many uses are noted at once.
const TOUCHED_AT_ONCE: usize = 500;

const TAKEN: StoreError = StoreError::Conflict("there is a session with this id or digest");
const NOT_UNDERSTOOD: StoreError = StoreError::NotUnderstood("a session");

/// A session as text, if it can be kept.
fn to_text(session: &SessionRecord) -> Result<String, StoreError> {
    short(session.device.len(), "the name of a device")?;
    for time in [session.seen_at, session.ends_at, session.idle_seconds] {
        exact(time)?;
    }
    let kept = Kept {
        id: session.id.clone(),
        account: session.account.clone(),
        epoch: session.epoch,
        carrier: session.carrier,
        factors: session.factors.clone(),
        started_at: session.started_at,
        authenticated_at: session.authenticated_at,
        idle_seconds: session.idle_seconds,
        ends_at: session.ends_at,
        device: session.device.clone(),
    };
    serde_json::to_string(&kept).map_err(|_| NOT_UNDERSTOOD)
}

fn from_text(digest: Digest, text: &[u8], seen_at: u64) -> Result<SessionRecord, StoreError> {
    let kept: Kept = serde_json::from_slice(text).map_err(|_| NOT_UNDERSTOOD)?;
    Ok(SessionRecord {
        digest,
        id: kept.id,
        account: kept.account,
        epoch: kept.epoch,
        carrier: kept.carrier,
        factors: kept.factors,
        started_at: kept.started_at,
        authenticated_at: kept.authenticated_at,
        seen_at,
        idle_seconds: kept.idle_seconds,
        ends_at: kept.ends_at,
        device: kept.device,
    })
}

/// The arguments that write a session.
fn session_arguments(call: &mut ScriptInvocation<'_>, session: &SessionRecord, text: &str) {
    call.arg(hex(&session.digest))
        .arg(session.id.as_str())
        .arg(session.account.as_str())
        .arg(text)
        .arg(session.seen_at)
        .arg(session.idle_seconds)
        .arg(session.ends_at);
}

impl RedisStore {
    /// Writes an entry, does what it is about, and says so in the trail if it was not done.
    async fn recorded<T>(
        &self,
        entry: &AuditEntry,
        step: impl Future<Output = Result<T, StoreError>> + Send,
        is_done: impl FnOnce(&T) -> bool + Send,
    ) -> Result<T, StoreError> {
        self.audit.append(entry).await?;
        let answer = step.await;
        if !answer.as_ref().is_ok_and(is_done) {
            self.not_done(entry).await;
        }
        answer
    }
}

#[async_trait]
impl SessionStore for RedisStore {
    async fn create(&self, session: &SessionRecord, audit: &AuditEntry) -> Result<(), StoreError> {
        let text = to_text(session)?;
        let is_taken: bool = self
            .run(&script::IS_TAKEN, |call| {
                call.arg(hex(&session.digest)).arg(session.id.as_str());
            })
            .await?;
        if is_taken {
            return Err(TAKEN);
        }
        let create = self.run(&script::CREATE, |call| session_arguments(call, session, &text));
        let is_done: bool = self.recorded(audit, create, |is_done| *is_done).await?;
        if is_done { Ok(()) } else { Err(TAKEN) }
    }

    async fn load(&self, digest: &Digest, now: u64) -> Result<Option<StoredSession>, StoreError> {
        let mut connection = self.connection.clone();
        let kept: (Option<Vec<u8>>, Option<u64>) = connection
            .hmget(self.key("s", &hex(digest)), &["record", "seen"])
            .await
            .map_err(|error| failed(&error))?;
        let (Some(text), Some(seen_at)) = kept else { return Ok(None) };
        let record = from_text(*digest, &text, seen_at)?;
        if record.is_over(now) {
            return Ok(None);
        }
        Ok(Some(StoredSession { record, account: None }))
    }

    async fn touch(&self, seen: &[(Digest, u64)]) -> Result<(), StoreError> {
        for some in seen.chunks(TOUCHED_AT_ONCE) {
            let _: i64 = self
                .run(&script::TOUCH, |call| {
                    for (digest, now) in some {
                        call.arg(hex(digest)).arg(*now);
                    }
                })
                .await?;
        }
        Ok(())
    }

    async fn rotate(
        &self,
        old: &Digest,
        new: &SessionRecord,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        let text = to_text(new)?;
        let old = hex(old);
        let can_rotate: u8 = self
            .run(&script::CAN_ROTATE, |call| {
                call.arg(&old).arg(audit.at).arg(hex(&new.digest)).arg(new.id.as_str());
            })
            .await?;
        match can_rotate {
            0 => return Ok(false),
            1 => {}
            _ => return Err(TAKEN),
        }
        let rotate = self.run(&script::ROTATE, |call| {
            call.arg(&old).arg(audit.at);
            session_arguments(call, new, &text);
        });
        let is_done = |noted: &Option<String>| noted.as_ref().is_some_and(|noted| noted != "0");
        let noted: Option<String> = self.recorded(audit, rotate, is_done).await?;
        match noted {
            None => Ok(false),
            Some(noted) if noted == "0" => Err(TAKEN),
            Some(noted) => self.announce(&[noted]).await.map(|()| true),
        }
    }

    async fn end(
        &self,
        account: &AccountId,
        session: &SessionId,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError> {
        let arguments = |call: &mut ScriptInvocation<'_>| {
            call.arg(account.as_str()).arg(session.as_str());
        };
        if !self.run::<bool>(&script::IS_HELD, arguments).await? {
            // It may be a second call after a lost answer: the other nodes have to learn of the end.
            self.announce_left().await?;
            return Ok(false);
        }
        let ended = EndedSessions::One(session);
        self.accounts.sessions_ended(account, ended, audit.at).await?;
        let end = self.run(&script::END, arguments);
        let noted: Option<String> = self.recorded(audit, end, Option::is_some).await?;
        let Some(noted) = noted else { return Ok(false) };
        // Also where the end cannot be announced: a second call finds no session any more.
        let announced = self.announce(&[noted]).await;
        self.accounts.sessions_ended(account, ended, audit.at).await?;
        announced.map(|()| true)
    }

    async fn end_others(
        &self,
        account: &AccountId,
        keep: Option<&SessionId>,
        audit: &AuditEntry,
    ) -> Result<u64, StoreError> {
        let arguments = |call: &mut ScriptInvocation<'_>| {
            call.arg(account.as_str()).arg(keep.map_or("", SessionId::as_str));
        };
        if !self.run::<bool>(&script::HAS_OTHERS, arguments).await? {
            self.announce_left().await?;
            return Ok(0);
        }
        let ended = EndedSessions::Others(keep);
        self.accounts.sessions_ended(account, ended, audit.at).await?;
        let end = self.run(&script::END_OTHERS, arguments);
        let is_done = |noted: &Vec<String>| !noted.is_empty();
        let noted: Vec<String> = self.recorded(audit, end, is_done).await?;
        if !noted.is_empty() {
            let announced = self.announce(&noted).await;
            self.accounts.sessions_ended(account, ended, audit.at).await?;
            announced?;
        }
        Ok(u64::try_from(noted.len()).unwrap_or(u64::MAX))
    }

    async fn list(&self, account: &AccountId, now: u64) -> Result<Vec<SessionRecord>, StoreError> {
        let found: Vec<(String, Vec<u8>, u64)> = self
            .run(&script::LIST, |call| {
                call.arg(account.as_str());
            })
            .await?;
        let mut sessions = Vec::new();
        for (digest, text, seen_at) in found {
            let digest = from_hex(&digest).ok_or(NOT_UNDERSTOOD)?;
            let session = from_text(digest, &text, seen_at)?;
            if !session.is_over(now) {
                sessions.push(session);
            }
        }
        sessions.sort_by(|one, other| {
            other.started_at.cmp(&one.started_at).then_with(|| one.id.cmp(&other.id))
        });
        Ok(sessions)
    }

    async fn data(
        &self,
        session: &SessionId,
        key: &str,
    ) -> Result<Option<(Vec<u8>, u64)>, StoreError> {
        let mut connection = self.connection.clone();
        let held: Option<Vec<u8>> = connection
            .hget(self.key("d", session.as_str()), key)
            .await
            .map_err(|error| failed(&error))?;
        let Some(held) = held else { return Ok(None) };
        let mut parts = held.splitn(2, |byte| *byte == b':');
        let version = parts.next().and_then(|text| std::str::from_utf8(text).ok()?.parse().ok());
        match (version, parts.next()) {
            (Some(version), Some(value)) => Ok(Some((value.to_vec(), version))),
            _ => Err(StoreError::NotUnderstood("session data")),
        }
    }

    async fn set_data(
        &self,
        session: &SessionId,
        key: &str,
        value: &[u8],
        seen: Option<u64>,
        now: u64,
    ) -> Result<DataWritten, StoreError> {
        short(key.len(), "a key of session data")?;
        short(value.len(), "session data")?;
        let seen = seen.map(|version| version.to_string()).unwrap_or_default();
        let written: i64 = self
            .run(&script::SET_DATA, |call| {
                call.arg(session.as_str()).arg(key).arg(value).arg(seen).arg(now);
            })
            .await?;
        Ok(match u64::try_from(written) {
            Ok(0) => DataWritten::Changed,
            Ok(version) => DataWritten::Done { version },
            Err(_) => DataWritten::Gone,
        })
    }

    async fn sweep_sessions(&self, now: u64, limit: u32) -> Result<u64, StoreError> {
        self.check().await?;
        self.announce_left().await?;
        self.sweep(&script::SWEEP_SESSIONS, now, limit).await
    }
}
