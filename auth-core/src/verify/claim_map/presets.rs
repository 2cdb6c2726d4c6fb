//! The maps of well-known issuers.

use super::ClaimMap;
use crate::vocabulary::NameKind;

impl ClaimMap {
    /// The claims of [RFC 9068 §2.2.3](https://www.rfc-editor.org/rfc/rfc9068#section-2.2.3):
    /// `roles`, `scope`, `groups`, and for permissions `entitlements` and the common `permissions`.
    #[must_use]
    pub fn rfc9068() -> Self {
        Self::new()
            .roles("/roles")
            .permissions("/permissions")
            .permissions("/entitlements")
            .scopes("/scope")
            .groups("/groups")
            .client_id("/client_id")
    }

    /// Keycloak: the roles of the realm and those of `client`. A role of another client does not
    /// count.
    #[must_use]
    pub fn keycloak(client: &str) -> Self {
        let client = client.replace('~', "~0").replace('/', "~1");
        Self::new()
            .roles("/realm_access/roles")
            .roles(format!("/resource_access/{client}/roles"))
            .scopes("/scope")
            .groups("/groups")
            .client_id("/azp")
            .client_id("/client_id")
    }

    /// Auth0: `permissions` (with RBAC turned on for the API) and `scope`. Roles stand where a rule
    /// of yours puts them: add `.roles_in_claim("https://your.namespace/roles")`.
    #[must_use]
    pub fn auth0() -> Self {
        Self::new()
            .permissions("/permissions")
            .scopes("/scope")
            .client_id("/azp")
            .client_id("/client_id")
    }

    /// Microsoft Entra ID: app roles in `roles`, delegated permissions in `scp`, object ids of
    /// groups in `groups`. Of a user in more groups than fit in a token (200, in the implicit flow
    /// 5) it holds none and says so, in `_claim_names` or `hasgroups`: groups are unknown then, and
    /// a [`GrantSource`](crate::GrantSource) may ask Microsoft Graph for them.
    #[must_use]
    pub fn entra() -> Self {
        Self::new()
            .roles("/roles")
            .scopes("/scp")
            .groups("/groups")
            .left_out_if(NameKind::Group, "/hasgroups")
            .client_id("/azp")
            .client_id("/appid")
    }

    /// Okta: `scp` is an array, `groups` a claim of the authorization server.
    #[must_use]
    pub fn okta() -> Self {
        Self::new().scopes("/scp").groups("/groups").client_id("/cid")
    }

    /// Amazon Cognito: `cognito:groups` and `scope`. Its access tokens have no `typ` (see
    /// [`TokenProfile::Generic`](crate::verify::TokenProfile::Generic)) and an `aud` only with resource
    /// binding (else see
    /// [`audience_in_client_id`](crate::verify::JwtVerifierBuilder::audience_in_client_id)).
    #[must_use]
    pub fn cognito() -> Self {
        Self::new().groups("/cognito:groups").scopes("/scope").client_id("/client_id")
    }
}
