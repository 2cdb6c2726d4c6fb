//! Which endpoint of one version meets which of another: the one of the same method and path, and
//! anything else that answers the same requests.

use std::collections::{BTreeMap, BTreeSet};

use super::answering::Table;
use super::{EndpointKind, EndpointModel};

/// How many times a pattern is held against a path or another pattern, in all. Beyond that, what
/// is left counts as not compared.
const STEPS: usize = 50_000_000;

/// An endpoint of either version, or of both, with all that has to be compared for it.
pub(super) struct Meeting<'a> {
    pub(super) old: Option<&'a EndpointModel>,
    pub(super) new: Option<&'a EndpointModel>,
    /// What answered before and what answers now, its own first.
    pub(super) pairs: Vec<Pair<'a>>,
    /// Whether nothing distinguishes it from others.
    pub(super) alike: bool,
    /// Whether there was too much to look at.
    pub(super) bounded: bool,
}

/// What answered some request before, and what answers it now; none if nothing does.
#[derive(Clone, Copy)]
pub(super) struct Pair<'a> {
    pub(super) old: Option<&'a EndpointModel>,
    pub(super) new: Option<&'a EndpointModel>,
    /// Whether there is such a request for sure.
    pub(super) certain: bool,
}

/// Two places, of which at least one is there.
type Places = (Option<usize>, Option<usize>);

/// Endpoints of the old version and of the new one.
type Group = (Vec<usize>, Vec<usize>);

/// Every endpoint of both versions.
pub(super) fn meetings<'a>(old: &'a [EndpointModel], new: &'a [EndpointModel]) -> Vec<Meeting<'a>> {
    let mut twins = Twins::of(old, new);
    let at = |(one, two): Places| {
        (one.and_then(|place| old.get(place)), two.and_then(|place| new.get(place)))
    };
    let pair = |places: Places, certain: bool| {
        let (old, new) = at(places);
        Pair { old, new, certain }
    };
    let (found, bounded) = twins.others(old, new);
    let mut meetings: BTreeMap<Places, Meeting<'a>> = BTreeMap::new();
    for places in std::mem::take(&mut twins.all) {
        let (one, two) = at(places);
        let own = matches!(places, (Some(_), Some(_))).then(|| pair(places, true));
        let moved = twins.moved.contains(&places);
        meetings.insert(
            places,
            Meeting {
                old: one,
                new: two,
                pairs: own.into_iter().collect(),
                alike: false,
                bounded: bounded && moved,
            },
        );
    }
    for ((one, two), certain) in found {
        let places = twins.subject(one, two);
        if let Some(meeting) = meetings.get_mut(&places) {
            meeting.pairs.push(pair((one, two), certain));
        }
    }
    for (olds, news) in &twins.groups {
        for places in
            olds.iter().map(|it| (Some(*it), None)).chain(news.iter().map(|it| (None, Some(*it))))
        {
            let places = twins.subject(places.0, places.1);
            let Some(meeting) = meetings.get_mut(&places) else { continue };
            meeting.alike = true;
            let all = olds.iter().flat_map(|one| news.iter().map(|two| (Some(*one), Some(*two))));
            meeting.pairs.extend(all.map(|places| pair(places, false)));
        }
    }
    meetings.into_values().collect()
}

/// Whether some endpoints of a version cannot be distinguished although they require different things.
pub(super) fn has_indistinguishable(endpoints: &[EndpointModel]) -> bool {
    !Twins::of(endpoints, endpoints).groups.is_empty()
}

/// Which endpoints are the same one in both versions.
#[derive(Default)]
struct Twins {
    all: Vec<Places>,
    old: BTreeMap<usize, usize>,
    new: BTreeMap<usize, usize>,
    /// Those that are new or gone, or whose routes are others than before.
    moved: BTreeSet<Places>,
    /// Those that nothing tells apart.
    groups: Vec<Group>,
}

impl Twins {
    fn of(old: &[EndpointModel], new: &[EndpointModel]) -> Self {
        let mut twins = Self::default();
        let mut exact: BTreeMap<(Key, Option<Vec<String>>), Group> = BTreeMap::new();
        for (place, it) in old.iter().enumerate() {
            exact.entry((key(it), routes(it))).or_default().0.push(place);
        }
        for (place, it) in new.iter().enumerate() {
            exact.entry((key(it), routes(it))).or_default().1.push(place);
        }
        let mut left: BTreeMap<Key, Group> = BTreeMap::new();
        for ((key, routes), (olds, news)) in exact {
            let several = olds.len() > 1 || news.len() > 1;
            if several && !is_one_requirement(&olds, old, &news, new) {
                twins.groups.push((olds.clone(), news.clone()));
            }
            let (mut olds, mut news) = (olds.into_iter(), news.into_iter());
            loop {
                match (olds.next(), news.next()) {
                    (None, None) => break,
                    (Some(one), Some(two)) => twins.meet(one, two, false),
                    // An axum router with another route is that router still, if it is the only one.
                    (one, two) if routes.is_some() || may_have_routes(&key) => {
                        let rest = left.entry(key.clone()).or_default();
                        rest.0.extend(one);
                        rest.1.extend(two);
                    }
                    alone => twins.alone(alone),
                }
            }
        }
        for (olds, news) in left.into_values() {
            if let ([one], [two]) = (olds.as_slice(), news.as_slice()) {
                twins.meet(*one, *two, true);
                continue;
            }
            for one in olds {
                twins.alone((Some(one), None));
            }
            for two in news {
                twins.alone((None, Some(two)));
            }
        }
        twins
    }

    fn meet(&mut self, one: usize, two: usize, moved: bool) {
        let places = (Some(one), Some(two));
        self.all.push(places);
        self.old.insert(one, two);
        self.new.insert(two, one);
        if moved {
            self.moved.insert(places);
        }
    }

    fn alone(&mut self, places: Places) {
        self.all.push(places);
        self.moved.insert(places);
    }

    /// The endpoint that a pair is about: what is new, or else what is gone, or else what answers now.
    fn subject(&self, one: Option<usize>, two: Option<usize>) -> Places {
        let of_new = |two: usize| (self.new.get(&two).copied(), Some(two));
        let of_old = |one: usize| (Some(one), self.old.get(&one).copied());
        match (one, two) {
            (Some(one), Some(two))
                if self.new.contains_key(&two) && !self.old.contains_key(&one) =>
            {
                of_old(one)
            }
            (_, Some(two)) => of_new(two),
            (Some(one), None) => of_old(one),
            (None, None) => (None, None),
        }
    }

    /// What answers requests of those that moved before and now, without twins; and whether a bound
    /// was hit.
    ///
    /// Where neither of two endpoints moved, neither of them takes requests from the other.
    fn others(
        &self,
        old: &[EndpointModel],
        new: &[EndpointModel],
    ) -> (BTreeMap<Places, bool>, bool) {
        let mut found: BTreeMap<Places, bool> = BTreeMap::new();
        if self.moved.is_empty() {
            return (found, false);
        }
        let (before, after) = (Table::of(old), Table::of(new));
        let depth = before.depth().max(after.depth());
        let all = before.len() + after.len();
        let mut steps = 0_usize;
        let mut seen = BTreeSet::new();
        for (one, two) in &self.moved {
            let own = [(&before, *one), (&after, *two)];
            for (table, place) in own {
                let Some(place) = place else { continue };
                steps = steps.saturating_add(all);
                for path in table.paths_of(place, [&before, &after], depth) {
                    if !seen.insert(path.clone()) {
                        continue;
                    }
                    steps = steps.saturating_add(all);
                    if steps > STEPS {
                        return (found, true);
                    }
                    for (olds, news) in before.answers(&path).iter().zip(after.answers(&path)) {
                        let certain = olds.len() == 1 && news.len() == 1;
                        for one in olds {
                            for two in &news {
                                if one.is_some_and(|one| {
                                    self.old.get(&one).copied() == *two && two.is_some()
                                }) {
                                    continue;
                                }
                                *found.entry((*one, *two)).or_default() |= certain;
                            }
                        }
                    }
                }
            }
        }
        found.retain(|(_, two), _| two.is_some());
        (found, false)
    }
}

type Key = (String, EndpointKind, Option<String>);

fn key(endpoint: &EndpointModel) -> Key {
    (without_names(&endpoint.path), endpoint.kind, endpoint.method.clone())
}

const fn may_have_routes((_, kind, _): &Key) -> bool {
    matches!(kind, EndpointKind::Merged | EndpointKind::OtherMethods)
}

fn routes(endpoint: &EndpointModel) -> Option<Vec<String>> {
    let mut routes: Vec<String> =
        endpoint.routes.as_ref()?.iter().map(|path| without_names(path)).collect();
    routes.sort();
    Some(routes)
}

/// Whether all of these require the same: then it does not matter which is which.
fn is_one_requirement(
    olds: &[usize],
    old: &[EndpointModel],
    news: &[usize],
    new: &[EndpointModel],
) -> bool {
    let olds = olds.iter().filter_map(|place| old.get(*place));
    let mut all = olds.chain(news.iter().filter_map(|place| new.get(*place)));
    let Some(first) = all.next() else { return true };
    all.all(|it| {
        let known = it.checks.iter().all(|check| !check.module.is_empty());
        known && it.requirement == first.requirement && it.checks == first.checks
    })
}

/// The path with `{}` for each parameter: what axum matches by.
fn without_names(path: &str) -> String {
    let segment = |segment: &str| match segment.split_once('{') {
        Some((text, rest)) if !rest.starts_with('{') && !text.contains('}') => {
            let star = if rest.starts_with('*') { "*" } else { "" };
            format!("{text}{{{star}}}")
        }
        _ => segment.to_owned(),
    };
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}
