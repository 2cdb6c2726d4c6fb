//! Reading who holds what, and putting the review together.

use std::collections::BTreeMap;

use auth_core::{AccessMap, AuthorityKind, Method};

use super::judge::{Credential, Judge, Name, lets_in, provided};
use super::{
    AccessReview, ByEveryAccount, ReviewedAccount, ReviewedAssignment, ReviewedCall,
    ReviewedCaller, ReviewedEndpoint, ReviewedKey,
};
use crate::accounts::Accounts;
use crate::model::{
    Account, AccountId, AccountKind, AccountStatus, ApiKeyRecord, Assignment, AssignmentKind,
};
use crate::store::StoreError;

/// How many records are read at a time.
const PAGE: u32 = 500;

/// The methods by which accounts call.
const METHODS: [Method; 3] = [Method::Session, Method::Basic, Method::ApiKey];

impl Accounts {
    /// Gives these accounts the access map of the application, for `GET admin/access-review`: the map of
    /// the whole router, with the authenticator's methods. Only the first counts.
    ///
    /// ```no_run
    /// # fn run(accounts: &auth_accounts::Accounts, app: &auth_core::Router) {
    /// use auth_core::Method;
    ///
    /// accounts.use_access_map(app.access_map().with_methods([Method::Bearer, Method::Session]));
    /// # }
    /// ```
    pub fn use_access_map(&self, map: AccessMap) {
        if self.0.access_map.set(map).is_err() {
            tracing::warn!("a second access map was given to the accounts: it is not used");
        }
    }

    /// Who can call what of this map, now. The names are those of
    /// [`AccountsBuilder::vocabulary`](crate::AccountsBuilder::vocabulary).
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn access_review(&self, map: &AccessMap) -> Result<AccessReview, StoreError> {
        let at = self.now();
        let mut judge = Judge::new(map, self.0.assigning.vocabulary, &self.0.api_keys);
        let mut held = self.assignments_by_account(&judge, at).await?;
        let mut keys = self.keys_by_owner(at).await?;
        let mut endpoints: Vec<ReviewedEndpoint> = map
            .endpoints()
            .iter()
            .map(|endpoint| ReviewedEndpoint {
                endpoint: endpoint.to_string(),
                requirement: endpoint.requirement().map(ToString::to_string).unwrap_or_default(),
                public: endpoint.is_public(),
                every_account: METHODS
                    .into_iter()
                    .filter(|_| !endpoint.is_public())
                    .map(|method| (method, judge.of_every_caller(endpoint, method)))
                    .filter(|(_, admission)| lets_in(admission))
                    .map(|(method, admission)| ByEveryAccount {
                        method: method.to_string(),
                        provided: provided(&admission),
                    })
                    .collect(),
                callers: Vec::new(),
            })
            .collect();
        let mut accounts = Vec::new();
        let mut after: Option<AccountId> = None;
        loop {
            let page = self.ask(self.0.stores.accounts.search("", after.as_ref(), PAGE)).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id.clone());
            for account in page {
                let held = held.remove(&account.id).unwrap_or_default();
                let keys = keys.remove(&account.id).unwrap_or_default();
                accounts.push(reviewed(&account, &held, keys, &mut judge, &mut endpoints));
            }
        }
        let access_map = map.model().hash.clone();
        Ok(AccessReview { version: AccessReview::VERSION, at, access_map, endpoints, accounts })
    }

    /// Everything that is assigned at this time and has a name of the application.
    async fn assignments_by_account(
        &self,
        judge: &Judge<'_>,
        now: u64,
    ) -> Result<BTreeMap<AccountId, Vec<Assignment>>, StoreError> {
        let mut held: BTreeMap<AccountId, Vec<Assignment>> = BTreeMap::new();
        for name in judge.names() {
            let kind = match name.kind() {
                AuthorityKind::Group => AssignmentKind::Group,
                _ => AssignmentKind::Role,
            };
            let mut after: Option<AccountId> = None;
            loop {
                let store = &self.0.stores.assignments;
                let page = store.holders(kind, name.name(), now, after.as_ref(), PAGE);
                let page = self.ask(page).await?;
                let is_last = page.len() < PAGE as usize;
                // A full page may end amid what one account has of several origins: that one is read again.
                let cut = page.last().filter(|_| !is_last).map(|it| it.account.clone());
                for assignment in page {
                    if cut.as_ref() != Some(&assignment.account) {
                        after = Some(assignment.account.clone());
                        held.entry(assignment.account.clone()).or_default().push(assignment);
                    }
                }
                if is_last {
                    break;
                }
            }
        }
        Ok(held)
    }

    /// Every key that is valid at this time.
    async fn keys_by_owner(
        &self,
        now: u64,
    ) -> Result<BTreeMap<AccountId, Vec<ApiKeyRecord>>, StoreError> {
        let mut keys: BTreeMap<AccountId, Vec<ApiKeyRecord>> = BTreeMap::new();
        let mut after = None;
        loop {
            let page = self.ask(self.0.stores.api_keys.all_keys(now, after.as_ref(), PAGE)).await?;
            let Some(last) = page.last() else { return Ok(keys) };
            after = Some(last.id.clone());
            for key in page {
                keys.entry(key.owner.clone()).or_default().push(key);
            }
        }
    }
}

/// An account with all that it can call, which is noted at the endpoints, too.
fn reviewed(
    account: &Account,
    held: &[Assignment],
    keys: Vec<ApiKeyRecord>,
    judge: &mut Judge<'_>,
    endpoints: &mut [ReviewedEndpoint],
) -> ReviewedAccount {
    let mut calls = Vec::new();
    if account.status == AccountStatus::Active {
        let mut names: Vec<Name> = held.iter().map(name_of).collect();
        names.sort_unstable_by(|one, other| {
            (one.0.plural(), &one.1).cmp(&(other.0.plural(), &other.1))
        });
        names.dedup();
        for (credential, key) in credentials(account, keys) {
            for call in judge.calls(&names, &credential).iter() {
                let Some(endpoint) = endpoints.get_mut(call.endpoint) else { continue };
                let method = credential.method().to_string();
                let because = held.iter().filter(|it| call.because.contains(&name_of(it)));
                calls.push(ReviewedCall {
                    endpoint: endpoint.endpoint.clone(),
                    method: method.clone(),
                    key: key.as_ref().map(|key| key.id.clone()),
                    provided: call.provided.clone(),
                });
                endpoint.callers.push(ReviewedCaller {
                    account: account.id.clone(),
                    username: account.username.clone(),
                    key: key.clone(),
                    method,
                    provided: call.provided.clone(),
                    because: because.map(ReviewedAssignment::from).collect(),
                    all_needed: call.all_needed,
                });
            }
        }
    }
    ReviewedAccount {
        id: account.id.clone(),
        username: account.username.clone(),
        kind: account.kind,
        status: account.status,
        assignments: held.iter().map(ReviewedAssignment::from).collect(),
        calls,
    }
}

/// The credentials that an account can have or has.
fn credentials(
    account: &Account,
    keys: Vec<ApiKeyRecord>,
) -> impl Iterator<Item = (Credential, Option<ReviewedKey>)> {
    let is_person = account.kind == AccountKind::Person;
    let session = is_person.then_some(Method::Session);
    let basic = (is_person && account.password.is_some()).then_some(Method::Basic);
    let whole = session.into_iter().chain(basic).map(|method| (Credential::Whole(method), None));
    whole.chain(keys.into_iter().map(|key| {
        let ApiKeyRecord { id, name, expires_at, mut scopes, mut roles, .. } = key;
        scopes.sort_unstable();
        roles.sort_unstable();
        (Credential::Key { scopes, roles }, Some(ReviewedKey { id, name, expires_at }))
    }))
}

fn name_of(assignment: &Assignment) -> Name {
    let kind = match assignment.kind {
        AssignmentKind::Role => AuthorityKind::Role,
        AssignmentKind::Group => AuthorityKind::Group,
    };
    (kind, assignment.name.clone())
}
