//! Keys of an issuer in the same program.

use std::fmt;

use super::current_keys::LiveKeys;
use super::issuer_keys::IssuerKeys;
use super::shared::SharedKeys;
use crate::jose::jwks::Jwks;
use crate::sync::Arc;

/// The keys of an issuer that is in the same program: there from the start, and others the moment the
/// issuer has them. No one is asked for them, and no clock says that they are too old.
///
/// ```
/// use auth_core::keys::LocalKeys;
/// use auth_core::{Jwks, JwtVerifier};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let (jwks, next) = (r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a",
/// #   "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#, r#"{"keys":[{"kty":"OKP","crv":"Ed25519",
/// #   "kid":"b","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#);
/// let keys = LocalKeys::new(Jwks::from_json(jwks)?);
/// let verifier = JwtVerifier::builder()
///     .issuer("https://id.example.com")
///     .audience("https://api.example.com")
///     .shared_keys(keys.shared())
///     .build()?;
/// // When the issuer rotates:
/// keys.publish(Jwks::from_json(next)?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct LocalKeys(Arc<LiveKeys>);

impl LocalKeys {
    /// Keys that can be used at once.
    #[must_use]
    pub fn new(keys: Jwks) -> Self {
        Self(Arc::new(LiveKeys::fixed(keys.into())))
    }

    /// Puts other keys in the place of these: what was verified with one that is not among them is accepted
    /// no more.
    pub fn publish(&self, keys: Jwks) {
        self.0.publish(keys.into());
    }

    /// The keys for verifiers, which see each change at once.
    #[must_use]
    pub fn shared(&self) -> SharedKeys {
        SharedKeys::local(IssuerKeys::local(Arc::clone(&self.0)))
    }
}

impl fmt::Debug for LocalKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LocalKeys").field(&self.0).finish()
    }
}
