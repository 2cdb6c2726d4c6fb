//! Sessions, one-time secrets and counters of attempts in Redis: what may be forgotten, for several
//! nodes.
//!
//! Accounts, factors, keys, assignments, the audit trail and the feed of changes are not kept here:
//! they must last. [`RedisStore`] is put beside a store that has them.
//!
//! ```no_run
//! # async fn setup(lasting: auth_accounts::store::Stores) -> Result<(), auth_store::redis::RedisError> {
//! use auth_store::redis::RedisStore;
//!
//! let redis = RedisStore::connect("redis://127.0.0.1/", &lasting).await?;
//! let stores = lasting.short_lived_in(redis);
//! # let _ = stores;
//! # Ok(()) }
//! ```
//!
//! # Steps
//! Every method is one script or one command, which Redis carries out alone. The times are those of the
//! caller: nothing is given to Redis to expire. What has expired is not answered, and is removed by the
//! sweeps. Times are kept below 2^53 seconds; later ones are refused.
//!
//! # Entries and changes
//! Redis and the other store have no transaction in common. So an entry of the trail is written
//! **before** the session is changed: where it cannot be written, nothing is changed. If the change then
//! fails, or another caller was faster, a second entry with the outcome `failed` says so; a node that
//! stops in between leaves an entry of what it did not do. A change of a session is noted in the same script
//! that makes it, is announced to the feed then, and crossed out. A node that stops in between leaves the
//! note, and the next sweep of any node announces it: a change may be announced twice, and is never left
//! out. When the feed cannot be reached, the call fails, though the session is ended.
//!
//! Grants of an authorization server that end with a session are revoked in the other store before the
//! session ends, so that a call that fails can be repeated, and once more after it, for grants that were made
//! in between.
//!
//! # What is acknowledged
//! [`RedisStore::connect`] demands `maxmemory-policy noeviction`: a counter that makes room for
//! another one would allow more attempts, and a session that does would end. A full Redis refuses what is
//! new; sessions can still be ended.
//!
//! It also demands that a restart does not bring back an older state: an append-only file, or nothing on
//! disk at all. A snapshot alone would revive sessions that were ended since, and secrets that were used.
//!
//! | `appendonly` | `appendfsync` | Redis is killed | the machine loses power |
//! |---|---|---|---|
//! | `yes` | `always` | nothing acknowledged is undone | nothing acknowledged is undone |
//! | `yes` | `everysec` | the last two seconds may be undone: while the disk is slow to sync, Redis keeps what it would write | the last one or two seconds are undone: what was ended or used in them comes back |
//! | `yes` | `no` | nothing acknowledged is undone | what the system has not written yet is undone, often half a minute |
//! | `no`, `save ""` | | all sessions end, all secrets are void, attempts are counted from zero | the same |
//!
//! Take `always` if no session may come back. The end of all sessions of an account does not depend on it:
//! that is the epoch of the account, in the other store.
//!
//! `kill -9` of Redis, again and again, while clients sign in and out, is one of the tests of this
//! project, with `appendonly yes` and `appendfsync always`, and once with nothing on disk: then sessions and
//! sign-ins that are half done are gone, and what has ended stays so. Codes, steps of TOTP, keys, epochs
//! and roles are in the other store, and do not depend on Redis at all.
//!
//! Three things are safe only as long as Redis remembers them: attempts, which are counted from zero after a
//! restart without a file; the marks of an authorization server that a pushed request, a client assertion or a
//! proof was used, which may then be used once more; and the proofs of [`RedisReplayStore`], which therefore
//! rejects what may have been used before a restart.
//!
//! A replica that becomes the master may lack the last writes, in every row of the table. Redis Cluster
//! is not supported: a script reaches keys in several slots. It is refused at the start.

mod attempts;
mod check;
mod one_time;
mod outbox;
mod replay;
mod script;
mod sessions;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use auth_accounts::secret::Digest;
use auth_accounts::store::{AccountStore, AuditStore, ChangeStore, StoreError, Stores};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};

use crate::MAX_VALUE_BYTES;

pub use check::RedisError;
pub use replay::RedisReplayStore;

/// What the names of all keys begin with, unless it is said otherwise.
const PREFIX: &str = "auth:";

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(1);

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(2);

/// A time from here on is not kept exactly in a script.
const FIRST_INEXACT: u64 = 1 << 53;

/// A store in Redis for sessions, one-time secrets and attempts. Clones are the same store.
///
/// All calls share one connection. When it is lost, calls fail until there is another one, which is
/// made without a restart.
#[derive(Clone)]
pub struct RedisStore {
    connection: ConnectionManager,
    prefix: Arc<str>,
    accounts: Arc<dyn AccountStore>,
    audit: Arc<dyn AuditStore>,
    changes: Arc<dyn ChangeStore>,
}

impl RedisStore {
    /// Connects to the Redis at this address (`redis://[user:password@]host[:port][/database]`). The
    /// trail and the feed are those of the stores that it is put beside.
    ///
    /// # Errors
    /// If it cannot be reached, evicts keys when it is full, would bring back what was after a
    /// restart, or is a replica or a part of a cluster.
    pub async fn connect(url: &str, beside: &Stores) -> Result<Self, RedisError> {
        Self::connect_with_prefix(url, PREFIX, beside).await
    }

    /// The same with names of keys that begin with another text than `auth:`, for several applications
    /// in one Redis.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn connect_with_prefix(
        url: &str,
        prefix: &str,
        beside: &Stores,
    ) -> Result<Self, RedisError> {
        let store = Self {
            connection: connect(url).await?,
            prefix: prefix.into(),
            accounts: beside.accounts.clone(),
            audit: beside.audit.clone(),
            changes: beside.changes.clone(),
        };
        store.check().await?;
        Ok(store)
    }

    /// The name of a key.
    fn key(&self, table: &str, name: &str) -> String {
        format!("{}{table}:{name}", self.prefix)
    }
}

/// A connection to the Redis at this address, which is made anew when it is lost.
async fn connect(url: &str) -> Result<ConnectionManager, RedisError> {
    // The address has a password in it: what is wrong with it is not repeated.
    let client = redis::Client::open(url).map_err(|_| RedisError::Address)?;
    let config = ConnectionManagerConfig::new()
        .set_connection_timeout(Some(CONNECT))
        .set_response_timeout(Some(ANSWER))
        .set_number_of_retries(0);
    let connection = ConnectionManager::new_with_config(client, config).await;
    connection.map_err(|error| RedisError::Store(failed(&error)))
}

impl fmt::Debug for RedisStore {
    /// Shows the prefix, and not the address: that has a password in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

/// What an error of Redis means. Its text is not passed on, but for the class of it.
fn failed(error: &redis::RedisError) -> StoreError {
    if error.code() == Some("OOM") {
        return StoreError::Full("Redis");
    }
    match error.kind() {
        redis::ErrorKind::UnexpectedReturnType | redis::ErrorKind::Parse => {
            StoreError::NotUnderstood("an answer of Redis")
        }
        _ => StoreError::NotReachable(format!("Redis: {}", error.category())),
    }
}

/// A digest in the name of a key.
fn hex(digest: &Digest) -> String {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(64);
    for byte in digest.as_bytes() {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// A digest from the name of a key.
fn from_hex(text: &str) -> Option<Digest> {
    let mut bytes = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(Digest::from_bytes(bytes))
}

/// A time that a script keeps exactly.
fn exact(time: u64) -> Result<u64, StoreError> {
    if time < FIRST_INEXACT { Ok(time) } else { Err(StoreError::TooLong("a time")) }
}

/// A value that is as short as it must be.
fn short(length: usize, what: &'static str) -> Result<(), StoreError> {
    if length > MAX_VALUE_BYTES { Err(StoreError::TooLong(what)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_read_back_from_its_name() {
        let digest = Digest::of(&[b"a"]);
        assert_eq!(from_hex(&hex(&digest)), Some(digest));
        for text in ["", "00", &"g".repeat(64), &"é".repeat(32)] {
            assert_eq!(from_hex(text), None);
        }
    }
}
