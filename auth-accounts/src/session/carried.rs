//! Where a secret is in a request: in a cookie, or as an opaque bearer token.

use auth_core::scheme::{Location, Locations, PresentedCredential, SchemeError};

use crate::model::Carrier;

/// A cookie of this name, or a bearer token with this prefix.
pub(crate) fn locations(cookie: &str, prefix: &str) -> Locations {
    Locations::cookie(cookie.to_owned()).or(Location::BearerWithPrefix(prefix.to_owned().into()))
}

/// The secret that is there without its prefix, and how it is carried.
pub(crate) fn carried<'a>(
    credential: &'a PresentedCredential,
    cookie: &str,
    prefix: &str,
) -> Result<(&'a str, Carrier), SchemeError> {
    if let Some(secret) = credential.optional_cookie(cookie)? {
        return Ok((secret, Carrier::Cookie));
    }
    let token = credential.bearer_token()?;
    Ok((token.strip_prefix(prefix).unwrap_or(token), Carrier::Token))
}
