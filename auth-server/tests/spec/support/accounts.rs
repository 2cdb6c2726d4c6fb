//! Users that are there, until a test blocks them.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use auth_accounts::store::StoreError;
use auth_server::{AccountClaims, Accounts};
use serde_json::Value;

/// Every subject is a user with the role `manager`, unless it is blocked.
#[derive(Clone, Default)]
pub(crate) struct FakeAccounts {
    blocked: Arc<Mutex<HashSet<String>>>,
    /// What the claims of every user begin with.
    given: Arc<Mutex<AccountClaims>>,
}

impl FakeAccounts {
    pub(crate) fn block(&self, subject: &str) {
        self.blocked.lock().unwrap().insert(subject.to_owned());
    }

    /// Gives every user this claim in access tokens.
    pub(crate) fn give_access_token_claim(&self, name: &str, value: impl Into<Value>) {
        let mut given = self.given.lock().unwrap();
        given.access_token_claims.insert(name.to_owned(), value.into());
    }

    /// Takes these claims away again.
    pub(crate) fn take_own_claims(&self) {
        *self.given.lock().unwrap() = AccountClaims::default();
    }

    /// Gives every user this claim in ID tokens and userinfo.
    pub(crate) fn give_profile_claim(&self, name: &str, value: impl Into<Value>) {
        let mut given = self.given.lock().unwrap();
        given.profile_claims.insert(name.to_owned(), value.into());
    }
}

#[async_trait]
impl Accounts for FakeAccounts {
    async fn claims(&self, subject: &str) -> Result<Option<AccountClaims>, StoreError> {
        if self.blocked.lock().unwrap().contains(subject) {
            return Ok(None);
        }
        let mut claims = self.given.lock().unwrap().clone();
        claims.username = Some(subject.to_owned());
        claims.email = Some(format!("{subject}@example.com"));
        claims.email_verified = true;
        claims.roles = vec!["manager".to_owned()];
        claims.groups = vec!["/staff".to_owned()];
        Ok(Some(claims))
    }
}
