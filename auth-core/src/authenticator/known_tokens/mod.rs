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

use super::AuthenticatorBuilder;
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

impl Default for CacheSize {
    fn default() -> Self {
        Self(DEFAULT_ENTRIES)
    }
}

impl AuthenticatorBuilder {
    /// How many verified tokens are remembered, so that one that is seen again costs a look-up
    /// and no signature: by default 4,096, at most 1,048,576; 0 turns it off.
    ///
    /// The number is rounded up to a multiple of eight. The empty table takes 16 bytes for each; a
    /// token in it takes its own length and that of its claims in memory: about 5 KB for one of
    /// 1.2 KB, so that 4,096 of them take some 20 MB. The longest that the verifier accepts
    /// ([`max_token_bytes`](crate::token::JwtVerifierBuilder::max_token_bytes)) bounds them all.
    ///
    /// A token is forgotten when it expires, when the keys or the configuration of its issuer
    /// change, and when it is found to be revoked. Only tokens that were accepted are remembered.
    ///
    /// ```
    /// # use auth_core::Authenticator;
    /// let small = Authenticator::builder().token_cache(256);
    /// let off = Authenticator::builder().token_cache(0);
    /// ```
    pub fn token_cache(mut self, entries: usize) -> Self {
        if entries > MAX_ENTRIES {
            self.mistakes.push(AuthenticatorError::TokenCacheTooLarge(entries));
        }
        self.token_cache = CacheSize(entries);
        self
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
