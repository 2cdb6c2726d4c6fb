//! Tokens that were verified before: seen again, they cost a look-up and no signature.
//!
//! Only tokens that were accepted come in, so that a flood of others moves nothing out. An entry
//! holds as long as its token would be accepted if it were verified again: until `exp` with the
//! leeway of its verifier, and as long as keys and configuration are those it was verified with.
//! Whether it was revoked is asked for every request, known or not, after the look-up.

mod copies;
mod hash;
mod table;
#[cfg(test)]
mod tests;

use std::fmt;

use super::builder::AuthenticatorError;
use crate::identity::Identity;
use copies::Copies;
use hash::TokenHash;
use table::{Perishable, Table};

/// Enough for the callers of a service in five minutes, and some 20 MB with tokens of 1.2 KB.
const DEFAULT_ENTRIES: usize = 4_096;
const MAX_ENTRIES: usize = 1 << 20;

/// How many tokens are to be known.
#[derive(Clone, Copy, Debug)]
pub(super) struct CacheSize(usize);

impl CacheSize {
    /// So many, if they are not too many.
    pub(super) const fn of(entries: usize) -> Result<Self, AuthenticatorError> {
        if entries > MAX_ENTRIES {
            Err(AuthenticatorError::TokenCacheTooLarge(entries))
        } else {
            Ok(Self(entries))
        }
    }
}

impl Default for CacheSize {
    fn default() -> Self {
        Self(DEFAULT_ENTRIES)
    }
}

/// The tokens that are known.
pub(super) struct KnownTokens {
    hash: TokenHash,
    /// None: none are to be known.
    table: Option<Table<Copies>>,
}

impl KnownTokens {
    pub(super) fn new(size: CacheSize) -> Self {
        let CacheSize(entries) = size;
        Self { hash: TokenHash::random(), table: (entries > 0).then(|| Table::new(entries)) }
    }

    /// Whom a token names, if it is known and would still be accepted at this time, were it not
    /// revoked. Takes no lock and allocates nothing.
    pub(super) fn get(&self, token: &[u8], now: u64) -> Option<Identity> {
        self.table.as_ref()?.get(self.hash.of(token), token, now, Copies::for_this_thread)
    }

    /// Keeps whom a token names, as long as it would be accepted.
    pub(super) fn put(&self, token: &[u8], identity: &Identity, now: u64) {
        if let Some(table) = &self.table {
            table.put(self.hash.of(token), token, Copies::of(identity.clone()), now);
        }
    }

    /// Forgets a token that is no longer valid.
    pub(super) fn remove(&self, token: &[u8]) {
        if let Some(table) = &self.table {
            table.remove(self.hash.of(token), token);
        }
    }
}

impl Perishable for Identity {
    fn is_good(&self, now: u64) -> bool {
        let token = self.authentication().token();
        token.is_some_and(|token| !token.is_expired(now) && token.is_current(now))
    }
}

/// Shows how many may be known, never which.
impl fmt::Debug for KnownTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let capacity = self.table.as_ref().map_or(0, Table::capacity);
        f.debug_struct("KnownTokens").field("capacity", &capacity).finish_non_exhaustive()
    }
}
