//! Which clients can obtain the scopes that endpoints ask for: what the authorization server knows, beside
//! what the router knows.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::closure::Closure;
use super::{AccessMap, AccessModel, EndpointModel, MinimalSet};
use crate::policy::solver::BitSet;
use crate::vocabulary::AuthorityKind;

/// A client of the authorization server, and the scopes of this API that it can obtain.
///
/// ```
/// use auth_core::access_map::ClientModel;
/// # use auth_core::{Router, Scopes, requires, routing::{get, post}};
/// # #[derive(Clone, Copy, Scopes)] enum Scope { Read, Write }
/// # #[requires(scope = Scope::Read)] async fn list() {}
/// # #[requires(scope = Scope::Write)] async fn create() {}
/// # let app: Router = Router::new().route("/orders", get(list).post(create));
///
/// let map = app.access_map().with_clients([ClientModel::new("spa", ["read"])]);
/// let [list, create] = &map.model().endpoints[..] else { unreachable!() };
/// assert_eq!(list.clients, Some(vec!["spa".to_owned()]));
/// assert_eq!(create.clients, Some(vec![]));
/// assert_eq!(map.model().findings.scopes_without_client, ["write"]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientModel {
    /// Its `client_id`, or what it is called.
    pub id: String,
    /// The scopes of this API that its tokens can have, in the order of the authorization server.
    pub scopes: Vec<String>,
}

impl ClientModel {
    /// A client with this id, which can obtain these scopes.
    pub fn new<S: Into<String>>(
        id: impl Into<String>,
        scopes: impl IntoIterator<Item = S>,
    ) -> Self {
        Self { id: id.into(), scopes: scopes.into_iter().map(Into::into).collect() }
    }
}

impl AccessMap {
    /// The same map with the clients of the authorization server: it says which of them can obtain the
    /// scopes of which endpoint, and which scopes no client can be given.
    ///
    /// They are no part of the lock, which is about the API alone.
    #[must_use]
    pub fn with_clients(mut self, clients: impl IntoIterator<Item = ClientModel>) -> Self {
        self.clients = clients.into_iter().collect();
        self.model = OnceLock::new();
        self
    }
}

impl AccessModel {
    /// Writes down which clients can obtain what, if any are known.
    pub(super) fn conclude_clients(&mut self) {
        if self.clients.is_empty() {
            return;
        }
        let closure = Closure::of(&self.vocabulary);
        let held: Vec<(&str, BitSet)> = self
            .clients
            .iter()
            .map(|client| (client.id.as_str(), scopes_of(client, &closure)))
            .collect();
        let mut missing: Vec<String> = Vec::new();
        for endpoint in &mut self.endpoints {
            endpoint.clients = endpoint.clients_of(&held, &closure);
            let asked = endpoint.minimal_sets.iter().flat_map(|it| &it.grants.scopes);
            for scope in asked {
                let is_held = held.iter().any(|(_, held)| has(held, scope, &closure));
                if !is_held && !missing.contains(scope) {
                    missing.push(scope.clone());
                }
            }
        }
        let names = self.vocabulary.of(AuthorityKind::Scope).iter().map(|it| &it.name);
        self.findings.scopes_without_client =
            names.filter(|it| missing.contains(it)).cloned().collect();
    }
}

impl EndpointModel {
    /// The clients that can obtain the scopes of one way in; none if there is a way in without scopes, or
    /// no way in at all.
    fn clients_of(&self, clients: &[(&str, BitSet)], closure: &Closure<'_>) -> Option<Vec<String>> {
        let sets = &self.minimal_sets;
        if sets.is_empty() || sets.iter().any(|it| it.grants.scopes.is_empty()) {
            return None;
        }
        let obtains = |held: &BitSet, set: &MinimalSet| {
            set.grants.scopes.iter().all(|scope| has(held, scope, closure))
        };
        let can = clients.iter().filter(|(_, held)| sets.iter().any(|set| obtains(held, set)));
        Some(can.map(|(id, _)| (*id).to_owned()).collect())
    }
}

/// All that the scopes of a client bring.
fn scopes_of(client: &ClientModel, closure: &Closure<'_>) -> BitSet {
    let mut held = BitSet::new();
    let numbers = client.scopes.iter().filter_map(|it| closure.number(AuthorityKind::Scope, it));
    for number in numbers {
        held.insert(number);
        held.add(closure.brings(number));
    }
    held
}

fn has(held: &BitSet, scope: &str, closure: &Closure<'_>) -> bool {
    closure.number(AuthorityKind::Scope, scope).is_some_and(|number| held.contains(number))
}
