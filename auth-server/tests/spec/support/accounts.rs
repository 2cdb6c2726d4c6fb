//! Users that are there, until a test blocks them.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use auth_accounts::store::StoreError;
use auth_server::{AccountClaims, Accounts};

/// Every subject is a user with the role `manager`, unless it is blocked.
#[derive(Clone, Default)]
pub(crate) struct FakeAccounts {
    blocked: Arc<Mutex<HashSet<String>>>,
}

impl FakeAccounts {
    pub(crate) fn block(&self, subject: &str) {
        self.blocked.lock().unwrap().insert(subject.to_owned());
    }
}

#[async_trait]
impl Accounts for FakeAccounts {
    async fn claims(&self, subject: &str) -> Result<Option<AccountClaims>, StoreError> {
        if self.blocked.lock().unwrap().contains(subject) {
            return Ok(None);
        }
        let mut claims = AccountClaims::default();
        claims.username = Some(subject.to_owned());
        claims.email = Some(format!("{subject}@example.com"));
        claims.email_verified = true;
        claims.roles = vec!["manager".to_owned()];
        claims.groups = vec!["/staff".to_owned()];
        Ok(Some(claims))
    }
}
