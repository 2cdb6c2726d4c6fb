//! The resources and scopes of a request.

use crate::builder::OPENID_SCOPES;
use crate::client::Client;
use crate::resource::{Resource, is_scope};
use crate::server::AuthorizationServer;
use crate::wire::{OAuthError, OAuthErrorCode, for_log};

/// How many resources a request may name.
const MOST: usize = 16;

impl AuthorizationServer {
    /// The resources that a client asks for
    /// ([RFC 8707 §2](https://www.rfc-editor.org/rfc/rfc8707#section-2)). By default the first of its own
    /// resources, or of the server if it may have all.
    pub(crate) fn targets(
        &self,
        client: &Client,
        asked: &[&str],
    ) -> Result<Vec<&Resource>, OAuthError> {
        let invalid = |text| Err(OAuthError::new(OAuthErrorCode::InvalidTarget, text));
        if asked.len() > MOST {
            return invalid("the request names too many resources");
        }
        if asked.is_empty() {
            let default = match client.resources.first() {
                Some(uri) => self.resource(uri),
                None => self.0.resources.first().filter(|it| self.may_have_resource(client, it)),
            };
            return Ok(default.into_iter().collect());
        }
        let mut targets: Vec<&Resource> = Vec::new();
        for uri in asked {
            let Some(resource) = self.resource(uri) else {
                let error =
                    OAuthError::new(OAuthErrorCode::InvalidTarget, "the resource is unknown");
                return Err(error.with_found(for_log(uri)));
            };
            if !self.may_have_resource(client, resource) {
                return invalid("the client may not ask for this resource");
            }
            if !targets.iter().any(|it| it.uri == resource.uri) {
                targets.push(resource);
            }
        }
        Ok(targets)
    }

    /// The resources and the scopes that a client asks a user for. If it names no resource, and none of its scopes is
    /// one of the default resource, the scopes are those of OpenID Connect: the access token is for userinfo, and for
    /// no API ([RFC 9068 §3](https://www.rfc-editor.org/rfc/rfc9068#section-3)).
    pub(crate) fn wanted(
        &self,
        client: &Client,
        asked: &[&str],
        scope: Option<&str>,
    ) -> Result<(Vec<&Resource>, Vec<String>), OAuthError> {
        let mut targets = self.targets(client, asked)?;
        let scopes = self.scopes(client, &targets, scope)?;
        if asked.is_empty() && scope.is_some() {
            targets.retain(|it| scopes.iter().any(|name| it.has_scope(name)));
        }
        Ok((targets, scopes))
    }

    /// Whether a client may have access tokens for this resource: it is among its resources. A client of the
    /// settings that has none of its own may have all, and one that the operator has not vetted may have none: no
    /// scope that it may have is one of a resource.
    pub(crate) fn may_have_resource(&self, client: &Client, resource: &Resource) -> bool {
        let is_this = |uri: &String| self.resource(uri).is_some_and(|it| it.uri == resource.uri);
        let has_all = client.resources.is_empty() && client.is_vetted();
        has_all || client.resources.iter().any(is_this)
    }

    /// The scopes that a client asks for at these resources
    /// ([RFC 6749 §3.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.3)). By default all that it may
    /// have there.
    #[expect(clippy::unused_self, reason = "a method like `targets`")]
    pub(crate) fn scopes(
        &self,
        client: &Client,
        targets: &[&Resource],
        asked: Option<&str>,
    ) -> Result<Vec<String>, OAuthError> {
        let has = |name: &str| targets.iter().any(|it| it.has_scope(name));
        let Some(asked) = asked else {
            return Ok(client.scopes.iter().filter(|it| has(it)).cloned().collect());
        };
        let mut scopes: Vec<String> = Vec::new();
        for name in asked.split(' ').filter(|it| !it.is_empty()) {
            let is_known = OPENID_SCOPES.contains(&name) || has(name);
            if !is_scope(name) || !is_known || !client.may_have_scope(name) {
                let why =
                    if is_known { "the client may not have" } else { "the resource does not have" };
                let text = format!("{why} the scope `{name}`");
                return Err(OAuthError::new(OAuthErrorCode::InvalidScope, text));
            }
            if !scopes.iter().any(|it| it == name) {
                scopes.push(name.to_owned());
            }
        }
        Ok(scopes)
    }
}
