//! Tokens that say nothing by themselves: their issuer is asked about each.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use super::claim_map::ClaimMap;
use super::error::VerifyError;
use super::unproven::UnprovenToken;
use crate::time::Clock;

/// What is found out about a token.
pub(crate) type Verified = Result<UnprovenToken, VerifyError>;

/// Verifies tokens that only their issuer can read.
pub(crate) trait OpaqueTokens: fmt::Debug + Send + Sync {
    /// The issuer whose tokens it verifies.
    fn issuer(&self) -> &str;

    /// The audiences that it accepts.
    fn audiences(&self) -> Vec<&str>;

    /// Where names are in its answers.
    fn claim_map(&self) -> &ClaimMap;

    /// The clock that decides over `exp`.
    fn clock(&self) -> Arc<dyn Clock>;

    /// What is known of a token without asking anyone.
    fn known(&self, token: &str) -> Option<Verified>;

    /// Asks the issuer about a token. Boxed, as every request would carry it otherwise.
    fn ask<'a>(&'a self, token: &'a str) -> Pin<Box<dyn Future<Output = Verified> + Send + 'a>>;
}
