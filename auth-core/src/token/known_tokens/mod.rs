//! Tokens that were verified before: seen again, they cost a look-up and no signature.
//!
//! Only tokens that were accepted come in, so that a flood of others moves nothing out. An entry
//! holds as long as its token would be accepted if it were verified again: until `exp` with the
//! leeway of its verifier, and as long as keys and configuration are those it was verified with.
//! Whether it was revoked is asked for every request, known or not, after the look-up.

mod hash;
mod table;
#[cfg(test)]
mod tests;

use std::fmt;

use hash::TokenHash;
use table::Table;

pub use table::Perishable;

/// What is known of tokens that were verified before, in a table of fixed size that is read without a lock.
///
/// It forgets whenever it must, and mistakes no token for another one: an entry is found by the whole token
/// alone, and only as long as it [is good](Perishable::is_good). It does not know what was revoked: ask that
/// of each token that is found.
///
/// An [`Authenticator`](crate::Authenticator) has one of its own. This is for programs that verify tokens by
/// themselves.
///
/// ```
/// use auth_core::token::{KnownTokens, Perishable};
///
/// struct Caller {
///     name: &'static str,
///     expires_at: u64,
/// }
///
/// impl Perishable for Caller {
///     fn is_good(&self, now: u64) -> bool {
///         now < self.expires_at
///     }
/// }
///
/// let known = KnownTokens::new(4_096);
/// known.put(b"a-token", Caller { name: "alice", expires_at: 1_800_000_300 }, 1_800_000_000);
/// assert_eq!(known.get(b"a-token", 1_800_000_299, |caller| caller.name), Some("alice"));
/// assert_eq!(known.get(b"a-token", 1_800_000_300, |caller| caller.name), None);
/// ```
pub struct KnownTokens<V> {
    hash: TokenHash,
    /// None: none are to be known.
    table: Option<Table<V>>,
}

impl<V: Perishable> KnownTokens<V> {
    /// Room for so many tokens, rounded up to a multiple of eight; with 0 none are known.
    ///
    /// The empty table takes 16 bytes for each.
    #[must_use]
    pub fn new(entries: usize) -> Self {
        Self { hash: TokenHash::random(), table: (entries > 0).then(|| Table::new(entries)) }
    }

    /// What `take` takes of what is known of a token, if it is good at this time (in seconds since 1970).
    /// Takes no lock and allocates nothing.
    pub fn get<T>(&self, token: &[u8], now: u64, take: impl FnOnce(&V) -> T) -> Option<T> {
        self.table.as_ref()?.get(self.hash.of(token), token, now, take)
    }

    /// Keeps what is known of a token, as long as it is good and there is room.
    pub fn put(&self, token: &[u8], known: V, now: u64) {
        if let Some(table) = &self.table {
            table.put(self.hash.of(token), token, known, now);
        }
    }

    /// Forgets a token.
    pub fn remove(&self, token: &[u8]) {
        if let Some(table) = &self.table {
            table.remove(self.hash.of(token), token);
        }
    }
}

/// Shows how many may be known, never which.
impl<V: Perishable> fmt::Debug for KnownTokens<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let capacity = self.table.as_ref().map_or(0, Table::capacity);
        f.debug_struct("KnownTokens").field("capacity", &capacity).finish_non_exhaustive()
    }
}
