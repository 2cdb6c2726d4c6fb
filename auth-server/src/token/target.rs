//! The resource and the scopes of an access token.

use super::TokenRequest;
use crate::builder::OPENID_SCOPES;
use crate::resource::Resource;
use crate::server::AuthorizationServer;
use crate::store::Grant;
use crate::wire::{OAuthError, OAuthErrorCode};

impl AuthorizationServer {
    /// The resource of an access token: the requested one if it was granted
    /// ([RFC 8707 §2.2](https://www.rfc-editor.org/rfc/rfc8707#section-2.2)), by default the first that was
    /// granted. A token is for one resource, which cannot use it at another.
    pub(crate) fn granted_resource<'a>(
        &'a self,
        request: &TokenRequest<'_>,
        grant: &Grant,
    ) -> Result<&'a Resource, OAuthError> {
        let invalid = |text| OAuthError::new(OAuthErrorCode::InvalidTarget, text);
        let granted = |resource: &Resource| grant.resources.contains(&resource.uri);
        match self.asked_resource(request)? {
            Some(resource) if granted(resource) => Ok(resource),
            Some(_) => Err(invalid("the resource was not granted")),
            None => match grant.resources.first() {
                // It may have been removed from the settings, or from the client, since then.
                Some(uri) => self
                    .resource(uri)
                    .filter(|it| self.may_have_resource(request.client, it))
                    .ok_or_else(|| invalid("the client may no longer ask for the resource")),
                // Scopes of OpenID Connect only: the server itself, for userinfo.
                None => Ok(&self.0.own_resource),
            },
        }
    }

    /// The resource that a request names, if any.
    pub(crate) fn asked_resource<'a>(
        &'a self,
        request: &TokenRequest<'_>,
    ) -> Result<Option<&'a Resource>, OAuthError> {
        let asked: Vec<&str> = request.form.all("resource").collect();
        if asked.is_empty() {
            return Ok(None);
        }
        if let [resource] = *self.targets(request.client, &asked)? {
            return Ok(Some(resource));
        }
        let text = "an access token is for one resource: ask once for each";
        Err(OAuthError::new(OAuthErrorCode::InvalidTarget, text))
    }
}

/// The scopes of an access token: those that were granted, that the client may still have, and that are scopes
/// of the resource or of OpenID Connect. If the request names scopes, only those.
pub(crate) fn granted_scopes(
    request: &TokenRequest<'_>,
    grant: &Grant,
    resource: &Resource,
    asked: Option<&str>,
) -> Result<Vec<String>, OAuthError> {
    let invalid = |text| OAuthError::new(OAuthErrorCode::InvalidScope, text);
    let asked: Option<Vec<&str>> =
        asked.map(|it| it.split(' ').filter(|it| !it.is_empty()).collect());
    let is_granted = |name: &&str| grant.scopes.iter().any(|it| it == name);
    if asked.as_ref().is_some_and(|it| !it.iter().all(is_granted)) {
        return Err(invalid("a scope was not granted"));
    }
    let scopes = grant.scopes.iter().filter(|name| {
        let is_known = resource.has_scope(name) || OPENID_SCOPES.contains(&name.as_str());
        let is_asked = asked.as_ref().is_none_or(|it| it.contains(&name.as_str()));
        // The settings of the client may have changed since the grant.
        is_known && is_asked && request.client.may_have_scope(name)
    });
    let scopes: Vec<String> = scopes.cloned().collect();
    if scopes.is_empty() && asked.is_some_and(|it| !it.is_empty()) {
        return Err(invalid("the resource has none of the scopes"));
    }
    Ok(scopes)
}
