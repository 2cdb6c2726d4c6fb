//! Revoked grants and tokens, for verifiers of access tokens.

use std::sync::Arc;
use std::time::Duration;

use auth_core::revocation::{
    FeedBatch, FeedError, Revocation, RevocationList, RevocationLog, SharedRevocations,
};
use auth_core::time::Clock;

use crate::error::ServerError;
use crate::server::AuthorizationServer;
use crate::store::{AuthorizationStore, Revoked, RevokedBatch};

/// How often the store is asked for revocations.
const POLL_INTERVAL: Duration = Duration::from_millis(200);
/// For how long the start of a server waits until everything is read.
const START: Duration = Duration::from_secs(5);
/// How many revocations are read at once.
const BATCH: u32 = 1_000;
/// How many revocations are known at once.
const CAPACITY: usize = 1 << 20;
/// The longest life of an access token.
const MAX_TOKEN_LIFETIME: Duration = Duration::from_hours(24);

/// The feed of the store.
struct Feed {
    store: Arc<dyn AuthorizationStore>,
    issuer: String,
}

impl RevocationLog for Feed {
    /// An authorization server stores a revocation in the same step as the change that causes it.
    async fn append(&self, revocation: &Revocation) -> Result<(), FeedError> {
        match revocation {
            Revocation::Token { token_id, expires_at, issuer } if *issuer == self.issuer => {
                // It is kept until the token has expired, whenever it was revoked.
                Ok(self.store.revoke_token(token_id, *expires_at, 0).await?)
            }
            _ => Err("revoke a grant or a token at the authorization server".into()),
        }
    }

    async fn changes_after(&self, position: u64) -> Result<FeedBatch, FeedError> {
        Ok(self.batch(self.store.revoked_after(position, BATCH).await?))
    }

    async fn changes_so_far(&self, position: u64) -> Result<FeedBatch, FeedError> {
        Ok(self.batch(self.store.revoked_so_far(position, BATCH).await?))
    }
}

impl Feed {
    /// What the store says, as verifiers of tokens read it.
    fn batch(&self, batch: RevokedBatch) -> FeedBatch {
        let revocation = |revoked| match revoked {
            Revoked::Grant { id, at } => Revocation::session(&self.issuer, id.as_str(), at),
            Revoked::Token { token_id, expires_at } => {
                Revocation::token(&self.issuer, token_id, expires_at)
            }
        };
        FeedBatch {
            generation: batch.generation,
            revocations: batch.revoked.into_iter().map(revocation).collect(),
            position: batch.position,
            complete: batch.complete,
        }
    }
}

/// Revocations that follow the store for the life of the runtime: an API may have them longer than it has the
/// server.
///
/// # Errors
/// If not everything is read in time.
pub(crate) async fn followed(
    store: Arc<dyn AuthorizationStore>,
    clock: Arc<dyn Clock>,
    issuer: &str,
) -> Result<SharedRevocations, ServerError> {
    let failed = |problem: String| ServerError::Settings(vec![problem]);
    let list = RevocationList::builder()
        .capacity(CAPACITY)
        .max_token_lifetime(MAX_TOKEN_LIFETIME)
        .clock(clock)
        .build()
        .map_err(|error| failed(error.to_string()))?;
    let feed = Feed { store, issuer: issuer.to_owned() };
    let revocations = SharedRevocations::builder(feed)
        .list(list)
        .poll_interval(POLL_INTERVAL)
        .build()
        .map_err(|error| failed(error.to_string()))?;
    tokio::spawn(revocations.clone().run(tokio::time::sleep));
    let ready = async {
        while !revocations.is_ready() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    match tokio::time::timeout(START, ready).await {
        Ok(()) => Ok(revocations),
        Err(_) => Err(failed("the revocations of the store cannot be read".to_owned())),
    }
}

impl AuthorizationServer {
    /// What was revoked, for the authenticator of an API in the same program. When a grant ends, by a sign-out, a
    /// withdrawn consent or a client, the API rejects its access tokens within a fraction of a second, on every
    /// node.
    ///
    /// Access tokens are found by `sid`, which in them is the id of the grant
    /// ([`GrantId`](crate::store::GrantId)). In ID tokens of this server it is the session.
    #[must_use]
    pub fn revocations(&self) -> SharedRevocations {
        self.0.revocations.clone()
    }
}
