//! Whether the settings of a Redis are safe.

use auth_accounts::store::StoreError;

use redis::aio::ConnectionManager;

use super::{RedisStore, failed};

/// Why a Redis is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RedisError {
    /// The address is invalid.
    #[error("the address of Redis is not `redis://[user:password@]host[:port][/database]`")]
    Address,
    /// It evicts keys when it is full: attempts would be forgotten, sessions would end.
    #[error("Redis has the `maxmemory-policy` {0}: set it to `noeviction`")]
    Evicts(String),
    /// It keeps snapshots and no append-only file: a restart would bring back what was ended.
    #[error("Redis keeps snapshots alone: set `appendonly yes`, or `save \"\"` to keep nothing")]
    Snapshots,
    /// It is a part of a cluster.
    #[error("Redis Cluster is not supported")]
    Cluster,
    /// It is a replica.
    #[error("this Redis is a replica: connect to its master")]
    Replica,
    /// It did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl RedisStore {
    /// Whether Redis is set up as it must be. Asked at the start and at every sweep: settings can be
    /// changed while it runs.
    ///
    /// # Errors
    /// What is wrong with it.
    pub async fn check(&self) -> Result<(), RedisError> {
        check(self.connection.clone()).await
    }
}

/// Whether this Redis is set up as it must be.
pub(super) async fn check(mut connection: ConnectionManager) -> Result<(), RedisError> {
    let info: String = redis::cmd("INFO")
        .query_async(&mut connection)
        .await
        .map_err(|error| RedisError::Store(failed(&error)))?;
    let field = |name: &str| {
        let mut lines = info.lines().filter_map(|line| line.split_once(':'));
        lines.find(|(field, _)| *field == name).map(|(_, value)| value.trim())
    };
    match field("maxmemory_policy") {
        Some("noeviction") => {}
        other => return Err(RedisError::Evicts(other.unwrap_or("(unknown)").to_owned())),
    }
    if field("cluster_enabled") != Some("0") {
        return Err(RedisError::Cluster);
    }
    if field("role") != Some("master") {
        return Err(RedisError::Replica);
    }
    if field("aof_enabled") != Some("1") {
        // Without a file it may keep nothing at all. If it does not answer, it counts as one that keeps nothing.
        let save: Result<(String, String), _> =
            redis::cmd("CONFIG").arg("GET").arg("save").query_async(&mut connection).await;
        if save.map_or(true, |(_, schedule)| !schedule.is_empty()) {
            return Err(RedisError::Snapshots);
        }
    }
    Ok(())
}

impl From<RedisError> for StoreError {
    fn from(error: RedisError) -> Self {
        match error {
            RedisError::Store(error) => error,
            other => Self::NotReachable(other.to_string()),
        }
    }
}
