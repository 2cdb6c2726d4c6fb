//! The one credential of a request, whatever its scheme.

use http::HeaderMap;

use super::bearer::{self, CredentialError};

/// The scheme under which a token was presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// [RFC 6750 §2.1](https://www.rfc-editor.org/rfc/rfc6750#section-2.1)
    Bearer,
}

/// A token as it was presented.
#[derive(Clone, Copy)]
pub(crate) struct Presented<'a> {
    pub(crate) scheme: Scheme,
    pub(crate) token: &'a str,
}

impl<'a> Presented<'a> {
    /// Finds the one token of a request; `Ok(None)` if there is no `Authorization` header.
    pub(crate) fn find(headers: &'a HeaderMap) -> Result<Option<Self>, CredentialError> {
        let token = bearer::bearer(headers)?;
        Ok(token.map(|token| Self { scheme: Scheme::Bearer, token }))
    }
}
