//! The callers behind tokens that were verified before, each for several threads.
//!
//! An [`Identity`] counts its clones. Threads that see the same token at
//! the same time would pass the line with that count to and fro, which takes as long as all the rest
//! of a look-up. So a few of them have a count of their own.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::builder::AuthenticatorError;
use crate::identity::{Authentication, Identity};
use crate::token::Perishable;

/// Enough for the callers of a service in five minutes, and some 20 MB with tokens of 1.2 KB.
const DEFAULT_ENTRIES: usize = 4_096;
const MAX_ENTRIES: usize = 1 << 20;

/// How many counts there are at most, one of them in the first copy.
const COPIES: usize = 8;

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

    pub(super) const fn entries(self) -> usize {
        self.0
    }
}

impl Default for CacheSize {
    fn default() -> Self {
        Self(DEFAULT_ENTRIES)
    }
}

/// A caller and its copies, each made for the first thread that asks for it.
pub(super) struct Copies {
    first: Identity,
    others: [OnceLock<Identity>; COPIES - 1],
}

impl Copies {
    pub(super) fn of(identity: Identity) -> Self {
        Self { first: identity, others: [const { OnceLock::new() }; COPIES - 1] }
    }

    /// The caller, counted where few other threads count.
    pub(super) fn for_this_thread(&self) -> Identity {
        match place().checked_sub(1).and_then(|place| self.others.get(place)) {
            Some(copy) => copy.get_or_init(|| self.first.counted_anew()).clone(),
            None => self.first.clone(),
        }
    }
}

impl Perishable for Copies {
    fn is_good(&self, now: u64) -> bool {
        self.first.authentication().is_good(now)
    }
}

impl Perishable for Authentication {
    fn is_good(&self, now: u64) -> bool {
        self.token().is_some_and(|token| !token.is_expired(now) && token.is_current(now))
    }
}

/// The copy of this thread: threads take turns.
fn place() -> usize {
    static THREADS: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static PLACE: usize = THREADS.fetch_add(1, Ordering::Relaxed) % COPIES;
    }
    PLACE.try_with(|place| *place).unwrap_or(0)
}
