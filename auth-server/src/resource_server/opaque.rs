//! Looks up opaque access tokens.

use std::fmt;
use std::sync::Arc;

use auth_accounts::store::StoreError;
use auth_core::time::Clock;
use auth_core::token::OpaqueTokenSource;

use crate::store::AuthorizationStore;
use crate::token::issue::opaque_token_digest;

/// The opaque access tokens in the store.
#[derive(Clone)]
pub(crate) struct IssuedTokens {
    pub(crate) store: Arc<dyn AuthorizationStore>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl OpaqueTokenSource for IssuedTokens {
    type Error = StoreError;

    async fn claims(&self, token: &str) -> Result<Option<String>, StoreError> {
        let found = self.store.find_opaque_token(&opaque_token_digest(token)).await?;
        let now = self.clock.now();
        let is_live = |grant: Option<&crate::store::Grant>| grant.is_none_or(|it| it.is_live(now));
        Ok(found
            .filter(|it| now < it.token.expires_at && is_live(it.grant.as_ref()))
            .map(|it| it.token.claims))
    }
}

impl fmt::Debug for IssuedTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IssuedTokens")
    }
}
