//! The access map as plain data: what every listing, the lock and the comparison read.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::endpoint::{method_text, path_text};
use super::{
    ClientModel, CredentialsModel, EndpointKind, FactorModel, RequirementModel, VocabularyModel,
};

/// Every endpoint with who may call it, and what follows from that, as owned data.
///
/// Made by [`AccessMap::model`](super::AccessMap::model), or read back from JSON. The order of
/// everything in it is fixed, so that the same router always gives the same text and the same
/// hash. `docs/access-map.schema.json` describes the JSON.
///
/// ```
/// use auth_core::access_map::AccessModel;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let map = auth_core::Router::<()>::new().access_map();
/// let model = AccessModel::from_json(&map.to_json())?;
/// assert_eq!(&model, map.model());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessModel {
    /// The version of this format: [`AccessModel::VERSION`].
    pub version: u32,
    /// `sha256:` and the hash of all the rest: of the compact JSON without this member, as
    /// `JSON.stringify` writes it.
    pub hash: String,
    /// The authentication methods that an endpoint accepts which names none.
    pub default_methods: Vec<String>,
    /// How long credentials are valid, and from which pages browsers may send them.
    #[serde(default, skip_serializing_if = "CredentialsModel::is_empty")]
    pub credentials: CredentialsModel,
    /// The clients of the authorization server, with the scopes of this API that they can obtain. Absent
    /// if the map was not given [any](super::AccessMap::with_clients).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clients: Vec<ClientModel>,
    /// The names that callers can hold.
    pub vocabulary: VocabularyModel,
    /// The endpoints, sorted by path, kind and method.
    pub endpoints: Vec<EndpointModel>,
    /// What looks like a mistake.
    pub findings: FindingsModel,
}

/// One method of one path with who may call it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndpointModel {
    /// The method; none for any method, or for every other one.
    pub method: Option<String>,
    /// The full path as axum writes it, parameters in braces.
    pub path: String,
    /// What the path means.
    pub kind: EndpointKind,
    /// The paths of the routes that answer here: of an axum router that was merged, and of a
    /// fallback for other methods. None for all others, and where they are not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routes: Option<Vec<String>>,
    /// The function that answers; none for a service.
    pub handler: Option<HandlerModel>,
    /// Where the route was added.
    pub route: SourceLocation,
    /// What a caller must meet; none if every caller may call.
    pub requirement: Option<RequirementModel>,
    /// The requirement in the words of `#[requires(..)]`; empty if every caller may call.
    pub text: String,
    /// The authentication methods that are accepted: those that the requirement names, or else the
    /// [default list](AccessModel::default_methods). Empty if every caller may call.
    pub methods: Vec<String>,
    /// The reason given to `#[public]`, if the handler is marked so. With a requirement, a router
    /// around the handler takes back what the mark gives.
    pub public_reason: Option<String>,
    /// What the sign-in of its callers lacks, if the handler is under `#[pending]`: it takes the
    /// credential of a half-finished sign-in, the method `pending`, and no other. Absent for all
    /// others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<String>,
    /// Why cross-site requests are accepted. Absent for all others, where they are rejected with a
    /// credential that browsers send on their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cross_site: Option<CrossSiteModel>,
    /// The checks that the requirement names, in the order written.
    pub checks: Vec<CheckModel>,
    /// The authentication context classes asked for outside of `not`, in the order written.
    pub acr_values: Vec<String>,
    /// The strictest age of a login, in seconds, asked for outside of `not`.
    pub max_age: Option<u64>,
    /// Whether factors of two categories are asked for outside of `not`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub mfa: bool,
    /// The factors asked for outside of `not`, in the order written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub factors: Vec<FactorModel>,
    /// The least that a token must carry: see [`MinimalSet`]. Empty if every caller may call, or
    /// no caller can.
    pub minimal_sets: Vec<MinimalSet>,
    /// Whether the search for minimal sets was cut short. Then each set listed still lets its
    /// holder in, but smaller ones may exist and the lists of roles may lack some.
    pub truncated: bool,
    /// The roles that are enough: a token with such a role, with the scopes that the requirement
    /// names outside of `not` and with nothing else is let in, given the login asked for, even
    /// if every check says no. In the order of the vocabulary; empty if every caller may call.
    pub sufficient_roles: Vec<String>,
    /// The roles that are enough in the same way, but only if the checks answer as they should.
    pub conditional_roles: Vec<String>,
    /// The one role among `sufficient_roles` (or, if there are none, among `conditional_roles`) that
    /// all others there include. None if there is no such role, or if a token without any role
    /// is let in just as well.
    pub minimum_role: Option<String>,
    /// The clients that can obtain the scopes of one of the minimal sets. Absent if the map knows no
    /// clients, or a caller is let in without a scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clients: Option<Vec<String>>,
}

/// The least that a token must carry to be let in.
///
/// Minimal by what the caller then holds: no other set grants only a part of that. So a set with
/// `manager` does not list `clerk` if `manager` includes it, and `orders:cancel` is listed alone even
/// if three roles grant it. A token with exactly these names is accepted, given the login and the
/// answers listed. With one of the grants removed, with a login that tells no class or time
/// where one is listed, or with one of the checks saying no, the caller is rejected.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MinimalSet {
    /// What the token carries.
    pub grants: GrantsModel,
    /// The methods of which the caller must use one; empty if any will do that the endpoint accepts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<String>,
    /// The class that the login must have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acr: Option<String>,
    /// The login must be of a class that is none of these (only with `not(acr = "..")`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acr_other_than: Vec<String>,
    /// How old the login may be, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<u64>,
    /// The login must be older than this many seconds (only with `not(max_age = "..")`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub older_than: Option<u64>,
    /// Whether factors of two categories must have been proved.
    #[serde(default, skip_serializing_if = "is_false")]
    pub mfa: bool,
    /// The factors that must have been proved, each of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub factors: Vec<FactorModel>,
    /// The checks that must say yes. The others may say no.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<String>,
    /// What the caller must not hold, besides the grants above (only with `not`). Someone who
    /// holds one of these may still have another way in.
    #[serde(default, skip_serializing_if = "GrantsModel::is_empty")]
    pub without: GrantsModel,
    /// The checks that must say no (only with `not`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without_checks: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
pub(super) const fn is_false(value: &bool) -> bool {
    !*value
}

/// Names that a token carries, by kind, in the order of the vocabulary.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantsModel {
    /// The roles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// The permissions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub permissions: Vec<String>,
    /// The scopes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    /// The groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
}

/// A handler.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandlerModel {
    /// The name of the function.
    pub name: String,
    /// The module it is in.
    pub module: String,
    /// Its doc comment; empty if there is none.
    pub doc: String,
    /// The source file, as the compiler names it.
    pub file: String,
    /// The line of the attribute, counted from 1.
    pub line: u32,
}

/// A place in the source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceLocation {
    /// The source file, as the compiler names it.
    pub file: String,
    /// The line, counted from 1.
    pub line: u32,
}

/// A check of the application.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckModel {
    /// The name by which the requirement refers to it: that of the function, with its module
    /// where two checks of the map share it.
    pub name: String,
    /// The module that the function is in; empty in a map or a lock of an earlier version,
    /// where no one knows which of several checks of that name was meant.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub module: String,
    /// What it makes sure of.
    pub sentence: String,
}

/// Why an endpoint is exempt from the check for cross-site requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrossSiteModel {
    /// The reason given to `csrf(exempt = "..")`.
    pub exempt: String,
    /// Whether the handshake of a WebSocket is exempt, too.
    #[serde(default, skip_serializing_if = "is_false")]
    pub web_socket: bool,
}

/// What looks like a mistake, seen over all endpoints.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingsModel {
    /// Permissions that change nothing: neither they nor what they include are named anywhere.
    pub unused_permissions: Vec<String>,
    /// Roles that change nothing: neither they nor what they include or grant are named anywhere.
    pub unused_roles: Vec<String>,
    /// Scopes that change nothing.
    pub unused_scopes: Vec<String>,
    /// Groups that change nothing: not even the roles that they bring do.
    pub unused_groups: Vec<String>,
    /// Endpoints that no caller can call, as `GET /orders/{id}`.
    pub unreachable_endpoints: Vec<String>,
    /// Scopes that endpoints ask for and that no client can be given. Empty if the map knows no clients.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes_without_client: Vec<String>,
}

impl CrossSiteModel {
    /// `signed webhook, see docs/hooks.md (WebSockets, too)`
    pub(super) fn text(&self) -> String {
        let too = if self.web_socket { " (WebSockets, too)" } else { "" };
        format!("{}{too}", self.exempt)
    }
}

impl EndpointModel {
    /// Whether every caller may call.
    #[must_use]
    pub const fn is_public(&self) -> bool {
        self.requirement.is_none()
    }
}

impl GrantsModel {
    /// Whether there is no name at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many names there are in all.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.roles.len() + self.permissions.len() + self.scopes.len() + self.groups.len()
    }

    /// The names of one kind. There are no levels among them, which are the class of a login.
    #[must_use]
    pub fn of(&self, kind: crate::AuthorityKind) -> &[String] {
        use crate::AuthorityKind::{Group, Level, Permission, Role, Scope};
        match kind {
            Role => &self.roles,
            Permission => &self.permissions,
            Scope => &self.scopes,
            Group => &self.groups,
            Level => &[],
        }
    }

    /// Adds a name of one kind at the end; nothing if it is a level, which no token carries as a name.
    pub fn push(&mut self, kind: crate::AuthorityKind, name: impl Into<String>) {
        use crate::AuthorityKind::{Group, Level, Permission, Role, Scope};
        let list = match kind {
            Role => &mut self.roles,
            Permission => &mut self.permissions,
            Scope => &mut self.scopes,
            Group => &mut self.groups,
            Level => return,
        };
        list.push(name.into());
    }

    /// Every name with its kind.
    pub fn iter(&self) -> impl Iterator<Item = (crate::AuthorityKind, &str)> {
        crate::AuthorityKind::ALL
            .into_iter()
            .flat_map(|kind| self.of(kind).iter().map(move |name| (kind, name.as_str())))
    }
}

/// `GET /orders/{id}`
impl fmt::Display for EndpointModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = method_text(self.method.as_deref());
        write!(f, "{method} {}", path_text(&self.path, self.kind))
    }
}

/// `role "manager", scope "write"`
impl fmt::Display for GrantsModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (kind, name)) in self.iter().enumerate() {
            let comma = if place > 0 { ", " } else { "" };
            write!(f, "{comma}{kind} {name:?}")?;
        }
        Ok(())
    }
}
