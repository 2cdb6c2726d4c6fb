//! The names that callers can hold, as plain data.

use serde::{Deserialize, Serialize};

use super::Endpoint;
use crate::policy::Requirement;
use crate::vocabulary::{NameInfo, NameKind, NameRef, NameTable, VocabularyTables};

/// The names that callers can hold, in the order of the enums.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VocabularyModel {
    /// The roles.
    pub roles: Vec<NameModel>,
    /// The permissions.
    pub permissions: Vec<NameModel>,
    /// The scopes.
    pub scopes: Vec<NameModel>,
    /// The groups.
    pub groups: Vec<NameModel>,
}

/// One name with what its holder holds through it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NameModel {
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
    pub fn of(&self, kind: NameKind) -> &[NameModel] {
        match kind {
            NameKind::Role => &self.roles,
            NameKind::Permission => &self.permissions,
            NameKind::Scope => &self.scopes,
            NameKind::Group => &self.groups,
        }
    }

    pub(super) const fn of_mut(&mut self, kind: NameKind) -> &mut Vec<NameModel> {
        match kind {
            NameKind::Role => &mut self.roles,
            NameKind::Permission => &mut self.permissions,
            NameKind::Scope => &mut self.scopes,
            NameKind::Group => &mut self.groups,
        }
    }

    pub(super) fn new(tables: &Tables) -> Self {
        let mut model = Self::default();
        for kind in NameKind::ALL {
            if let Some(table) = tables.get(kind) {
                *model.of_mut(kind) =
                    table.names.iter().map(|it| tables.model(table, it)).collect();
            }
        }
        model
    }
}

/// The tables behind a map, at most one of each kind.
///
/// Those that were given come first. Where none was given for a kind, the first that a
/// requirement names is taken, and then those that these bring names of.
#[derive(Debug)]
pub(super) struct Tables([Option<&'static NameTable>; 4]);

impl Tables {
    pub(super) fn of(given: &VocabularyTables, endpoints: &[Endpoint]) -> Self {
        let mut tables = Self(NameKind::ALL.map(|kind| given.get(kind)));
        let named = endpoints.iter().filter_map(Endpoint::requirement);
        for name in named.flat_map(Requirement::names) {
            tables.add(name.table());
        }
        // A group brings roles, and these bring permissions: two steps at most.
        for _ in 0..2 {
            for table in tables.0.into_iter().flatten() {
                if let Some(implied) = table.implied {
                    tables.add(implied.table);
                }
            }
        }
        tables
    }

    const fn add(&mut self, table: &'static NameTable) {
        let [role, permission, scope, group] = &mut self.0;
        let place = match table.kind {
            NameKind::Role => role,
            NameKind::Permission => permission,
            NameKind::Scope => scope,
            NameKind::Group => group,
        };
        if place.is_none() {
            *place = Some(table);
        }
    }

    fn get(&self, kind: NameKind) -> Option<&'static NameTable> {
        self.0.into_iter().flatten().find(|table| table.kind == kind)
    }

    /// Whether a caller can hold `name` at all. One of another enum is held by nobody.
    pub(super) fn hold(&self, name: NameRef) -> bool {
        name.info().is_some() && self.get(name.kind()).is_some_and(|own| own.is(name.table()))
    }

    fn model(&self, table: &'static NameTable, info: &NameInfo) -> NameModel {
        let mut model = NameModel {
            name: info.name.to_owned(),
            doc: info.doc.to_owned(),
            includes: names(table, info.includes.iter().copied()),
            ..NameModel::default()
        };
        if let Some(implied) = table.implied {
            self.bring(&mut model, implied.table, info.implies);
        }
        model
    }

    /// Notes the names at `indices` of `target`; if the map has another enum of that kind, what
    /// they bring of the next kind in their place, since that is what a caller gets of them.
    fn bring(&self, model: &mut NameModel, target: &'static NameTable, indices: &[u16]) {
        let known = self.get(target.kind).is_some_and(|own| own.is(target));
        match (known, target.kind, target.implied) {
            (true, NameKind::Role, _) => model.roles = names(target, indices.iter().copied()),
            (true, NameKind::Permission, _) => {
                model.grants = names(target, indices.iter().copied());
            }
            (false, _, Some(next))
                if self.get(next.table.kind).is_some_and(|t| t.is(next.table)) =>
            {
                let brought = (0_u16..).take(next.table.len());
                let brought = brought.filter(|to| indices.iter().any(|it| next.brings(*it, *to)));
                model.grants = names(next.table, brought);
            }
            _ => {}
        }
    }
}

fn names(table: &'static NameTable, indices: impl Iterator<Item = u16>) -> Vec<String> {
    indices.filter_map(|index| table.get(index)).map(|name| name.name().to_owned()).collect()
}
