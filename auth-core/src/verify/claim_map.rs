//! Where roles, permissions, scopes and groups stand in a token.

use super::json::{Array, Object, Value};
use super::pointer::Pointer;
use crate::vocabulary::NameKind;

/// Says where in the claims the names stand, as JSON pointers
/// ([RFC 6901](https://www.rfc-editor.org/rfc/rfc6901)). Each kind may stand in several places.
///
/// Names are taken as they are. A string in a place for scopes is a list separated by single
/// spaces ([RFC 6749 §3.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.3)); any other string
/// is one name; of an array, each string is one name and is never split; anything else grants
/// nothing.
///
/// ```
/// use auth_core::verify::ClaimMap;
///
/// let map = ClaimMap::auth0().roles("/https:~1~1example.com~1roles");
/// # let _ = map;
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ClaimMap {
    roles: Vec<Pointer>,
    permissions: Vec<Pointer>,
    scopes: Vec<Pointer>,
    groups: Vec<Pointer>,
    client_id: Vec<Pointer>,
}

/// The names a token grants, as they stand in it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TokenNames {
    /// The roles.
    pub roles: Vec<String>,
    /// The permissions.
    pub permissions: Vec<String>,
    /// The scopes.
    pub scopes: Vec<String>,
    /// The groups.
    pub groups: Vec<String>,
}

impl ClaimMap {
    /// A map that finds nothing, to be filled.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

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
    /// of yours puts them: add `.roles("/https:~1~1your.namespace~1roles")`.
    #[must_use]
    pub fn auth0() -> Self {
        Self::new()
            .permissions("/permissions")
            .scopes("/scope")
            .client_id("/azp")
            .client_id("/client_id")
    }

    /// Microsoft Entra ID: app roles in `roles`, delegated permissions in `scp`, object ids of
    /// groups in `groups`.
    #[must_use]
    pub fn entra() -> Self {
        Self::new()
            .roles("/roles")
            .scopes("/scp")
            .groups("/groups")
            .client_id("/azp")
            .client_id("/appid")
    }

    /// Okta: `scp` is an array, `groups` a claim of the authorization server.
    #[must_use]
    pub fn okta() -> Self {
        Self::new().scopes("/scp").groups("/groups").client_id("/cid")
    }

    /// Amazon Cognito: `cognito:groups` and `scope`. Its access tokens have no `typ` (see
    /// [`TokenProfile::Generic`](super::TokenProfile::Generic)) and an `aud` only with resource
    /// binding (else see
    /// [`audience_in_client_id`](super::JwtVerifierBuilder::audience_in_client_id)).
    #[must_use]
    pub fn cognito() -> Self {
        Self::new().groups("/cognito:groups").scopes("/scope").client_id("/client_id")
    }

    /// Adds a place for roles.
    #[must_use]
    pub fn roles(mut self, pointer: impl Into<String>) -> Self {
        self.roles.push(Pointer::parse(pointer.into()));
        self
    }

    /// Adds a place for permissions.
    #[must_use]
    pub fn permissions(mut self, pointer: impl Into<String>) -> Self {
        self.permissions.push(Pointer::parse(pointer.into()));
        self
    }

    /// Adds a place for scopes.
    #[must_use]
    pub fn scopes(mut self, pointer: impl Into<String>) -> Self {
        self.scopes.push(Pointer::parse(pointer.into()));
        self
    }

    /// Adds a place for groups.
    #[must_use]
    pub fn groups(mut self, pointer: impl Into<String>) -> Self {
        self.groups.push(Pointer::parse(pointer.into()));
        self
    }

    /// Adds a place for the client id: the first that holds a string counts.
    #[must_use]
    pub fn client_id(mut self, pointer: impl Into<String>) -> Self {
        self.client_id.push(Pointer::parse(pointer.into()));
        self
    }

    /// The first pointer that is none: the builder refuses it.
    pub(crate) fn invalid_pointer(&self) -> Option<&str> {
        [&self.roles, &self.permissions, &self.scopes, &self.groups, &self.client_id]
            .into_iter()
            .flatten()
            .find(|pointer| !pointer.is_valid())
            .map(Pointer::as_str)
    }

    fn places(&self, kind: NameKind) -> &[Pointer] {
        match kind {
            NameKind::Role => &self.roles,
            NameKind::Permission => &self.permissions,
            NameKind::Scope => &self.scopes,
            NameKind::Group => &self.groups,
        }
    }

    /// The names of one kind in the claims, where they stand.
    pub(crate) fn names<'a>(
        &'a self,
        kind: NameKind,
        claims: Object<'a>,
    ) -> impl Iterator<Item = &'a str> {
        // Only U+0020 separates: to split on any white space would make a scope of what follows a
        // tab or a no-break space.
        let splits = move |letter| kind == NameKind::Scope && letter == ' ';
        let values = self.places(kind).iter().filter_map(move |place| place.find(claims));
        let names = values.flat_map(move |value| {
            let (text, array) = match value {
                Value::Text(text) => (Some(text), None),
                Value::Array(members) => (None, Some(members)),
                _ => (None, None),
            };
            let members = array.into_iter().flat_map(Array::iter).filter_map(Value::as_str);
            text.into_iter().flat_map(move |text| text.split(splits)).chain(members)
        });
        names.filter(|name| !name.is_empty())
    }

    /// The places of one kind, and whether they hold anything in these claims.
    pub(crate) fn places_of(&self, kind: NameKind, claims: Object<'_>) -> Vec<(&str, bool)> {
        let holds = |place: &Pointer| match place.find(claims) {
            None | Some(Value::Null) => false,
            Some(Value::Text(text)) => !text.is_empty(),
            Some(Value::Array(members)) => members.iter().next().is_some(),
            Some(_) => true,
        };
        self.places(kind).iter().map(|place| (place.as_str(), holds(place))).collect()
    }

    pub(crate) fn extract(&self, claims: Object<'_>) -> TokenNames {
        let of = |kind| self.names(kind, claims).map(str::to_owned).collect();
        TokenNames {
            roles: of(NameKind::Role),
            permissions: of(NameKind::Permission),
            scopes: of(NameKind::Scope),
            groups: of(NameKind::Group),
        }
    }

    pub(crate) fn find_client_id<'a>(&self, claims: Object<'a>) -> Option<&'a str> {
        self.client_id.iter().find_map(|pointer| pointer.find(claims)?.as_str())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::verify::json::Document;

    fn document(claims: &Value) -> Document {
        Document::parse(claims.to_string().into()).unwrap()
    }

    fn extract(map: &ClaimMap, claims: &Value) -> TokenNames {
        map.extract(document(claims).root())
    }

    #[test]
    fn keycloak_counts_only_its_own_client() {
        let claims = json!({
            "realm_access": {"roles": ["user"]},
            "resource_access": {
                "orders-api": {"roles": ["clerk"]},
                "other": {"roles": ["admin"]},
                "a/b~c": {"roles": ["odd"]},
                "a": {"b~c": {"roles": ["nested"]}},
                "roles": ["admin"]
            },
            "roles": ["admin"],
            "scope": "openid orders",
            "groups": ["/staff"],
            "azp": "web"
        });
        let names = extract(&ClaimMap::keycloak("orders-api"), &claims);
        assert_eq!(names.roles, ["user", "clerk"]);
        assert_eq!(names.scopes, ["openid", "orders"]);
        assert_eq!(names.groups, ["/staff"]);
        assert_eq!(names.permissions, [""; 0]);
        let odd = extract(&ClaimMap::keycloak("a/b~c"), &claims);
        assert_eq!(odd.roles, ["user", "odd"]);
        let map = ClaimMap::keycloak("x");
        assert_eq!(map.find_client_id(document(&claims).root()), Some("web"));
    }

    #[test]
    fn scopes_split_at_spaces_and_nowhere_else() {
        let scopes = |scope: Value| extract(&ClaimMap::rfc9068(), &json!({"scope": scope})).scopes;
        assert_eq!(scopes(json!("read write")), ["read", "write"]);
        assert_eq!(scopes(json!("  read   write ")), ["read", "write"]);
        assert_eq!(scopes(json!("write\tread")), ["write\tread"]);
        assert_eq!(scopes(json!("write\u{a0}read")), ["write\u{a0}read"]);
        assert_eq!(scopes(json!("a,b")), ["a,b"]);
        assert_eq!(scopes(json!(["write read", "x"])), ["write read", "x"]);
        for nothing in
            [json!(""), json!("  "), json!(1), json!(null), json!([["read"]]), json!({"read": 1})]
        {
            assert!(scopes(nothing.clone()).is_empty(), "{nothing}");
        }
    }

    #[test]
    fn roles_never_split() {
        let roles = |roles: Value| extract(&ClaimMap::rfc9068(), &json!({"roles": roles})).roles;
        assert_eq!(roles(json!(["user", "admin"])), ["user", "admin"]);
        assert_eq!(roles(json!("admin")), ["admin"]);
        assert_eq!(roles(json!("user admin")), ["user admin"]);
        assert_eq!(roles(json!(["user admin", 1, null, ["x"], ""])), ["user admin"]);
        assert!(roles(json!({"admin": true})).is_empty());
    }

    #[test]
    fn each_preset_reads_its_provider() {
        let entra =
            json!({"roles": ["Task.Write"], "scp": "a b", "groups": ["6e9a"], "appid": "c"});
        let names = extract(&ClaimMap::entra(), &entra);
        assert_eq!(
            (names.roles, names.scopes),
            (vec!["Task.Write".into()], vec!["a".into(), "b".into()])
        );
        assert_eq!(names.groups, ["6e9a"]);

        let okta = json!({"scp": ["a", "b"], "groups": ["Everyone"], "cid": "c"});
        let names = extract(&ClaimMap::okta(), &okta);
        assert_eq!((names.scopes.len(), names.groups.len()), (2, 1));

        let auth0 =
            json!({"permissions": ["read:x"], "scope": "openid", "https://e.com/roles": ["admin"]});
        let map = ClaimMap::auth0().roles("/https:~1~1e.com~1roles");
        let names = extract(&map, &auth0);
        assert_eq!((names.permissions.len(), names.scopes.len()), (1, 1));
        assert_eq!(names.roles, ["admin"]);

        let cognito = json!({"cognito:groups": ["staff"], "scope": "x/read"});
        let names = extract(&ClaimMap::cognito(), &cognito);
        assert_eq!((names.groups, names.scopes), (vec!["staff".into()], vec!["x/read".into()]));
    }

    #[test]
    fn a_pointer_that_is_none_is_found() {
        for text in ["", "a", "roles", "/a~", "/a~2b"] {
            assert_eq!(ClaimMap::new().scopes(text).invalid_pointer(), Some(text));
        }
        assert_eq!(ClaimMap::keycloak("~/").invalid_pointer(), None);
    }
}
