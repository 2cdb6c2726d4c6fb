//! What follows from the requirements: who gets in, and what looks like a mistake.

use std::collections::BTreeMap;

use super::closure::Closure;
use super::minimal::minimal_sets;
use super::space::{Fact, Side, Space};
use super::{AccessModel, EndpointModel, FindingsModel, RequirementModel, VocabularyModel};
use crate::policy::solver::{BitSet, Formula, is_possible};
use crate::vocabulary::AuthorityKind;

impl AccessModel {
    /// Writes down all that follows from the vocabulary and the requirements, and the hash.
    pub(super) fn conclude(&mut self) {
        let Self { vocabulary, endpoints, .. } = self;
        let closure = Closure::of(vocabulary);
        for endpoint in endpoints.iter_mut() {
            endpoint.conclude(&closure);
        }
        self.findings = findings(vocabulary, endpoints, &closure);
        self.conclude_clients();
        self.hash = self.content_hash();
    }
}

impl EndpointModel {
    fn conclude(&mut self, closure: &Closure<'_>) {
        let Some(requirement) = &self.requirement else { return };
        let Self { checks, methods, .. } = &*self;
        let side = Side { requirement, checks, closure, methods };
        let space = Space::of(&[side]);
        let (sets, bounded) = minimal_sets(&space, side);
        let roles = RolesOf::endpoint(&space, side);
        self.truncated = bounded || roles.bounded;
        self.minimum_role = roles.least(closure);
        self.sufficient_roles = RolesOf::names(&roles.alone, closure);
        self.conditional_roles = RolesOf::names(&roles.with_checks, closure);
        self.minimal_sets = sets;
    }
}

/// Whether a token is let in if every check says no, and whether if they answer as they should.
type Admission = (bool, bool);

/// The roles that are enough for an endpoint, by their numbers.
struct RolesOf {
    alone: Vec<usize>,
    with_checks: Vec<usize>,
    without_role: Admission,
    bounded: bool,
}

impl RolesOf {
    fn endpoint(space: &Space<'_>, side: Side<'_>) -> Self {
        let formula = space.formula(0, true);
        let mut scopes = BitSet::new();
        for (leaf, wanted) in side.requirement.leaves() {
            if let (true, RequirementModel::Scope(name)) = (wanted, leaf)
                && let Some(number) = side.closure.number(AuthorityKind::Scope, name)
            {
                scopes.add(&space.brought(side.closure, number));
            }
        }
        let mut roles = Self {
            alone: Vec::new(),
            with_checks: Vec::new(),
            without_role: (false, false),
            bounded: false,
        };
        // Most roles bring the same few facts of one endpoint, or none.
        let mut admissions: BTreeMap<BitSet, Admission> = BTreeMap::new();
        let brought = brought_by_roles(space, side.closure);
        roles.without_role = roles.admission(space, &formula, &scopes);
        admissions.insert(scopes.clone(), roles.without_role);
        let all = side.closure.iter().filter(|(_, kind, _)| *kind == AuthorityKind::Role);
        for (number, ..) in all {
            let mut has = scopes.clone();
            if let Some(brought) = brought.get(&number) {
                has.add(brought);
            }
            let admission = match admissions.get(&has) {
                Some(known) => *known,
                None => roles.admission(space, &formula, &has),
            };
            admissions.insert(has, admission);
            match admission {
                (true, _) => roles.alone.push(number),
                (false, true) => roles.with_checks.push(number),
                (false, false) => {}
            }
        }
        roles
    }

    /// Whether the holder of exactly these facts is let in, given the login asked for.
    fn admission(&mut self, space: &Space<'_>, formula: &Formula, has: &BitSet) -> Admission {
        let mut lets_in = |checks_say_no: bool| {
            let mut known = space.world.nothing_known();
            for (place, fact) in space.facts.iter().enumerate() {
                match fact {
                    _ if has.contains(place) => known.has.insert(place),
                    Fact::Check(_) if !checks_say_no => {}
                    // Given the login that is asked for.
                    Fact::Mfa | Fact::Factor(..) => {}
                    _ => known.lacks.insert(place),
                }
            }
            let (found, complete) = is_possible(&space.world, formula, known);
            self.bounded |= !complete;
            found
        };
        let alone = lets_in(true);
        (alone, alone || lets_in(false))
    }

    /// The one that all others include, unless no role is needed.
    fn least(&self, closure: &Closure<'_>) -> Option<String> {
        let (roles, needless) = match self.alone.as_slice() {
            [] => (&self.with_checks, self.without_role.1),
            _ => (&self.alone, self.without_role.0),
        };
        let (first, rest) = roles.split_first()?;
        let mut common = closure.brings(*first).clone();
        for role in rest {
            common.keep(closure.brings(*role));
        }
        let least = roles.iter().find(|role| common.contains(**role) && !needless)?;
        closure.name(*least).map(|(_, name)| name.to_owned())
    }

    fn names(roles: &[usize], closure: &Closure<'_>) -> Vec<String> {
        roles
            .iter()
            .filter_map(|role| closure.name(*role))
            .map(|(_, name)| name.to_owned())
            .collect()
    }
}

/// The facts that each role brings, for those that bring any.
fn brought_by_roles(space: &Space<'_>, closure: &Closure<'_>) -> BTreeMap<usize, BitSet> {
    let mut brought: BTreeMap<usize, BitSet> = BTreeMap::new();
    for (place, fact) in space.facts.iter().enumerate() {
        if let Fact::Name { number, .. } = fact {
            for from in closure.brought_by(*number) {
                brought.entry(*from).or_default().insert(place);
            }
        }
    }
    brought
}

fn findings(
    vocabulary: &VocabularyModel,
    endpoints: &[EndpointModel],
    closure: &Closure<'_>,
) -> FindingsModel {
    let mut asked_for = BitSet::new();
    for (leaf, _) in
        endpoints.iter().flat_map(|it| &it.requirement).flat_map(RequirementModel::leaves)
    {
        if let Some((kind, name)) = leaf.as_name()
            && let Some(number) = closure.number(kind, name)
        {
            asked_for.insert(number);
        }
    }
    let unused = |kind: AuthorityKind| -> Vec<String> {
        let names = vocabulary.of(kind).iter().map(|it| &it.name);
        let brings = |name: &str| closure.number(kind, name).map(|number| closure.brings(number));
        names.filter(|name| !brings(name).is_some_and(|it| it.meets(&asked_for))).cloned().collect()
    };
    let unreachable =
        |it: &&EndpointModel| !it.is_public() && it.minimal_sets.is_empty() && !it.truncated;
    FindingsModel {
        unused_permissions: unused(AuthorityKind::Permission),
        unused_roles: unused(AuthorityKind::Role),
        unused_scopes: unused(AuthorityKind::Scope),
        unused_groups: unused(AuthorityKind::Group),
        unreachable_endpoints: endpoints
            .iter()
            .filter(unreachable)
            .map(ToString::to_string)
            .collect(),
        scopes_without_client: Vec::new(),
    }
}
