//! The first administrator.

use std::net::IpAddr;

use crate::accounts::Accounts;
use crate::model::{
    AccountId, Assignment, AssignmentKind, AssignmentOrigin, AuditEntry, AuditOutcome,
};
use crate::secret::{Digest, SecretText, random_base62};
use crate::store::{OneTimeKind, StoreError};

/// How many letters and digits a token has: 190 bits.
const LENGTH: usize = 32;

/// For how many seconds it is valid.
const VALID_SECONDS: u64 = 24 * 60 * 60;

/// A token for one use, for an application to hand out: too long to be guessed.
pub(super) fn token() -> SecretText {
    SecretText::new(random_base62(LENGTH))
}

impl Accounts {
    /// A token for the application to print when it starts: a signed-in caller who sends it to
    /// `POST admin/bootstrap` becomes the administrator. `None` if there is an administrator, or the
    /// settings name no role for one.
    ///
    /// It is valid for a day, for one use, and only as long as no account has that role.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn bootstrap_token(&self) -> Result<Option<SecretText>, StoreError> {
        let is_wanted = self.0.assigning.settings.administrator.is_some();
        if !is_wanted || self.has_administrator(None).await? {
            return Ok(None);
        }
        let token = token();
        let now = self.now();
        let digest = self.digest_of_token("bootstrap token", &token);
        let end = now.saturating_add(VALID_SECONDS);
        let put = self.0.stores.one_time.put(OneTimeKind::Bootstrap, &digest, None, b"", end, now);
        self.ask(put).await?;
        Ok(Some(token))
    }

    /// Makes an account the administrator, if the token is valid and no account is one yet. Whether it did.
    ///
    /// The token is used up in any case. The trail records the request and the address of its client.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn bootstrap(
        &self,
        account: &AccountId,
        token: &SecretText,
        request_id: Option<&str>,
        source: Option<IpAddr>,
    ) -> Result<bool, StoreError> {
        let entry = |event| {
            let entry = AuditEntry::new(self.now(), event).by(account).about(account);
            entry.in_request(request_id, source)
        };
        let now = self.now();
        let digest = self.digest_of_token("bootstrap token", token);
        let role = self.0.assigning.settings.administrator;
        let found = self.ask(self.0.stores.one_time.take(OneTimeKind::Bootstrap, &digest, now));
        let is_valid = found.await?.is_some();
        if let Some(role) = role.filter(|_| is_valid) {
            let assignment = Assignment {
                account: account.clone(),
                kind: AssignmentKind::Role,
                name: role.name().to_owned(),
                origin: AssignmentOrigin::Manual,
                granted_by: None,
                reason: "bootstrap token".to_owned(),
                granted_at: now,
                expires_at: None,
            };
            let entry = entry("assigned").with("kind", "role").with("name", role.name());
            let entry = entry.with("reason", "bootstrap token");
            let assigned = self.0.stores.assignments.assign_first(&assignment, now, &entry);
            let assigned = self.ask(assigned).await;
            self.forget_assignments(account);
            if assigned? {
                return Ok(true);
            }
        }
        let entry = entry("bootstrap_refused").outcome(AuditOutcome::Refused);
        self.ask(self.0.stores.audit.append(&entry)).await?;
        Ok(false)
    }

    /// What a token is found by.
    pub(super) fn digest_of_token(&self, purpose: &str, token: &SecretText) -> Digest {
        self.0.keys.current_mac(purpose, token.expose().as_bytes())
    }
}
