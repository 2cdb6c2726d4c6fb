//! One key set that is fetched over HTTP, for several verifiers.

use super::origin::{OfEntra, Published};
use crate::keys::{JwksRefresh, KeySourceError, SharedKeys};

impl SharedKeys {
    /// The keys at this address: [`JwtVerifierBuilder::jwks_uri`](crate::token::JwtVerifierBuilder::jwks_uri).
    ///
    /// # Errors
    /// If the address is no `https` URL, or a setting is out of its bounds.
    pub fn jwks_uri(url: impl Into<String>, refresh: JwksRefresh) -> Result<Self, KeySourceError> {
        let url = url.into();
        Self::start(&url.clone(), Published::At(url), refresh)
    }

    /// The keys of Entra for all of its tenants. A key that is for one issuer alone (the members of its
    /// set say so, in `issuer`) is left out: the one for personal accounts must not sign for a
    /// company.
    pub(crate) fn entra(url: &str, refresh: JwksRefresh) -> Result<Self, KeySourceError> {
        Self::start(url, OfEntra(url.to_owned()), refresh)
    }
}
