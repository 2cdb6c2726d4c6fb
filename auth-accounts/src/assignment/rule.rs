//! What is assigned by itself.

use auth_core::vocabulary::{Authority, AuthorityRef};

use crate::model::{Account, AccountKind};

/// A rule by which accounts get roles and groups, as long as they meet its condition.
///
/// Rules are asked at sign-up, at each sign-in, and when the address of an account changes. Each run
/// replaces what rules have assigned before, and nothing that was assigned by hand: what a rule gives
/// is gone when its condition is.
///
/// ```
/// use auth_accounts::assignment::Rule;
/// # #[derive(Clone, Copy, auth_core::Roles)] enum Role { Member, Staff, Operator }
///
/// let rules = [
///     Rule::everyone().assigns(Role::Member),
///     Rule::verified_domain("example.com").assigns(Role::Staff),
///     Rule::provider_group("https://id.example.com", "operators").assigns(Role::Operator),
/// ];
/// # drop(rules);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Rule {
    condition: Condition,
    pub(super) names: Vec<AuthorityRef>,
}

#[derive(Clone, Debug)]
enum Condition {
    Everyone,
    VerifiedDomain(String),
    ProviderGroup { issuer: String, group: String },
}

impl Rule {
    /// For every person with an account.
    pub const fn everyone() -> Self {
        Self { condition: Condition::Everyone, names: Vec::new() }
    }

    /// For every person whose e-mail address is verified and has exactly this domain: that of a
    /// sub-domain is another one.
    pub fn verified_domain(domain: &str) -> Self {
        let condition = Condition::VerifiedDomain(domain.to_ascii_lowercase());
        Self { condition, names: Vec::new() }
    }

    /// For every person whom this provider has put into this group, as it said at the last sign-in
    /// there.
    pub fn provider_group(issuer: impl Into<String>, group: impl Into<String>) -> Self {
        let condition = Condition::ProviderGroup { issuer: issuer.into(), group: group.into() };
        Self { condition, names: Vec::new() }
    }

    /// Gives this role or group. Other kinds of names cannot be assigned: the accounts do not build.
    pub fn assigns(mut self, name: impl Authority) -> Self {
        self.names.push(name.reference());
        self
    }

    /// Why a rule of the application gives something to the account, if it does.
    pub(super) fn reason(&self, account: &Account) -> Option<String> {
        if account.kind != AccountKind::Person {
            return None;
        }
        match &self.condition {
            Condition::Everyone => Some("everyone".to_owned()),
            Condition::VerifiedDomain(domain) => {
                let email = account.email.as_ref().filter(|_| account.email_verified_at.is_some());
                let is_of_it = email.is_some_and(|email| email.domain() == *domain);
                is_of_it.then(|| format!("verified address of {domain}"))
            }
            Condition::ProviderGroup { .. } => None,
        }
    }

    /// Why a rule gives something to a person whom a provider has put into these groups, if it does.
    pub(super) fn reason_by_provider(&self, by: &str, groups: &[&str]) -> Option<String> {
        match &self.condition {
            Condition::ProviderGroup { issuer, group } => (issuer == by
                && groups.contains(&group.as_str()))
            .then(|| format!("group {group} of {issuer}")),
            Condition::Everyone | Condition::VerifiedDomain(_) => None,
        }
    }

    /// What is wrong with it.
    pub(super) fn problem(&self) -> Option<String> {
        match &self.condition {
            _ if self.names.is_empty() => {
                Some("a rule assigns nothing: say `.assigns(..)`".to_owned())
            }
            Condition::VerifiedDomain(domain) => {
                let is_domain = !domain.is_empty()
                    && !domain.contains(['@', '*', '/'])
                    && !domain.starts_with('.')
                    && !domain.ends_with('.')
                    && !domain.contains(char::is_whitespace);
                (!is_domain).then(|| format!("`{domain}` is no domain of e-mail addresses"))
            }
            Condition::ProviderGroup { issuer, group } => (issuer.is_empty() || group.is_empty())
                .then(|| "a rule for a group of a provider needs issuer and group".to_owned()),
            Condition::Everyone => None,
        }
    }
}
