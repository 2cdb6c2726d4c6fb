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
pub(super) struct Tables(Vec<&'static NameTable>);

impl Tables {
    pub(super) fn of(given: &VocabularyTables, endpoints: &[Endpoint]) -> Self {
        let mut tables = Self(Vec::new());
        for table in given.iter() {
            tables.add(table);
        }
        let is_open = |kind| given.of_kind(kind).next().is_none();
        let named = endpoints.iter().filter_map(Endpoint::requirement);
        let named = named.flat_map(Requirement::names).map(NameRef::table);
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

    fn add(&mut self, table: &'static NameTable) {
        if self.0.iter().all(|own| own.check_beside(table).is_ok()) {
            self.0.push(table);
        }
    }

    fn contain(&self, table: &NameTable) -> bool {
        self.0.iter().any(|own| own.is(table))
    }

    /// Whether a caller can hold `name` at all. One of another enum is held by nobody.
    pub(super) fn hold(&self, name: NameRef) -> bool {
        name.info().is_some() && self.contain(name.table())
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

    /// Notes the names at `indices` of `target`; if the map does not have that enum, what
    /// they bring of the next kind in their place, since that is what a caller gets of them.
    fn bring(&self, model: &mut NameModel, target: &'static NameTable, indices: &[u16]) {
        match (self.contain(target), target.kind, target.implied) {
            (true, NameKind::Role, _) => model.roles = names(target, indices.iter().copied()),
            (true, NameKind::Permission, _) => {
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

fn names(table: &'static NameTable, indices: impl Iterator<Item = u16>) -> Vec<String> {
    indices.filter_map(|index| table.get(index)).map(|name| name.name().to_owned()).collect()
}
