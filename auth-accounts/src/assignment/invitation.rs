//! Invitations: roles and groups for the account that sends the token.

use serde::{Deserialize, Serialize};

use super::bootstrap::token;
use super::{AssignmentError, ByHand};
use crate::accounts::Accounts;
use crate::model::{AccountId, AssignmentKind, AuditEntry, AuditOutcome};
use crate::secret::SecretText;
use crate::store::{Created, OneTimeKind, StoreError};

/// What an invitation gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Who invites.
    pub by: AccountId,
    /// The roles and groups.
    pub names: Vec<(AssignmentKind, String)>,
    /// Why.
    pub reason: String,
    /// When what is assigned ends, in seconds since 1970.
    pub expires_at: Option<u64>,
}

impl Invitation {
    /// For how many seconds an invitation may be valid: 30 days.
    pub const MAX_VALID_SECONDS: u64 = 30 * 24 * 60 * 60;
    /// How many roles and groups one may name.
    pub const MAX_NAMES: usize = 16;
}

impl Accounts {
    /// A token with which one account gets what the invitation names: valid for so many seconds, at most
    /// [`Invitation::MAX_VALID_SECONDS`], and for one use.
    ///
    /// # Errors
    /// If the inviting account may not assign one of the names, or there are no names or too many.
    pub async fn invite(
        &self,
        invitation: &Invitation,
        valid_seconds: u64,
    ) -> Result<SecretText, AssignmentError> {
        let names = &invitation.names;
        if !(1..=Invitation::MAX_NAMES).contains(&names.len()) {
            return Err(AssignmentError::UnknownName);
        }
        for (kind, name) in names {
            self.allow_invitation(&invitation.by, *kind, name).await?;
        }
        super::by_hand::reason(&invitation.reason)?;
        let now = self.now();
        let end = now.saturating_add(valid_seconds.min(Invitation::MAX_VALID_SECONDS));
        let token = token();
        let digest = self.digest_of_token("invitation", &token);
        let value = serde_json::to_vec(invitation)
            .map_err(|_| StoreError::NotUnderstood("an invitation that is no JSON"))?;
        let by = Some(&invitation.by);
        // Written first: nothing may happen that is not in the trail.
        let entry = AuditEntry::new(now, "invited").by(&invitation.by);
        let entry = entry.with("names", listed(names)).with("reason", invitation.reason.as_str());
        self.ask(self.0.stores.audit.append(&entry)).await?;
        let put =
            self.0.stores.one_time.put(OneTimeKind::Invitation, &digest, by, &value, end, now);
        match self.ask(put).await? {
            Created::Created => Ok(token),
            Created::Taken => Err(StoreError::Full("a token was made twice").into()),
        }
    }

    /// Assigns what an invitation names, in the name of the account that invited, as far as that may still
    /// assign it. False: the token is not valid (any more).
    ///
    /// # Errors
    /// If the account that invited may not assign one of the names any more: the token is used up.
    pub async fn accept_invitation(
        &self,
        account: &AccountId,
        token: &SecretText,
    ) -> Result<bool, AssignmentError> {
        let now = self.now();
        let digest = self.digest_of_token("invitation", token);
        let found = self.ask(self.0.stores.one_time.take(OneTimeKind::Invitation, &digest, now));
        let Some(value) = found.await? else {
            let entry = AuditEntry::new(now, "invitation_refused").by(account).about(account);
            let entry = entry.outcome(AuditOutcome::Refused);
            self.ask(self.0.stores.audit.append(&entry)).await?;
            return Ok(false);
        };
        let invitation: Invitation = serde_json::from_slice(&value)
            .map_err(|_| StoreError::NotUnderstood("an invitation of another version"))?;
        // All or nothing, as far as that can be known before.
        for (kind, name) in &invitation.names {
            self.allow_invitation(&invitation.by, *kind, name).await?;
        }
        for (kind, name) in &invitation.names {
            let change = ByHand {
                actor: &invitation.by,
                account,
                kind: *kind,
                name,
                reason: &invitation.reason,
                request_id: None,
                source: None,
            };
            self.assign(&change, invitation.expires_at).await?;
        }
        Ok(true)
    }

    async fn allow_invitation(
        &self,
        by: &AccountId,
        kind: AssignmentKind,
        name: &str,
    ) -> Result<(), AssignmentError> {
        let name = self.0.assigning.name(kind, name).ok_or(AssignmentError::UnknownName)?;
        let may = self.may_assign(by, name).await?;
        if may { Ok(()) } else { Err(AssignmentError::MayNotAssign) }
    }
}

fn listed(names: &[(AssignmentKind, String)]) -> Vec<String> {
    names.iter().map(|(kind, name)| format!("{} {name}", kind.as_str())).collect()
}
