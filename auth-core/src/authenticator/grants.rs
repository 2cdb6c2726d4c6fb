//! What a caller holds beyond what the token says.

use http::request::Parts;

use crate::error::AuthError;
use crate::identity::Identity;

/// Where else the names of a caller come from.
#[derive(Debug, Default)]
pub(super) struct Grants;

impl Grants {
    /// The identity with all that it holds.
    #[expect(clippy::unused_async, reason = "a source is asked over the network")]
    pub(super) async fn add(
        &self,
        identity: Identity,
        _request: Option<&Parts>,
    ) -> Result<Identity, AuthError> {
        Ok(identity)
    }
}
