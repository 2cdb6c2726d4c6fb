//! The names that a token carries, held against those that the application knows.

use serde_json::Value;

use super::finding::{listed, quoted};
use crate::jose::json::Object;
use crate::token::claim_map::ClaimMap;
use crate::vocabulary::{AuthorityKind, VocabularySet, nearest};

/// How many names of a kind are looked at.
const MAX_NAMES: usize = 64;
/// How many names that are not known are listed, with what may be meant.
const MAX_UNKNOWN: usize = 8;
/// How many places that are not mapped are proposed.
const MAX_PLACES: usize = 4;

/// What a token carries of one kind of names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KindNames {
    pub(crate) kind: AuthorityKind,
    /// The names at the mapped places, as they are written for a person.
    pub(crate) carried: String,
    /// Those that the vocabulary does not have, each with what may be meant.
    pub(crate) unknown: Vec<String>,
    /// The mapped places that hold nothing.
    pub(crate) empty: Vec<String>,
    /// The places that leave open which names there are, each with the reason.
    pub(crate) open: Vec<String>,
    /// Where names of this kind seem to be instead.
    pub(crate) hint: Option<String>,
}

impl KindNames {
    /// What a token carries of every kind that the application has names of.
    pub(crate) fn of(map: &ClaimMap, claims: Object<'_>, tables: &VocabularySet) -> Vec<Self> {
        let kinds = AuthorityKind::ALL.into_iter();
        let known = kinds.filter(|kind| tables.of_kind(*kind).next().is_some());
        known.map(|kind| Self::of_kind(kind, map, claims, tables)).collect()
    }

    fn of_kind(
        kind: AuthorityKind,
        map: &ClaimMap,
        claims: Object<'_>,
        tables: &VocabularySet,
    ) -> Self {
        let carried: Vec<&str> = map.names(kind, claims).take(MAX_NAMES).collect();
        let unknown = carried.iter().filter(|name| tables.find(kind, name).is_none());
        let unknown = unknown.take(MAX_UNKNOWN).map(|name| {
            let meant = meant(kind, name, tables);
            format!("{}{}", quoted(name), meant.map(|it| format!(" ({it})")).unwrap_or_default())
        });
        let unknown = unknown.collect();
        let places = map.places_of(kind, claims);
        let empty: Vec<String> = places
            .iter()
            .filter(|(_, holds)| !holds)
            .map(|(place, _)| (*place).to_owned())
            .collect();
        let mut open = Vec::new();
        map.grants(claims, tables, |of, place, why| {
            if of == kind && open.len() < MAX_PLACES {
                open.push(format!("{place} ({why})"));
            }
        });
        let hint = (carried.is_empty())
            .then(|| {
                elsewhere(kind, claims, &places.iter().map(|(place, _)| *place).collect::<Vec<_>>())
            })
            .flatten();
        Self { kind, carried: listed(carried.iter().copied()), unknown, empty, open, hint }
    }

    /// Whether anything here is likely not meant so.
    pub(crate) fn is_odd(&self) -> bool {
        let is_empty = self.carried == "none";
        !self.unknown.is_empty() || !self.open.is_empty() || self.hint.is_some() || is_empty
    }

    /// All of it in one line.
    pub(crate) fn line(&self) -> String {
        let mut parts = vec![format!("{}: {}", self.kind.plural(), self.carried)];
        if !self.unknown.is_empty() {
            parts.push(format!("not in the vocabulary: {}", self.unknown.join(", ")));
        }
        if !self.open.is_empty() {
            parts.push(format!(
                "which there are is unknown, so none is met on either side of `not`: {}",
                self.open.join(", ")
            ));
        }
        if !self.empty.is_empty() {
            parts.push(format!("nothing at {}", self.empty.join(", ")));
        }
        parts.extend(self.hint.clone());
        parts.join("; ")
    }
}

/// What a name that is not known may be.
fn meant(kind: AuthorityKind, name: &str, tables: &VocabularySet) -> Option<String> {
    let known = |name: &str| tables.find(kind, name).is_some();
    let prefixes = ["ROLE_", "role_", "SCOPE_", "/", "roles/", "role:", "api://"];
    for prefix in prefixes {
        if let Some(rest) = name.strip_prefix(prefix) {
            let lower = rest.to_lowercase();
            if let Some(rest) = [rest, &lower].into_iter().find(|rest| known(rest)) {
                return Some(format!("`{rest}` is known: it comes with `{prefix}` before it"));
            }
        }
    }
    let same = tables
        .of_kind(kind)
        .flat_map(|table| table.names)
        .find(|known| known.name.eq_ignore_ascii_case(name) || known.name == format!("/{name}"));
    if let Some(same) = same {
        let how =
            if same.name.starts_with('/') { "with a slash before it" } else { "in another case" };
        return Some(format!("`{}` is known: {how}", same.name));
    }
    if let Some(last) =
        name.rsplit(['/', ':', '.']).next().filter(|last| *last != name && known(last))
    {
        return Some(format!("`{last}` is known: it comes with more before it"));
    }
    if let Some(near) = tables.of_kind(kind).find_map(|table| nearest(table, name)) {
        return Some(format!("did you mean `{near}`?"));
    }
    let other = AuthorityKind::ALL
        .into_iter()
        .find(|other| *other != kind && tables.find(*other, name).is_some());
    other.map(|other| format!("the vocabulary has a {other} of that name"))
}

/// Where names of a kind seem to be, if not at the places that are mapped.
fn elsewhere(kind: AuthorityKind, claims: Object<'_>, mapped: &[&str]) -> Option<String> {
    let words: &[&str] = match kind {
        AuthorityKind::Role => &["role"],
        AuthorityKind::Permission => &["permission", "entitlement", "authorit"],
        AuthorityKind::Scope => &["scope", "scp"],
        AuthorityKind::Group => &["group"],
        AuthorityKind::Level => &["acr"],
    };
    let mut found = Vec::new();
    search(&Value::Object(claims.to_map()), "", false, words, 4, &mut found);
    found.retain(|place| !mapped.contains(&place.as_str()));
    found.truncate(MAX_PLACES);
    let first = found.first()?;
    Some(format!(
        "{} seem to be at {}: `.claims(ClaimMap::.. .{}({first:?}))`, or the map of the provider, as `ClaimMap::keycloak(..)`",
        kind.plural(),
        found.iter().map(|place| quoted(place)).collect::<Vec<_>>().join(", "),
        kind.plural()
    ))
}

/// Pointers to what holds names under a claim whose name has one of the words in it.
fn search(
    value: &Value,
    pointer: &str,
    is_named: bool,
    words: &[&str],
    depth: usize,
    found: &mut Vec<String>,
) {
    if found.len() >= 2 * MAX_PLACES {
        return;
    }
    match value {
        Value::String(text) if is_named && !text.is_empty() => found.push(pointer.to_owned()),
        Value::Array(members) if is_named && members.iter().any(Value::is_string) => {
            found.push(pointer.to_owned());
        }
        Value::Object(members) if depth > 0 => {
            for (name, value) in members {
                let lower = name.to_lowercase();
                let is_named = words.iter().any(|word| lower.contains(word));
                // A pointer that is too long to be shown is no help.
                if name.len() <= 64 {
                    let name = name.replace('~', "~0").replace('/', "~1");
                    search(value, &format!("{pointer}/{name}"), is_named, words, depth - 1, found);
                }
            }
        }
        _ => {}
    }
}
