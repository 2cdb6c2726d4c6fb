//! Which factors an account has, and what they are asked for.

use auth_core::policy::StepUp;

use super::enrolment::ACTIVE;
use super::freshness::{fresh_factor, has_fresh_factor, is_second};
use super::settings::DeliveredCodes;
use super::totp::TotpSecret;
use super::wire_name;
use crate::accounts::Accounts;
use crate::delivery::Notice;
use crate::model::{
    Account, AccountId, AuditEntry, FactorId, FactorKind, FactorRecord, ProvedFactor, SessionId,
};
use crate::secret::SecretText;
use crate::store::StoreError;

/// Why a factor is not removed.
#[derive(Debug)]
pub(crate) enum RemoveError {
    /// The account has no such factor.
    NotFound,
    /// It is the only way to sign in to the account.
    LastWayIn,
    /// It is the last second factor, and the password may be too short to be alone.
    LastSecondFactor,
    Store(StoreError),
}

impl From<StoreError> for RemoveError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Accounts {
    /// What an account is asked for after its first factor; nothing if it has no second one.
    pub(crate) async fn second_factors(
        &self,
        account: &Account,
    ) -> Result<Vec<FactorKind>, StoreError> {
        let factors = self.ask(self.0.stores.factors.factors(&account.id)).await?;
        let has = |kind| factors.iter().any(|it| it.kind == kind);
        let held = [FactorKind::Totp, FactorKind::Passkey].into_iter();
        let mut kinds: Vec<FactorKind> = held.filter(|kind| has(*kind)).collect();
        if !kinds.is_empty() {
            let left = self.0.stores.factors.recovery_codes_left(&account.id);
            if self.ask(left).await? > 0 {
                kinds.push(FactorKind::Recovery);
            }
        } else if self.sends_codes_to(account) {
            kinds.push(FactorKind::Code);
        }
        Ok(kinds)
    }

    pub(super) fn sends_codes_to(&self, account: &Account) -> bool {
        self.0.factors.delivered_codes == DeliveredCodes::SecondStep
            && self.0.delivery.is_some()
            && account.email.is_some()
            && account.email_verified_at.is_some()
    }

    /// Whether a code that was sent counts as a factor of its own.
    pub(crate) fn code_is_a_factor(&self) -> bool {
        self.0.factors.code_is_a_factor()
    }

    /// Whether an account has a TOTP or a passkey. A code that is sent does not count.
    pub(crate) async fn holds_second_factor(
        &self,
        account: &AccountId,
    ) -> Result<bool, StoreError> {
        Ok(self.factors(account).await?.iter().any(|it| is_second(it.kind)))
    }

    /// The second factors and passkeys of an account, the oldest first.
    pub(crate) async fn factors(
        &self,
        account: &AccountId,
    ) -> Result<Vec<FactorRecord>, StoreError> {
        self.ask(self.0.stores.factors.factors(account)).await
    }

    /// How many recovery codes an account has left.
    pub(crate) async fn recovery_codes_left(&self, account: &AccountId) -> Result<u64, StoreError> {
        self.ask(self.0.stores.factors.recovery_codes_left(account)).await
    }

    /// What has to be proved in this session before the factors of its account are changed or a key is
    /// made; nothing, if it was proved lately enough.
    pub(crate) async fn lacks_fresh_factor(
        &self,
        account: &AccountId,
        session: &SessionId,
    ) -> Result<Option<StepUp>, StoreError> {
        let held = self.factors(account).await?;
        let now = self.now();
        let sessions = self.sessions_of(account, now).await?;
        let own = sessions.iter().find(|it| it.id == *session);
        let is_fresh = own.is_some_and(|it| has_fresh_factor(&held, &it.factors, now));
        Ok((!is_fresh).then(|| {
            let mut step_up = fresh_factor(&held);
            step_up.start = self.0.sessions.sign_in_path();
            step_up
        }))
    }

    /// Proves a TOTP: the code is one of the account's, of a time step that none was accepted of. Of
    /// concurrent requests with the same code, one succeeds.
    pub(crate) async fn prove_totp(
        &self,
        account: &AccountId,
        code: &SecretText,
    ) -> Result<Option<ProvedFactor>, StoreError> {
        let factors = self.factors(account).await?;
        let now = self.now();
        // Every factor is looked at, so that time does not tell which one it was.
        let mut candidates = Vec::new();
        for factor in factors.into_iter().filter(|it| it.kind == FactorKind::Totp) {
            let secret = self.0.keys.open(ACTIVE, account.as_str(), &factor.sealed);
            let Some(secret) = secret.and_then(|it| TotpSecret::from_bytes(&it)) else {
                tracing::error!(
                    factor = factor.id.as_str(),
                    key = factor.sealed.key,
                    "the secret of a TOTP cannot be opened: its codes are rejected"
                );
                continue;
            };
            candidates.extend(secret.step_of(code.expose(), now).map(|step| (factor.id, step)));
        }
        for (id, step) in candidates {
            if self.ask(self.0.stores.factors.accept_step(&id, step, now)).await? {
                let kind = FactorKind::Totp;
                return Ok(Some(ProvedFactor {
                    kind,
                    at: now,
                    id: Some(id),
                    user_verified: false,
                }));
            }
        }
        Ok(None)
    }

    /// Removes a factor. With the last second factor its recovery codes go, too: there is nothing left
    /// that they could replace. Whether the owner may do so, the caller has to check before.
    pub(crate) async fn remove_factor(
        &self,
        account: &AccountId,
        factor: &FactorId,
    ) -> Result<(), RemoveError> {
        let held = self.factors(account).await?;
        let found = held.iter().find(|it| it.id == *factor).ok_or(RemoveError::NotFound)?;
        let others = || held.iter().filter(|it| it.id != *factor);
        if found.kind == FactorKind::Passkey && !others().any(|it| it.kind == FactorKind::Passkey) {
            let owner = self.ask(self.0.stores.accounts.load(account)).await?;
            if owner.is_none_or(|it| it.password.is_none()) {
                return Err(RemoveError::LastWayIn);
            }
        }
        if self.0.passwords.beside_a_second_factor && !others().any(|it| is_second(it.kind)) {
            return Err(RemoveError::LastSecondFactor);
        }
        let now = self.now();
        let audit = AuditEntry::new(now, "factor_removed")
            .by(account)
            .about(account)
            .with("factor", factor.as_str())
            .with("kind", wire_name(found.kind));
        let remove = self.0.stores.factors.remove_factor(account, factor, &audit);
        if !self.ask(remove).await? {
            return Err(RemoveError::NotFound);
        }
        self.tell_owner(account, Notice::FactorRemoved);
        if !others().any(|it| is_second(it.kind)) {
            let audit = AuditEntry::new(now, "recovery_codes_removed").by(account).about(account);
            let clear = self.0.stores.factors.replace_recovery_codes(account, &[], &audit);
            self.ask(clear).await?;
        }
        Ok(())
    }
}
