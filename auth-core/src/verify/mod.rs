//! What makes a credential believable. Knows no HTTP.

use serde_json::{Map, Value};

/// Where times come from.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// Seconds since 1970.
    fn now(&self) -> u64;
}

/// Why a token is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// Not a token at all.
    #[error("malformed")]
    Malformed,
}

/// The names in a token.
#[derive(Clone, Debug, Default)]
pub struct TokenNames {
    /// The roles.
    pub roles: Vec<String>,
    /// The permissions.
    pub permissions: Vec<String>,
    /// The scopes.
    pub scopes: Vec<String>,
    /// The groups.
    pub groups: Vec<String>,
}

/// A token that was verified.
#[derive(Clone, Debug)]
pub struct VerifiedToken {
    names: TokenNames,
    claims: Map<String, Value>,
}

#[expect(
    missing_docs,
    clippy::must_use_candidate,
    clippy::unused_self,
    clippy::missing_const_for_fn,
    reason = "a placeholder while `verify` is being written"
)]
impl VerifiedToken {
    pub fn subject(&self) -> &str {
        ""
    }
    pub fn issuer(&self) -> &str {
        ""
    }
    pub fn client_id(&self) -> Option<&str> {
        None
    }
    pub fn token_id(&self) -> Option<&str> {
        None
    }
    pub fn expires_at(&self) -> u64 {
        0
    }
    pub fn acr(&self) -> Option<&str> {
        None
    }
    pub fn auth_time(&self) -> Option<u64> {
        None
    }
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }
    pub fn names(&self) -> &TokenNames {
        &self.names
    }
}
