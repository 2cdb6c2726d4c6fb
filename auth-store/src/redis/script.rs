//! The scripts. Each is one step: Redis does nothing else while it runs.
//!
//! The first argument is the prefix of all keys. What may not fit is written first: where there is no
//! memory left, a script fails there and has changed nothing.
//!
//! | key | holds |
//! |---|---|
//! | `s:<digest>` | a session: `id`, `account`, `record`, `seen`, `idle`, `ends` |
//! | `i:<session>` | the digest of the session |
//! | `u:<account>` | the digests of its sessions |
//! | `e` | the digests of all sessions by the time from which on they are over |
//! | `d:<session>` | what the application keeps with it: version, colon, value |
//! | `1:<kind>:<digest>` | a one-time secret: `value`, `account`, `ends` |
//! | `c:<account>` | its one-time secrets: kind, colon, digest |
//! | `o` | all one-time secrets by their ends |
//! | `t:<digest>` | a counter of attempts: `start`, `ends`, `count` |
//! | `w` | all counters by the ends of their windows |
//! | `q` | changes that are to be announced: number, colon, session |
//! | `n` | the number of the last of them |

use std::sync::LazyLock;

use redis::{FromRedisValue, Script, ScriptInvocation};

use super::{RedisStore, StoreError, failed};

/// What several scripts have in common.
const COMMON: &str = r"
local prefix = ARGV[1]
local function number(value) return tonumber(value) end
local function text(value) return string.format('%.0f', value) end
local function session_end(seen, idle, ends) return math.min(number(ends), number(seen) + number(idle)) end
local function is_over(key, now)
  local it = redis.call('HMGET', key, 'seen', 'idle', 'ends')
  if not it[1] then return true end
  return number(now) >= session_end(it[1], it[2], it[3])
end
-- Writes a session: digest, id, account, record, seen, idle, ends from this argument on.
local function write_session(first)
  local digest, id, account = ARGV[first], ARGV[first + 1], ARGV[first + 2]
  local seen, idle, ends = ARGV[first + 4], ARGV[first + 5], ARGV[first + 6]
  redis.call('HSET', prefix .. 's:' .. digest, 'id', id, 'account', account,
    'record', ARGV[first + 3], 'seen', seen, 'idle', idle, 'ends', ends)
  redis.call('SET', prefix .. 'i:' .. id, digest)
  redis.call('SADD', prefix .. 'u:' .. account, digest)
  redis.call('ZADD', prefix .. 'e', text(session_end(seen, idle, ends)), digest)
end
-- Takes a session out, but leaves the data that belong to it; its id.
local function take_session_out(digest)
  local key = prefix .. 's:' .. digest
  local it = redis.call('HMGET', key, 'id', 'account')
  if it[1] then
    redis.call('DEL', key, prefix .. 'i:' .. it[1])
    redis.call('SREM', prefix .. 'u:' .. it[2], digest)
  end
  redis.call('ZREM', prefix .. 'e', digest)
  return it[1]
end
local function remove_session(digest)
  local id = take_session_out(digest)
  if id then redis.call('DEL', prefix .. 'd:' .. id) end
  return id
end
-- Notes a change that is to be announced. A session is ended even if there is no memory for the note.
local function note(id)
  local noted = redis.pcall('INCR', prefix .. 'n')
  if type(noted) == 'table' then return '0:' .. id end
  noted = text(noted) .. ':' .. id
  redis.pcall('RPUSH', prefix .. 'q', noted)
  return noted
end
local function remove_secret(name)
  local key = prefix .. '1:' .. name
  local account = redis.call('HGET', key, 'account')
  redis.call('DEL', key)
  redis.call('ZREM', prefix .. 'o', name)
  if account and account ~= '' then redis.call('SREM', prefix .. 'c:' .. account, name) end
end
";

macro_rules! scripts {
    ($($(#[$doc:meta])* $name:ident = $body:literal;)*) => {$(
        $(#[$doc])*
        pub(super) static $name: LazyLock<Script> =
            LazyLock::new(|| Script::new(&format!("{COMMON}{}", $body)));
    )*};
}

scripts! {
    /// Whether a session would be in the way of another one: its digest and its id.
    IS_TAKEN = r"
        if redis.call('EXISTS', prefix .. 's:' .. ARGV[2]) == 1 then return 1 end
        return redis.call('EXISTS', prefix .. 'i:' .. ARGV[3])";
    /// Adds a session, unless it is in the way of another one.
    CREATE = r"
        if redis.call('EXISTS', prefix .. 's:' .. ARGV[2]) == 1 then return 0 end
        if redis.call('EXISTS', prefix .. 'i:' .. ARGV[3]) == 1 then return 0 end
        write_session(2)
        return 1";
    /// What a rotation would do: 0: the session is gone; 1: put another one in its place; 2: be in the
    /// way of a third one.
    CAN_ROTATE = r"
        local old = ARGV[2]
        if is_over(prefix .. 's:' .. old, ARGV[3]) then return 0 end
        if redis.call('EXISTS', prefix .. 's:' .. ARGV[4]) == 1 then return 2 end
        local holder = redis.call('GET', prefix .. 'i:' .. ARGV[5])
        if holder and holder ~= old then return 2 end
        return 1";
    /// Puts a session in the place of another one. False: that is gone; 0: it is in the way of a third
    /// one; or what was noted.
    ROTATE = r"
        local old, digest, id = ARGV[2], ARGV[4], ARGV[5]
        if is_over(prefix .. 's:' .. old, ARGV[3]) then return false end
        if redis.call('EXISTS', prefix .. 's:' .. digest) == 1 then return '0' end
        local holder = redis.call('GET', prefix .. 'i:' .. id)
        if holder and holder ~= old then return '0' end
        local old_id = redis.call('HGET', prefix .. 's:' .. old, 'id')
        -- The key of the id has to be taken out before it is written, and memory found before that.
        redis.call('HSET', prefix .. 's:' .. digest, 'id', id)
        if old_id == id then take_session_out(old) else remove_session(old) end
        write_session(4)
        return note(old_id)";
    /// Notes uses: pairs of digest and time.
    TOUCH = r"
        for at = 2, #ARGV, 2 do
          local digest, now = ARGV[at], ARGV[at + 1]
          local key = prefix .. 's:' .. digest
          local it = redis.call('HMGET', key, 'seen', 'idle', 'ends')
          if it[1] and number(it[1]) < number(now)
            and number(now) < session_end(it[1], it[2], it[3]) then
            redis.call('HSET', key, 'seen', now)
            redis.call('ZADD', prefix .. 'e', text(session_end(now, it[2], it[3])), digest)
          end
        end
        return 1";
    /// Whether the account has this session.
    IS_HELD = r"
        local digest = redis.call('GET', prefix .. 'i:' .. ARGV[3])
        if not digest then return 0 end
        if redis.call('HGET', prefix .. 's:' .. digest, 'account') ~= ARGV[2] then return 0 end
        return 1";
    /// Ends a session of an account; what was noted, or false.
    END = r"
        local digest = redis.call('GET', prefix .. 'i:' .. ARGV[3])
        if not digest then return false end
        if redis.call('HGET', prefix .. 's:' .. digest, 'account') ~= ARGV[2] then return false end
        local noted = note(ARGV[3])
        remove_session(digest)
        return noted";
    /// Whether the account has sessions other than this one.
    HAS_OTHERS = r"
        for _, digest in ipairs(redis.call('SMEMBERS', prefix .. 'u:' .. ARGV[2])) do
          if redis.call('HGET', prefix .. 's:' .. digest, 'id') ~= ARGV[3] then return 1 end
        end
        return 0";
    /// Ends them; what was noted.
    END_OTHERS = r"
        local noted = {}
        for _, digest in ipairs(redis.call('SMEMBERS', prefix .. 'u:' .. ARGV[2])) do
          local id = redis.call('HGET', prefix .. 's:' .. digest, 'id')
          if id ~= ARGV[3] then
            if id then noted[#noted + 1] = note(id) end
            remove_session(digest)
          end
        end
        return noted";
    /// The sessions of an account: digest, record and time of the last use of each.
    LIST = r"
        local found = {}
        for _, digest in ipairs(redis.call('SMEMBERS', prefix .. 'u:' .. ARGV[2])) do
          local it = redis.call('HMGET', prefix .. 's:' .. digest, 'record', 'seen')
          if it[1] then found[#found + 1] = {digest, it[1], it[2]} end
        end
        return found";
    /// Writes data of a session over the version that was seen (empty: none): the version that they have
    /// now, 0 if they have another one, -1 if the session is over.
    SET_DATA = r"
        local digest = redis.call('GET', prefix .. 'i:' .. ARGV[2])
        if not digest or is_over(prefix .. 's:' .. digest, ARGV[6]) then return '-1' end
        local key = prefix .. 'd:' .. ARGV[2]
        local held = redis.call('HGET', key, ARGV[3])
        local version = ''
        if held then version = string.match(held, '^(%d+):') end
        if version ~= ARGV[5] then return '0' end
        local new = text((number(version) or 0) + 1)
        redis.call('HSET', key, ARGV[3], new .. ':' .. ARGV[4])
        return new";
    /// Removes sessions that are over; how many.
    SWEEP_SESSIONS = r"
        local over = redis.call('ZRANGE', prefix .. 'e', '-inf', ARGV[2], 'BYSCORE', 'LIMIT', 0, ARGV[3])
        for _, digest in ipairs(over) do remove_session(digest) end
        return #over";
    /// Keeps a secret, unless there is one: kind, digest, account, value, end, time.
    PUT = r"
        local name = ARGV[2] .. ':' .. ARGV[3]
        local key = prefix .. '1:' .. name
        local ends = redis.call('HGET', key, 'ends')
        if ends and number(ARGV[7]) < number(ends) then return 0 end
        local before = redis.call('HGET', key, 'account')
        redis.call('HSET', key, 'value', ARGV[5], 'account', ARGV[4], 'ends', ARGV[6])
        if before and before ~= '' then redis.call('SREM', prefix .. 'c:' .. before, name) end
        if ARGV[4] ~= '' then redis.call('SADD', prefix .. 'c:' .. ARGV[4], name) end
        redis.call('ZADD', prefix .. 'o', ARGV[6], name)
        return 1";
    /// Takes a secret: kind, digest, time.
    TAKE = r"
        local name = ARGV[2] .. ':' .. ARGV[3]
        local it = redis.call('HMGET', prefix .. '1:' .. name, 'value', 'ends')
        if not it[1] or number(it[2]) <= number(ARGV[4]) then return false end
        remove_secret(name)
        return it[1]";
    /// Removes the secrets of a kind that an account has; how many.
    CLEAR = r"
        local removed = 0
        local kind = ARGV[2] .. ':'
        for _, name in ipairs(redis.call('SMEMBERS', prefix .. 'c:' .. ARGV[3])) do
          if string.sub(name, 1, #kind) == kind then
            remove_secret(name)
            removed = removed + 1
          end
        end
        return removed";
    /// Removes secrets that have expired; how many.
    SWEEP_SECRETS = r"
        local over = redis.call('ZRANGE', prefix .. 'o', '-inf', ARGV[2], 'BYSCORE', 'LIMIT', 0, ARGV[3])
        for _, name in ipairs(over) do remove_secret(name) end
        return #over";
    /// Counts an attempt: key, how many, window, time. Whether it is allowed, and how many are left or
    /// when the window ends.
    HIT = r"
        local key = prefix .. 't:' .. ARGV[2]
        local most, window, now = number(ARGV[3]), number(ARGV[4]), number(ARGV[5])
        local it = redis.call('HMGET', key, 'start', 'count')
        local start, count = now, 0
        if it[1] and now < number(it[1]) + window then start, count = number(it[1]), number(it[2]) end
        local ends = text(start + window)
        if count >= most then return {0, ends} end
        redis.call('HSET', key, 'start', text(start), 'count', text(count + 1))
        redis.call('ZADD', prefix .. 'w', ends, ARGV[2])
        return {1, text(most - count - 1)}";
    /// Forgets the attempts of a key.
    FORGIVE = r"
        redis.call('DEL', prefix .. 't:' .. ARGV[2])
        redis.call('ZREM', prefix .. 'w', ARGV[2])
        return 1";
    /// Removes counters whose window has ended; how many.
    SWEEP_ATTEMPTS = r"
        local over = redis.call('ZRANGE', prefix .. 'w', '-inf', ARGV[2], 'BYSCORE', 'LIMIT', 0, ARGV[3])
        for _, key in ipairs(over) do
          redis.call('DEL', prefix .. 't:' .. key)
          redis.call('ZREM', prefix .. 'w', key)
        end
        return #over";
}

/// How many records one script removes: others wait meanwhile.
const REMOVED_AT_ONCE: u32 = 500;

impl RedisStore {
    /// Runs a script with these arguments after the prefix.
    pub(super) async fn run<T: FromRedisValue>(
        &self,
        script: &Script,
        arguments: impl FnOnce(&mut ScriptInvocation<'_>),
    ) -> Result<T, StoreError> {
        let mut call = script.prepare_invoke();
        call.arg(&*self.prefix);
        arguments(&mut call);
        let mut connection = self.connection.clone();
        call.invoke_async(&mut connection).await.map_err(|error| failed(&error))
    }

    /// Runs a script that removes what is over at this time, until there is no more or this limit is
    /// reached; how much was removed.
    pub(super) async fn sweep(
        &self,
        script: &Script,
        now: u64,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let mut removed = 0_u64;
        let mut left = limit;
        while left > 0 {
            let at_once = left.min(REMOVED_AT_ONCE);
            let some: u32 = self
                .run(script, |call| {
                    call.arg(now).arg(at_once);
                })
                .await?;
            removed = removed.saturating_add(u64::from(some));
            left = left.saturating_sub(some);
            if some < at_once {
                break;
            }
        }
        Ok(removed)
    }
}
