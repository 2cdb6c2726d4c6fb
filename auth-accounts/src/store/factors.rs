use async_trait::async_trait;

use super::StoreError;
use crate::model::{AccountId, AuditEntry, FactorId, FactorRecord};
use crate::secret::{Digest, Sealed};

/// Whether a factor was added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactorAdded {
    /// It was.
    Done,
    /// An account has a passkey with this credential id.
    CredentialTaken,
    /// There is no such account.
    NoAccount,
}

/// Second factors, passkeys and recovery codes.
#[async_trait]
pub trait FactorStore: Send + Sync + 'static {
    /// The factors of an account, the oldest first.
    async fn factors(&self, account: &AccountId) -> Result<Vec<FactorRecord>, StoreError>;

    /// The passkey with this credential id.
    async fn passkey(&self, credential_id: &[u8]) -> Result<Option<FactorRecord>, StoreError>;

    /// Adds a factor; none is ever replaced.
    async fn add_factor(
        &self,
        factor: &FactorRecord,
        audit: &AuditEntry,
    ) -> Result<FactorAdded, StoreError>;

    /// Removes a factor of this account. False: there is no such factor.
    async fn remove_factor(
        &self,
        account: &AccountId,
        factor: &FactorId,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError>;

    /// Takes this time step, if the factor has taken none that is as late. False: it has, or is gone.
    async fn accept_step(&self, factor: &FactorId, step: u64, now: u64)
    -> Result<bool, StoreError>;

    /// Writes counter and state of a passkey after it was used, if its counter is still the one that
    /// the caller saw. False: it is another one, or the factor is gone.
    async fn accept_counter(
        &self,
        factor: &FactorId,
        seen: u32,
        new: u32,
        sealed: &Sealed,
        now: u64,
    ) -> Result<bool, StoreError>;

    /// Replaces all recovery codes of an account by these, in one step.
    async fn replace_recovery_codes(
        &self,
        account: &AccountId,
        codes: &[Digest],
        audit: &AuditEntry,
    ) -> Result<(), StoreError>;

    /// Uses a recovery code up. False: the account has no such code (any more).
    async fn take_recovery_code(
        &self,
        account: &AccountId,
        code: &Digest,
        audit: &AuditEntry,
    ) -> Result<bool, StoreError>;

    /// How many recovery codes an account has left.
    async fn recovery_codes_left(&self, account: &AccountId) -> Result<u64, StoreError>;
}
