//! Whether the sender of a bound token is the one it is bound to.

use http::request::Parts;

use crate::credential::{Presented, Scheme};
use crate::error::AuthError;
use crate::identity::Identity;
use crate::verify::VerifyError;

/// How a sender proves to be the one that a token is bound to.
#[derive(Debug, Default)]
pub(super) struct Possession;

impl Possession {
    /// Refuses a bound token whose sender proves nothing.
    #[expect(clippy::unused_async, reason = "proofs are noted in a store")]
    pub(super) async fn prove(
        &self,
        identity: &Identity,
        presented: &Presented<'_>,
        _request: Option<&Parts>,
    ) -> Result<(), AuthError> {
        match (presented.scheme, identity.token().confirmation()) {
            (Scheme::Bearer, None) => Ok(()),
            (Scheme::Bearer, Some(_)) => Err(VerifyError::SenderConstrained.into()),
        }
    }
}
