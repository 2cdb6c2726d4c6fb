//! What a change opened up and what it closed, computed over roles, grants and inclusion.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::endpoint::{method_order, method_text, path_text};
use super::reach::Reach;
use super::space::{Side, Space};
use super::witness::smallest;
use super::{AccessMap, AccessModel, EndpointKind, EndpointModel, Witness};

/// Every endpoint of two versions of an API with what changed about who may call it.
///
/// Made by [`AccessModel::compare`]. Shown as text with each difference and its witness;
/// [`to_markdown`](Self::to_markdown) is for a pull request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// The endpoints of both versions, sorted as in the map.
    pub endpoints: Vec<EndpointChange>,
    /// What the names of the vocabulary bring now and did not, and the other way round, one
    /// sentence each.
    pub vocabulary: Vec<String>,
}

/// What changed about one endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndpointChange {
    /// The method; none for any method, or for every other one.
    pub method: Option<String>,
    /// The full path, as the new version writes it.
    pub path: String,
    /// What the path stands for.
    pub kind: EndpointKind,
    /// What changed.
    pub change: Change,
    /// The requirement before; empty if everybody could call, none if there was no such endpoint.
    pub before: Option<String>,
    /// The requirement now; empty if everybody can call, none if there is no such endpoint.
    pub after: Option<String>,
    /// Somebody who was refused and is let in now.
    pub opened: Option<Witness>,
    /// Somebody who was let in and is refused now.
    pub closed: Option<Witness>,
    /// Whether all callers were compared. If not, the bound was hit, the change counts as
    /// [`Change::Incomparable`], and a witness that is missing may exist.
    pub complete: bool,
}

/// What changed about who may call an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Callers with a token were let in only; now everybody is.
    BecamePublic,
    /// There was no such endpoint, and everybody may call it.
    NewPublic,
    /// Somebody is let in who was not, and nobody is refused who was not.
    Widened,
    /// Somebody is let in who was not, and somebody else is refused who was not; or it could not
    /// be told in bounded time.
    Incomparable,
    /// There was no such endpoint.
    New,
    /// Somebody is refused who was not, and nobody is let in who was not.
    Narrowed,
    /// There is no such endpoint any more.
    Removed,
    /// Exactly the same callers are let in.
    Equivalent,
}

impl Change {
    /// Whether this may let in somebody who was refused.
    #[must_use]
    pub const fn is_widening(self) -> bool {
        matches!(self, Self::BecamePublic | Self::NewPublic | Self::Widened | Self::Incomparable)
    }

    /// The words for it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::BecamePublic => "became public",
            Self::NewPublic => "new public",
            Self::Widened => "widened",
            Self::Incomparable => "incomparable",
            Self::New => "new",
            Self::Narrowed => "narrowed",
            Self::Removed => "removed",
            Self::Equivalent => "equivalent",
        }
    }
}

impl AccessModel {
    /// What changed from this version to `new`.
    ///
    /// Endpoints belong together if method, path and kind are the same; the names of path
    /// parameters do not count. Who holds what is read from each version's own vocabulary, so that
    /// a role that gains a permission shows on every endpoint that it opens.
    ///
    /// ```
    /// # let old = auth_core::Router::<()>::new().access_map();
    /// # let new = old.clone();
    /// let comparison = old.model().compare(new.model());
    /// assert!(!comparison.is_widening());
    /// ```
    #[must_use]
    pub fn compare(&self, new: &Self) -> Comparison {
        let (before, after) = (Reach::of(&self.vocabulary), Reach::of(&new.vocabulary));
        let same = before.same(&after);
        let mut pairs: BTreeMap<Key, (Vec<&EndpointModel>, Vec<&EndpointModel>)> = BTreeMap::new();
        for endpoint in &self.endpoints {
            pairs.entry(key(endpoint)).or_default().0.push(endpoint);
        }
        for endpoint in &new.endpoints {
            pairs.entry(key(endpoint)).or_default().1.push(endpoint);
        }
        let mut endpoints = Vec::new();
        for (olds, news) in pairs.into_values() {
            for (old, new) in pair(olds, news) {
                endpoints.extend(change(old, new, (&before, &after), same));
            }
        }
        endpoints.sort_by(|one, two| one.order().cmp(&two.order()));
        let vocabulary = if same { Vec::new() } else { super::gains::sentences(&before, &after) };
        Comparison { endpoints, vocabulary }
    }
}

impl AccessMap {
    /// What changed since `old`: see [`AccessModel::compare`].
    #[must_use]
    pub fn compare(&self, old: &AccessModel) -> Comparison {
        old.compare(self.model())
    }
}

impl EndpointChange {
    fn order(&self) -> (&str, EndpointKind, usize) {
        (&self.path, self.kind, method_order(self.method.as_deref()))
    }

    /// The endpoint, as `GET /orders/{id}`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        let path = path_text(&self.path, self.kind);
        format!("{} {path}", method_text(self.method.as_deref()))
    }
}

type Key = (String, EndpointKind, Option<String>);

fn key(endpoint: &EndpointModel) -> Key {
    (without_names(&endpoint.path), endpoint.kind, endpoint.method.clone())
}

/// The path with `{}` for each parameter: what axum matches by.
fn without_names(path: &str) -> String {
    let segment = |segment: &str| {
        let inner = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        match inner {
            Some(inner) if inner.starts_with('*') => "{*}".to_owned(),
            Some(inner) if !inner.starts_with('{') => "{}".to_owned(),
            _ => segment.to_owned(),
        }
    };
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}

/// One to one: the same requirements first, the others in their order. Only services and plain
/// axum routers at one path can be several.
fn pair<'a>(
    mut olds: Vec<&'a EndpointModel>,
    news: Vec<&'a EndpointModel>,
) -> Vec<(Option<&'a EndpointModel>, Option<&'a EndpointModel>)> {
    let mut pairs = Vec::new();
    let mut open = Vec::new();
    for new in news {
        match olds.iter().position(|old| old.requirement == new.requirement) {
            Some(place) => pairs.push((Some(olds.remove(place)), Some(new))),
            None => open.push(new),
        }
    }
    let mut olds = olds.into_iter();
    pairs.extend(open.into_iter().map(|new| (olds.next(), Some(new))));
    pairs.extend(olds.map(|old| (Some(old), None)));
    pairs
}

fn change(
    old: Option<&EndpointModel>,
    new: Option<&EndpointModel>,
    (before, after): (&Reach<'_>, &Reach<'_>),
    same: bool,
) -> Option<EndpointChange> {
    let either = new.or(old)?;
    let anybody = || Some(Witness::default());
    let (change, opened, closed, complete) = match (old, new) {
        (None, Some(new)) if new.is_public() => (Change::NewPublic, anybody(), None, true),
        (None, _) => (Change::New, None, None, true),
        (_, None) => (Change::Removed, None, None, true),
        (Some(old), Some(new)) => match (&old.requirement, &new.requirement) {
            (None, None) => (Change::Equivalent, None, None, true),
            (Some(_), None) => (Change::BecamePublic, anybody(), None, true),
            (None, Some(_)) => (Change::Narrowed, None, anybody(), true),
            (Some(one), Some(two)) if same && one == two => (Change::Equivalent, None, None, true),
            (Some(one), Some(two)) => compare(
                Side { requirement: one, reach: before },
                Side { requirement: two, reach: after },
            ),
        },
    };
    Some(EndpointChange {
        method: either.method.clone(),
        path: either.path.clone(),
        kind: either.kind,
        change,
        before: old.map(|it| it.text.clone()),
        after: new.map(|it| it.text.clone()),
        opened,
        closed,
        complete,
    })
}

fn compare(old: Side<'_>, new: Side<'_>) -> (Change, Option<Witness>, Option<Witness>, bool) {
    let space = Space::of(&[old, new]);
    if old.requirement == new.requirement && space.is_symmetric() {
        return (Change::Equivalent, None, None, true);
    }
    let between = |refused: usize, passing: usize| {
        smallest(&space, &[space.formula(refused, false), space.formula(passing, true)])
    };
    let ((opened, saw_opened), (closed, saw_closed)) = (between(0, 1), between(1, 0));
    // A witness that was found is one; that there is none takes a search that came to its end.
    let complete = (opened.is_some() || saw_opened) && (closed.is_some() || saw_closed);
    let change = match (&opened, &closed) {
        _ if !complete => Change::Incomparable,
        (Some(_), Some(_)) => Change::Incomparable,
        (Some(_), None) => Change::Widened,
        (None, Some(_)) => Change::Narrowed,
        (None, None) => Change::Equivalent,
    };
    (change, opened, closed, complete)
}
