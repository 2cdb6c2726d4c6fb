//! Proofs that were used, for all nodes of an API.

use std::fmt;
use std::sync::{Arc, LazyLock};

use auth_accounts::store::StoreError;
use auth_core::binding::{ReplayCheck, ReplayStore, ReplayStoreError, UsedProof};
use redis::Script;
use redis::aio::ConnectionManager;

use super::{PREFIX, RedisError, check, connect, failed};

/// How many proofs of one sender are remembered at most.
const OF_ONE_SENDER: u32 = 100_000;

/// Records a use: prefix, id, sender, now, first and last second of the proof, how many of a sender.
///
/// A new id of the run shows a restart, or another server, and with it that proofs may be lost. From then on a proof
/// that may have been used before is not accepted. The time up to which proofs are removed is stored before they are
/// removed, and proofs are kept for five minutes longer than they have to be: so the clocks of the nodes may differ
/// by that much even where there is no room to write. Removing takes no room.
static RECORD: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        r"
local prefix, id, sender = ARGV[1] .. 'r:', ARGV[2], ARGV[3]
local now, first, last, most = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local function text(value) return string.format('%.0f', value) end
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
if not run then return 'unknown' end
if redis.call('GET', prefix .. 'run') ~= run then
  local since = tonumber(redis.call('GET', prefix .. 'since') or '0')
  redis.call('SET', prefix .. 'since', text(math.max(since, now)))
  redis.call('SET', prefix .. 'run', run)
end
local forgotten = tonumber(redis.call('GET', prefix .. 'forgotten') or '0')
local until_now = now - 300
if until_now > forgotten then
  local over = redis.call('ZRANGE', prefix .. 'e', '-inf', '(' .. text(until_now), 'BYSCORE', 'LIMIT', 0, 100)
  if #over > 0 then
    redis.pcall('SET', prefix .. 'forgotten', text(until_now))
    forgotten = until_now
  end
  for _, it in ipairs(over) do
    local whose = redis.call('HGET', prefix .. 'p', it)
    redis.call('HDEL', prefix .. 'p', it)
    redis.call('ZREM', prefix .. 'e', it)
    if whose then redis.call('SREM', prefix .. 's:' .. whose, it) end
  end
end
if last < forgotten or redis.call('ZSCORE', prefix .. 'e', id) then return 'used' end
if first <= tonumber(redis.call('GET', prefix .. 'since')) then return 'unknown' end
if redis.call('SCARD', prefix .. 's:' .. sender) >= most then return 'quota' end
redis.call('ZADD', prefix .. 'e', text(last), id)
redis.call('HSET', prefix .. 'p', id, sender)
redis.call('SADD', prefix .. 's:' .. sender, id)
return 'new'",
    )
});

/// Remembers in Redis which `DPoP` proofs were used, so that a proof that was used at one node is used up
/// at all of them.
///
/// ```no_run
/// # async fn dpop() -> Result<auth_core::binding::Dpop, Box<dyn std::error::Error>> {
/// use auth_core::binding::Dpop;
/// use auth_store::redis::RedisReplayStore;
///
/// let used = RedisReplayStore::connect("redis://127.0.0.1/").await?;
/// # Ok(
/// Dpop::builder("https://api.example.com").replay_store(used).build()?
/// # )
/// # }
/// ```
///
/// # After a restart
/// A Redis that was restarted, or another one that took its place, may have lost the last proofs, or all. The time of
/// the first use after that is stored. Proofs that were valid before it may have been used, and are rejected with
/// 503; proofs that are made later than one lifetime of proofs after it are accepted again. The same holds when the
/// store is used for the first time.
///
/// # Bounds
/// A proof takes some 300 bytes, until five minutes after its time. One sender has at most 100,000 of
/// them, so that one caller does not fill Redis. If Redis is full all the same, proofs are rejected with 503: it
/// evicts nothing, which is checked at the start.
///
/// The clocks of the nodes must not differ by more than five minutes, and where a restart of Redis may lose proofs, not
/// by more than proofs are valid for.
#[derive(Clone)]
pub struct RedisReplayStore {
    connection: ConnectionManager,
    prefix: Arc<str>,
    of_one_sender: u32,
}

impl RedisReplayStore {
    /// Connects to the Redis at this address (`redis://[user:password@]host[:port][/database]`).
    ///
    /// # Errors
    /// As [`RedisStore::connect`](super::RedisStore::connect).
    pub async fn connect(url: &str) -> Result<Self, RedisError> {
        Self::connect_with_prefix(url, PREFIX).await
    }

    /// The same with names of keys that begin with another text than `auth:`, for several applications
    /// in one Redis.
    ///
    /// # Errors
    /// As [`connect`](Self::connect).
    pub async fn connect_with_prefix(url: &str, prefix: &str) -> Result<Self, RedisError> {
        let connection = connect(url).await?;
        check::check(connection.clone()).await?;
        Ok(Self { connection, prefix: prefix.into(), of_one_sender: OF_ONE_SENDER })
    }

    /// How many proofs of one sender are remembered at most, instead of 100,000; more are rejected with
    /// 503.
    #[must_use]
    pub fn most_for_one_sender(mut self, proofs: u32) -> Self {
        self.of_one_sender = proofs.max(1);
        self
    }
}

impl ReplayStore for RedisReplayStore {
    async fn record(&self, proof: &UsedProof) -> Result<ReplayCheck, ReplayStoreError> {
        let mut call = RECORD.prepare_invoke();
        // Two proofs with the same half of a digest cannot be found.
        let short = |digest: &[u8; 32]| digest.first_chunk::<16>().copied().unwrap_or_default();
        call.arg(&*self.prefix)
            .arg(&short(proof.id())[..])
            .arg(&short(proof.sender())[..])
            .arg(proof.now())
            .arg(proof.first_valid())
            .arg(proof.last_valid())
            .arg(self.of_one_sender);
        let mut connection = self.connection.clone();
        let verdict: Result<String, _> = call.invoke_async(&mut connection).await;
        match verdict.as_deref() {
            Ok("new") => Ok(ReplayCheck::Fresh),
            Ok("used") => Ok(ReplayCheck::Replayed),
            Ok("quota") => Err(ReplayStoreError::SenderQuotaExceeded),
            Ok("unknown") => {
                tracing::warn!(
                    "Redis was started anew: a proof that may have been used is rejected"
                );
                Err(ReplayStoreError::NotReachable)
            }
            Ok(_) => Err(ReplayStoreError::NotReachable),
            Err(error) => match failed(error) {
                StoreError::Full(_) => Err(ReplayStoreError::Full),
                error => {
                    tracing::error!(%error, "whether a proof was used is not known");
                    Err(ReplayStoreError::NotReachable)
                }
            },
        }
    }
}

impl fmt::Debug for RedisReplayStore {
    /// Shows the prefix, and not the address: that has a password in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisReplayStore").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}
