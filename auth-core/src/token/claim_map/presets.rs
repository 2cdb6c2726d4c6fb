//! The maps of well-known issuers.

use super::ClaimMap;
use crate::vocabulary::AuthorityKind;

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

    /// Auth0: `permissions` (with RBAC turned on for the API) and `scope`. Roles are in the claim that
    /// your rule or action sets: add `.roles_in_claim("https://your.namespace/roles")`.
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
    /// an [`AssignmentSource`](crate::AssignmentSource) may ask Microsoft Graph for them.
    #[must_use]
    pub fn entra() -> Self {
        Self::new()
            .roles("/roles")
            .scopes("/scp")
            .groups("/groups")
            .left_out_if(AuthorityKind::Group, "/hasgroups")
            .client_id("/azp")
            .client_id("/appid")
    }

    /// Okta: `scp` is an array, `groups` a claim of the authorization server.
    #[must_use]
    pub fn okta() -> Self {
        Self::new().scopes("/scp").groups("/groups").client_id("/cid")
    }

    /// Zitadel: the roles of the project, which are the keys of
    /// `urn:zitadel:iam:org:project:roles`, in every organization in which they were granted. Its JWTs
    /// have no `scope`; the answers of its introspection do. For one project of several add
    /// `.roles(ClaimPlace::claim("urn:zitadel:iam:org:project:<id>:roles").keys())` to a map of your
    /// own.
    #[must_use]
    pub fn zitadel() -> Self {
        Self::new()
            .roles_in_keys("/urn:zitadel:iam:org:project:roles")
            .scopes("/scope")
            .client_id("/client_id")
            .client_id("/azp")
    }

    /// Dex: `groups`, if the client asked for the scope of that name. There are no scopes: its
    /// access tokens are ID tokens.
    #[must_use]
    pub fn dex() -> Self {
        Self::new().groups("/groups").client_id("/azp")
    }

    /// Authentik: `groups`, which its scope `profile` brings, and `scope`.
    #[must_use]
    pub fn authentik() -> Self {
        Self::new().groups("/groups").scopes("/scope").client_id("/azp")
    }

    /// Duende `IdentityServer` and `IdentityServer4`: `scope`, as a list or an array, and `role`, if the
    /// API resource asks for that claim.
    #[must_use]
    pub fn duende() -> Self {
        Self::new().roles("/role").scopes("/scope").client_id("/client_id")
    }

    /// Clerk: the role in the active organization, in session tokens of version 2 (`o.rol`, without
    /// `org:` before it) and 1 (`org_role`, with it), and `org_permissions` of version 1. Its `azp`
    /// is the origin of the application and no client.
    #[must_use]
    pub fn clerk() -> Self {
        Self::new().roles("/o/rol").roles("/org_role").permissions("/org_permissions")
    }

    /// Supabase: `user_role`, as the custom access token hook of its guide writes it. For a user
    /// without a role that hook writes `null`, which leaves roles open: let it write no claim. The claim
    /// `role` is a role of the database (`authenticated`, `anon`, `service_role`): to require one of
    /// these, add `.roles("/role")`.
    #[must_use]
    pub fn supabase() -> Self {
        Self::new().roles("/user_role")
    }

    /// AD FS: `scp`, and `appid` as the client. Roles and groups come where the issuance rules of
    /// the application put them.
    #[must_use]
    pub fn adfs() -> Self {
        Self::new().scopes("/scp").client_id("/appid")
    }

    /// Spring Authorization Server: `scope` as an array. Authorities come where a token customizer
    /// of yours puts them, for example `.permissions("/authorities/authority")`.
    #[must_use]
    pub fn spring() -> Self {
        Self::new().scopes("/scope")
    }

    /// Tokens for Hasura: the roles that a caller may take, in `x-hasura-allowed-roles` of the claim
    /// `https://hasura.io/jwt/claims`.
    #[must_use]
    pub fn hasura() -> Self {
        Self::new().roles("/https:~1~1hasura.io~1jwt~1claims/x-hasura-allowed-roles")
    }

    /// Amazon Cognito: `cognito:groups` and `scope`. Its access tokens have no `typ` (see
    /// [`TokenProfile::Generic`](crate::TokenProfile::Generic)) and an `aud` only with resource
    /// binding (else see
    /// [`client_id_as_audience`](crate::token::JwtVerifierBuilder::client_id_as_audience)).
    #[must_use]
    pub fn cognito() -> Self {
        Self::new().groups("/cognito:groups").scopes("/scope").client_id("/client_id")
    }
}
