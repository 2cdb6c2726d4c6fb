//! For the fuzz targets of this repository. No part of the API.

#[cfg(feature = "http_client")]
use crate::client::UnvettedPolicy;

/// The redirect URIs of the client that a document describes; `None` if it is not accepted.
#[cfg(feature = "http_client")]
#[must_use]
pub fn redirect_uris_of_document(id: &str, document: &[u8]) -> Option<Vec<String>> {
    let policy = UnvettedPolicy::new(&["read".to_owned()], &[], true);
    crate::client::client_of_document(id, document, &policy).ok().map(|it| it.redirect_uris)
}

/// Whether codes may be sent to this address.
#[must_use]
pub fn is_redirect_uri(uri: &str) -> bool {
    crate::client::is_redirect_uri(uri)
}

/// Whether the redirect URI of a request is the registered one.
#[must_use]
pub fn is_same_redirect_uri(registered: &str, requested: &str) -> bool {
    crate::client::is_same_redirect_uri(registered, requested)
}
