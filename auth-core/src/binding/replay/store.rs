//! What a store of used proofs promises.

use std::fmt;
use std::future::Future;
use std::ops::RangeInclusive;
use std::pin::Pin;

use thiserror::Error;

/// One use of a proof, as a store sees it: hashes, nothing of the proof itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsedProof {
    pub(crate) id: [u8; 32],
    pub(crate) sender: [u8; 32],
    pub(crate) now: u64,
    pub(crate) first_valid: u64,
    pub(crate) last_valid: u64,
}

impl UsedProof {
    /// A use at `now` of a proof that is accepted from its first second to its last, in seconds since
    /// 1970: for the tests of a store. Requests make their own.
    #[must_use]
    pub const fn new(id: [u8; 32], sender: [u8; 32], now: u64, valid: RangeInclusive<u64>) -> Self {
        Self { id, sender, now, first_valid: *valid.start(), last_valid: *valid.end() }
    }

    /// What is the same for two uses of one proof and differs between two proofs: the SHA-256 over
    /// the key, the `jti` and the `htu` of the proof.
    #[must_use]
    pub const fn id(&self) -> &[u8; 32] {
        &self.id
    }

    /// Who uses it: the SHA-256 over issuer and subject of the access token; over the key, where the proof
    /// comes without one. A store that limits
    /// what it keeps for one sender counts by it.
    #[must_use]
    pub const fn sender(&self) -> &[u8; 32] {
        &self.sender
    }

    /// The time of the use, in seconds since 1970.
    #[must_use]
    pub const fn now(&self) -> u64 {
        self.now
    }

    /// The first second since 1970 in which the proof is accepted. A store that has lost what it knew
    /// at some time cannot tell whether a proof was used that was accepted before then.
    #[must_use]
    pub const fn first_valid(&self) -> u64 {
        self.first_valid
    }

    /// The last second since 1970 in which the proof is accepted: so long it has to be remembered.
    #[must_use]
    pub const fn last_valid(&self) -> u64 {
        self.last_valid
    }
}

/// Whether a proof may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplayCheck {
    /// It is used for the first time, and is remembered from now on.
    Fresh,
    /// It was used before.
    Replayed,
}

/// Why a store cannot tell whether a proof was used before. The request is answered with 503.
#[derive(Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ReplayStoreError {
    /// The store remembers as many proofs as it can.
    #[error("the store of used proofs is full")]
    Full,
    /// The store remembers as many proofs of this sender as it may.
    #[error("the store of used proofs holds as many of this sender as it may")]
    SenderQuotaExceeded,
    /// The store cannot be reached.
    #[error("the store of used proofs cannot be reached")]
    NotReachable,
}

/// As `debug_in_words!` writes it, which a model of the memory store cannot reach.
impl std::fmt::Debug for ReplayStoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

/// Remembers which proofs were used.
///
/// [`MemoryReplayStore`](super::MemoryReplayStore) is the default. Where several nodes serve one API, a proof that
/// was used at one of them is new to the others, for as long as the window: a store that they share closes that gap.
///
/// ```
/// use std::collections::HashSet;
/// use std::sync::Mutex;
///
/// use auth_core::binding::{ReplayCheck, ReplayStore, ReplayStoreError, UsedProof};
///
/// /// In place of a table with a unique column.
/// #[derive(Default)]
/// struct Table(Mutex<HashSet<[u8; 32]>>);
///
/// impl ReplayStore for Table {
///     async fn record(&self, proof: &UsedProof) -> Result<ReplayCheck, ReplayStoreError> {
///         // insert into proofs (id, until) values ($1, $2) on conflict do nothing
///         let mut rows = self.0.lock().map_err(|_| ReplayStoreError::NotReachable)?;
///         let inserted = rows.insert(*proof.id());
///         Ok(if inserted { ReplayCheck::Fresh } else { ReplayCheck::Replayed })
///     }
/// }
/// ```
pub trait ReplayStore: Send + Sync + 'static {
    /// Remembers a proof, and tells whether it was there already, in one step: of two uses at the
    /// same time exactly one is [`ReplayCheck::Fresh`].
    ///
    /// It is asked last, when everything else about the request is accepted. It must come to an
    /// answer: how long it may take is up to the store.
    ///
    /// # Errors
    /// If that cannot be determined. The request is then rejected with 503.
    fn record(
        &self,
        proof: &UsedProof,
    ) -> impl Future<Output = Result<ReplayCheck, ReplayStoreError>> + Send;
}

type Recorded<'a> =
    Pin<Box<dyn Future<Output = Result<ReplayCheck, ReplayStoreError>> + Send + 'a>>;

/// [`ReplayStore`] behind a pointer.
trait Erased: Send + Sync {
    fn record<'a>(&'a self, proof: &'a UsedProof) -> Recorded<'a>;
}

impl<S: ReplayStore> Erased for S {
    fn record<'a>(&'a self, proof: &'a UsedProof) -> Recorded<'a> {
        Box::pin(ReplayStore::record(self, proof))
    }
}

/// Any store of used proofs.
pub(crate) struct AnyReplayStore(Box<dyn Erased>);

impl AnyReplayStore {
    pub(crate) fn new(store: impl ReplayStore) -> Self {
        Self(Box::new(store))
    }

    pub(crate) async fn record(&self, proof: &UsedProof) -> Result<ReplayCheck, ReplayStoreError> {
        self.0.record(proof).await
    }
}

impl fmt::Debug for AnyReplayStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnyReplayStore")
    }
}
