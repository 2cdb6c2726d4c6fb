//! What holders of certain names can call, asked of the framework.

use std::collections::HashMap;
use std::sync::Arc;

use auth_core::access_map::{Admission, Endpoint};
use auth_core::vocabulary::{AuthorityRef, AuthorityTable, VocabularySet};
use auth_core::{AccessMap, AuthorityKind, AuthoritySet, Method};

use crate::api_key::ApiKeys;

/// A name that an account has.
pub(super) type Name = (AuthorityKind, String);

/// A credential, as far as it decides what can be called.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Credential {
    /// One that can do all that its account can.
    Whole(Method),
    /// An API key with these scopes and roles.
    Key { scopes: Vec<String>, roles: Vec<String> },
}

impl Credential {
    pub(super) const fn method(&self) -> Method {
        match self {
            Self::Whole(method) => *method,
            Self::Key { .. } => Method::ApiKey,
        }
    }
}

/// Something that can be called.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// The place of the endpoint in the map.
    pub(super) endpoint: usize,
    /// What else is required.
    pub(super) provided: Option<String>,
    /// The names by which it can be called.
    pub(super) because: Vec<Name>,
    /// Whether it takes all of them.
    pub(super) all_needed: bool,
}

/// Decides what can be called; what was decided once is kept: many accounts have the same names.
pub(super) struct Judge<'a> {
    map: &'a AccessMap,
    vocabulary: VocabularySet,
    keys: &'a ApiKeys,
    known: HashMap<(Vec<Name>, Credential), Arc<[Call]>>,
}

impl<'a> Judge<'a> {
    pub(super) fn new(map: &'a AccessMap, vocabulary: VocabularySet, keys: &'a ApiKeys) -> Self {
        Self { map, vocabulary, keys, known: HashMap::new() }
    }

    /// Every role and group of the application.
    pub(super) fn names(&self) -> impl Iterator<Item = AuthorityRef> + use<> {
        let vocabulary = self.vocabulary;
        let kinds = [AuthorityKind::Role, AuthorityKind::Group].into_iter();
        kinds.flat_map(move |kind| vocabulary.of_kind(kind)).flat_map(AuthorityTable::iter)
    }

    /// Whether an endpoint lets callers in by this method who hold nothing.
    pub(super) fn of_every_caller(&self, endpoint: &Endpoint, method: Method) -> Admission {
        let nothing = AuthoritySet::empty(&self.vocabulary);
        self.map.admission(endpoint, &nothing, method)
    }

    /// What can be called beyond that, by a caller with exactly these names, which are sorted.
    pub(super) fn calls(&mut self, names: &[Name], credential: &Credential) -> Arc<[Call]> {
        let key = (names.to_vec(), credential.clone());
        if let Some(calls) = self.known.get(&key) {
            return Arc::clone(calls);
        }
        let endpoints = self.map.endpoints().iter().enumerate();
        let calls: Arc<[Call]> =
            endpoints.filter_map(|it| self.call(it, names, credential)).collect();
        self.known.insert(key, Arc::clone(&calls));
        calls
    }

    fn call(
        &self,
        (place, endpoint): (usize, &Endpoint),
        names: &[Name],
        credential: &Credential,
    ) -> Option<Call> {
        if endpoint.is_public() {
            return None;
        }
        let admission = |names: &[Name]| {
            let held = self.authorities(names, credential);
            held.map_or(Admission::Never, |held| {
                self.map.admission(endpoint, &held, credential.method())
            })
        };
        let by_all = admission(names);
        if !lets_in(&by_all) || self.of_every_caller(endpoint, credential.method()) == by_all {
            return None;
        }
        let alone: Vec<Name> = names
            .iter()
            .filter(|name| admission(std::slice::from_ref(*name)) == by_all)
            .cloned()
            .collect();
        let all_needed = alone.is_empty();
        let because = if all_needed {
            // Names that change nothing are taken away, one after the other.
            let mut needed = names.to_vec();
            for name in names {
                let fewer: Vec<Name> = needed.iter().filter(|it| *it != name).cloned().collect();
                if admission(&fewer) == by_all {
                    needed = fewer;
                }
            }
            needed
        } else {
            alone
        };
        let all_needed = all_needed && because.len() > 1;
        Some(Call { endpoint: place, provided: provided(&by_all), because, all_needed })
    }

    /// What a caller holds; `None` if the credential is not accepted.
    fn authorities(&self, names: &[Name], credential: &Credential) -> Option<AuthoritySet> {
        let names = names.iter().map(|(kind, name)| (*kind, name.as_str()));
        match credential {
            Credential::Whole(_) => Some(self.vocabulary.intern(names)),
            Credential::Key { scopes, roles } => self.keys.authorities(names, scopes, roles),
        }
    }
}

/// Whether the caller is let in, perhaps under conditions.
pub(super) const fn lets_in(admission: &Admission) -> bool {
    matches!(admission, Admission::Always | Admission::Provided(_))
}

/// What else is required of a caller who is let in; `None`: nothing.
pub(super) fn provided(admission: &Admission) -> Option<String> {
    match admission {
        Admission::Provided(rest) => Some(rest.to_string()),
        _ => None,
    }
}
