//! What callers hold, asked of the store.

use auth_core::authenticator::AssignmentQuery;
use auth_core::{AssignmentSource, Assignments};

use crate::accounts::Accounts;
use crate::model::{Account, AccountId, Assignment, AssignmentKind};
use crate::store::StoreError;

/// What the accounts hold, for the authenticator: see [`Accounts::assignment_source`].
#[derive(Clone, Debug)]
pub struct StoredAssignments(Accounts);

impl Accounts {
    /// The roles and groups that are assigned to accounts, for
    /// [`Authenticator::builder().assignment_source(..)`](auth_core::authenticator::AuthenticatorBuilder::assignment_source).
    ///
    /// It answers for callers whom these accounts vouch for, with any credential, and says
    /// all that they hold; an API key has a ceiling of its own. Of callers of other issuers it says
    /// nothing. It knows no tenants: in one, accounts hold nothing, so an application with tenants has a
    /// source of its own.
    ///
    /// What has expired does not count, and no answer is kept past the end of what it says. When the store does not
    /// answer, requests are answered with 503. Answers are kept as [`assignment_cache`](Self::assignment_cache) says.
    #[must_use]
    pub fn assignment_source(&self) -> StoredAssignments {
        StoredAssignments(self.clone())
    }
}

impl Accounts {
    /// What this account holds at this time, by any origin.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn assignments_of(&self, account: &AccountId) -> Result<Vec<Assignment>, StoreError> {
        let now = self.now();
        let held = self.ask(self.0.stores.assignments.assignments(account, now)).await?;
        Ok(held.into_iter().filter(|it| it.is_valid(now)).collect())
    }

    /// This account and what it holds at this time, by any origin: one question to the store. `None`: there is no
    /// such account.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn account_with_assignments(
        &self,
        account: &AccountId,
    ) -> Result<Option<(Account, Vec<Assignment>)>, StoreError> {
        let now = self.now();
        let stored = self.0.stores.assignments.account_with_assignments(account, now);
        let Some((account, mut held)) = self.ask(stored).await? else { return Ok(None) };
        held.retain(|it| it.is_valid(now));
        Ok(Some((account, held)))
    }
}

impl AssignmentSource for StoredAssignments {
    type Error = StoreError;

    async fn assignments(&self, caller: AssignmentQuery<'_>) -> Result<Assignments, StoreError> {
        let Self(accounts) = self;
        if caller.issuer() != accounts.issuer() {
            return Ok(Assignments::none());
        }
        let nothing = Assignments::none().replace_token_authorities();
        let nothing = nothing.roles::<&str>([]).permissions::<&str>([]).groups::<&str>([]);
        let (None, Ok(account)) = (caller.tenant(), AccountId::parse(caller.subject())) else {
            return Ok(nothing);
        };
        let now = accounts.now();
        let held = accounts.ask(accounts.0.stores.assignments.assignments(&account, now)).await?;
        let (mut roles, mut groups) = (Vec::new(), Vec::new());
        let mut answer = nothing;
        // Checked here, too: what a store forgets to check must not stay valid.
        for assignment in held.into_iter().filter(|it| it.is_valid(now)) {
            if let Some(end) = assignment.expires_at {
                answer = answer.valid_until(end);
            }
            match assignment.kind {
                AssignmentKind::Role => roles.push(assignment.name),
                AssignmentKind::Group => groups.push(assignment.name),
            }
        }
        Ok(answer.roles(roles).groups(groups))
    }
}
