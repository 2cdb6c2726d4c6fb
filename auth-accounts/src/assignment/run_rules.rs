//! Running the rules.

use super::Rule;
use super::settings::kind_of;
use crate::accounts::Accounts;
use crate::model::{AccountId, Assignment, AssignmentOrigin, AuditEntry};
use crate::store::StoreError;

impl Accounts {
    /// Gives an account what the rules assign, and takes away what they assigned before and no longer
    /// do. What people have assigned stays.
    ///
    /// Call it after sign-up, at each sign-in, and when the address of an account was changed or
    /// verified. Writes nothing when nothing changes.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn run_rules(&self, account: &AccountId) -> Result<(), StoreError> {
        // Also where there is no rule any more: what the last one assigned is taken away.
        let rules = &self.0.assigning.settings.rules;
        // Read now: what the caller holds of the account may be from before its address changed.
        let Some(account) = self.ask(self.0.stores.accounts.load(account)).await? else {
            return Ok(());
        };
        let given = rules.iter().filter_map(|rule| Some((rule, rule.reason(&account)?)));
        self.replace(&account.id, AssignmentOrigin::Rule, given).await
    }

    /// The same for the rules of a provider, after a sign-in there: `issuer` is the provider, `groups`
    /// those that it says the person is in.
    ///
    /// What was assigned by another provider is replaced: the last sign-in says what counts.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn run_provider_rules(
        &self,
        account: &AccountId,
        issuer: &str,
        groups: &[&str],
    ) -> Result<(), StoreError> {
        let rules = &self.0.assigning.settings.rules;
        let given =
            rules.iter().filter_map(|rule| Some((rule, rule.reason_by_provider(issuer, groups)?)));
        self.replace(account, AssignmentOrigin::Provider, given).await
    }

    /// Runs the rules for every account, after they were changed; how many accounts there are.
    ///
    /// # Errors
    /// If the store does not answer: some accounts have the old ones then.
    pub async fn run_rules_for_all(&self) -> Result<u64, StoreError> {
        const PAGE: u32 = 200;
        let (mut after, mut count) = (None, 0);
        loop {
            let page = self.ask(self.0.stores.accounts.search("", after.as_ref(), PAGE)).await?;
            for account in &page {
                self.run_rules(&account.id).await?;
                count += 1;
            }
            let Some(last) = page.last() else { return Ok(count) };
            after = Some(last.id.clone());
        }
    }

    async fn replace(
        &self,
        account: &AccountId,
        origin: AssignmentOrigin,
        given: impl Iterator<Item = (&Rule, String)> + Send,
    ) -> Result<(), StoreError> {
        let now = self.now();
        let mut wanted: Vec<Assignment> = Vec::new();
        for (rule, reason) in given {
            for name in &rule.names {
                let Some(kind) = kind_of(*name) else { continue };
                // Of several rules for one name the first is the reason.
                if wanted.iter().any(|it| it.kind == kind && it.name == name.name()) {
                    continue;
                }
                wanted.push(Assignment {
                    account: account.clone(),
                    kind,
                    name: name.name().to_owned(),
                    origin,
                    granted_by: None,
                    reason: reason.clone(),
                    granted_at: now,
                    expires_at: None,
                });
            }
        }
        let held = self.ask(self.0.stores.assignments.assignments(account, now)).await?;
        let held: Vec<&Assignment> = held.iter().filter(|it| it.origin == origin).collect();
        let same = |one: &Assignment, other: &Assignment| {
            (one.kind, &one.name, &one.reason, one.expires_at)
                == (other.kind, &other.name, &other.reason, other.expires_at)
        };
        if held.len() == wanted.len()
            && wanted.iter().all(|it| held.iter().any(|other| same(it, other)))
        {
            return Ok(());
        }
        let names: Vec<String> =
            wanted.iter().map(|it| format!("{} {}", it.kind.as_str(), it.name)).collect();
        let entry = AuditEntry::new(now, "rules_applied").about(account);
        let entry = entry.with("origin", origin.as_str()).with("names", names);
        let replaced = self.0.stores.assignments.replace(account, origin, &wanted, &entry);
        let replaced = self.ask(replaced).await;
        // Also after an error: the store may have done it.
        self.forget_assignments(account);
        replaced.map(drop)
    }
}
