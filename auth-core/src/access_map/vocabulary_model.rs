//! The names that callers can hold, as plain data.

use serde::{Deserialize, Serialize};

use super::Endpoint;
use crate::policy::Requirement;
use crate::vocabulary::{
    AuthorityInfo, AuthorityKind, AuthorityRef, AuthorityTable, VocabularySet,
};

/// The names that callers can hold, in the order of the enums.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VocabularyModel {
    /// The roles.
    pub roles: Vec<AuthorityModel>,
    /// The permissions.
    pub permissions: Vec<AuthorityModel>,
    /// The scopes.
    pub scopes: Vec<AuthorityModel>,
    /// The groups.
    pub groups: Vec<AuthorityModel>,
    /// The levels of logins. Absent if there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<AuthorityModel>,
}

/// One name with what its holder holds through it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthorityModel {
    /// The name on the wire.
    pub name: String,
    /// The variant's doc comment; empty if there is none.
    #[serde(default)]
    pub doc: String,
    /// The names of the same kind that it includes directly.
    #[serde(default)]
    pub includes: Vec<String>,
    /// The permissions that it grants directly (roles).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<String>,
    /// The roles that it brings directly (groups).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
}

impl VocabularyModel {
    /// The names of one kind.
    #[must_use]
    pub fn of(&self, kind: AuthorityKind) -> &[AuthorityModel] {
        match kind {
            AuthorityKind::Role => &self.roles,
            AuthorityKind::Permission => &self.permissions,
            AuthorityKind::Scope => &self.scopes,
            AuthorityKind::Group => &self.groups,
            AuthorityKind::Level => &self.levels,
        }
    }

    pub(super) const fn of_mut(&mut self, kind: AuthorityKind) -> &mut Vec<AuthorityModel> {
        match kind {
            AuthorityKind::Role => &mut self.roles,
            AuthorityKind::Permission => &mut self.permissions,
            AuthorityKind::Scope => &mut self.scopes,
            AuthorityKind::Group => &mut self.groups,
            AuthorityKind::Level => &mut self.levels,
        }
    }

    pub(super) fn new(tables: &Tables) -> Self {
        let mut model = Self::default();
        for kind in AuthorityKind::LISTED {
            let of_kind = tables.0.iter().filter(|table| table.kind == kind);
            let names = of_kind.flat_map(|table| table.names.iter().map(move |it| (*table, it)));
            *model.of_mut(kind) = names.map(|(table, it)| tables.model(table, it)).collect();
        }
        model
    }
}

/// The tables behind a map. Of two that have a name in common the first: a name means one thing.
///
/// Those that were given come first. Where none was given for a kind, those that requirements name
/// are taken, and then those that these bring names of.
#[derive(Debug)]
pub(super) struct Tables(Vec<&'static AuthorityTable>);

impl Tables {
    pub(super) fn of(given: &VocabularySet, endpoints: &[Endpoint]) -> Self {
        let mut tables = Self(Vec::new());
        for table in given.iter() {
            tables.add(table);
        }
        let is_open = |kind| given.of_kind(kind).next().is_none();
        let named = endpoints.iter().filter_map(Endpoint::requirement);
        let named = named.flat_map(Requirement::members).map(AuthorityRef::table);
        for table in named.filter(|table| is_open(table.kind)) {
            tables.add(table);
        }
        // A group brings roles, and these bring permissions: the list grows while it is read.
        let mut place = 0;
        while let Some(table) = tables.0.get(place) {
            let implied = table.implied.map(|implied| implied.table);
            if let Some(implied) = implied.filter(|implied| is_open(implied.kind)) {
                tables.add(implied);
            }
            place += 1;
        }
        tables
    }

    fn add(&mut self, table: &'static AuthorityTable) {
        if self.0.iter().all(|own| own.check_beside(table).is_ok()) {
            self.0.push(table);
        }
    }

    fn contain(&self, table: &AuthorityTable) -> bool {
        self.0.iter().any(|own| own.is(table))
    }

    /// Whether a caller can hold `name` at all, or a login reach it. None does of another enum.
    pub(super) fn hold(&self, name: AuthorityRef) -> bool {
        name.info().is_some() && self.contain(name.table())
    }

    fn model(&self, table: &'static AuthorityTable, info: &AuthorityInfo) -> AuthorityModel {
        let mut model = AuthorityModel {
            name: info.name.to_owned(),
            doc: info.doc.to_owned(),
            includes: names(table, info.includes.iter().copied()),
            ..AuthorityModel::default()
        };
        if let Some(implied) = table.implied {
            self.bring(&mut model, implied.table, info.implies);
        }
        model
    }

    /// Notes the names at `indices` of `target`; if the map does not have that enum, what
    /// they bring of the next kind in their place, since that is what a caller gets of them.
    fn bring(&self, model: &mut AuthorityModel, target: &'static AuthorityTable, indices: &[u16]) {
        match (self.contain(target), target.kind, target.implied) {
            (true, AuthorityKind::Role, _) => model.roles = names(target, indices.iter().copied()),
            (true, AuthorityKind::Permission, _) => {
                model.grants = names(target, indices.iter().copied());
            }
            (false, _, Some(next)) if self.contain(next.table) => {
                let brought = (0_u16..).take(next.table.len());
                let brought = brought.filter(|to| indices.iter().any(|it| next.brings(*it, *to)));
                model.grants = names(next.table, brought);
            }
            _ => {}
        }
    }
}

fn names(table: &'static AuthorityTable, indices: impl Iterator<Item = u16>) -> Vec<String> {
    indices.filter_map(|index| table.get(index)).map(|name| name.name().to_owned()).collect()
}
