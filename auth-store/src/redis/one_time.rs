//! What can be used once.

use async_trait::async_trait;
use auth_accounts::model::AccountId;
use auth_accounts::secret::Digest;
use auth_accounts::store::{Created, OneTimeKind, OneTimeStore, StoreError};
use redis::AsyncCommands as _;

use super::{RedisStore, exact, failed, hex, script, short};

#[async_trait]
impl OneTimeStore for RedisStore {
    async fn put(
        &self,
        kind: OneTimeKind,
        digest: &Digest,
        account: Option<&AccountId>,
        value: &[u8],
        expires_at: u64,
        now: u64,
    ) -> Result<Created, StoreError> {
        short(value.len(), "a one-time value")?;
        exact(expires_at)?;
        let is_put: bool = self
            .run(&script::PUT, |call| {
                call.arg(kind.as_str())
                    .arg(hex(digest))
                    .arg(account.map_or("", AccountId::as_str))
                    .arg(value)
                    .arg(expires_at)
                    .arg(now);
            })
            .await?;
        Ok(if is_put { Created::Created } else { Created::Taken })
    }

    async fn peek(
        &self,
        kind: OneTimeKind,
        digest: &Digest,
        now: u64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let mut connection = self.connection.clone();
        let key = self.key("1", &format!("{}:{}", kind.as_str(), hex(digest)));
        let held: (Option<Vec<u8>>, Option<u64>) =
            connection.hmget(key, &["value", "ends"]).await.map_err(|error| failed(&error))?;
        Ok(match held {
            (Some(value), Some(ends)) if now < ends => Some(value),
            _ => None,
        })
    }

    async fn take(
        &self,
        kind: OneTimeKind,
        digest: &Digest,
        now: u64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.run(&script::TAKE, |call| {
            call.arg(kind.as_str()).arg(hex(digest)).arg(now);
        })
        .await
    }

    async fn clear(&self, kind: OneTimeKind, account: &AccountId) -> Result<u64, StoreError> {
        self.run(&script::CLEAR, |call| {
            call.arg(kind.as_str()).arg(account.as_str());
        })
        .await
    }

    async fn sweep_one_time(&self, now: u64, limit: u32) -> Result<u64, StoreError> {
        self.sweep(&script::SWEEP_SECRETS, now, limit).await
    }
}
