//! Ordinary functions that ask for themselves.

use super::*;

pub(super) struct LedgerError(AuthError);
impl From<AuthError> for LedgerError {
    fn from(error: AuthError) -> Self {
        Self(error)
    }
}
impl std::fmt::Display for LedgerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[requires(permission = OrdersCancel)]
pub(super) fn cancel_in_ledger(caller: &Identity, id: u64) -> Result<u64, LedgerError> {
    #![expect(clippy::needless_return, reason = "an inner attribute")]
    const fn twice(id: u64) -> u64 {
        id * 2
    }
    let _ = caller;
    return Ok(twice(id));
}

#[requires(role = "admin", scope = Read)]
pub(super) async fn later(_: &auth_core::Identity) -> Result<(), AuthError> {
    std::future::ready(()).await;
    Ok(())
}

pub(super) struct Ledger(pub(super) u64);
impl Ledger {
    #[requires(role = Admin)]
    pub(super) fn balance<T: From<u64>>(&self, caller: &Identity) -> Result<T, LedgerError> {
        let _ = caller;
        Ok(self.0.into())
    }
}
