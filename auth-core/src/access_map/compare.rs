//! What a change opened up and what it closed, computed over roles, grants and inclusion.

use serde::{Deserialize, Serialize};

use super::check_names::{sentences_of_checks, texts};
use super::closure::Closure;
use super::cross_site_note::{self, CrossSiteChange};
use super::difference::{Difference, Versions};
use super::endpoint::{method_order, method_text, path_text};
use super::factor_note;
use super::pairing::{Meeting, meetings};
use super::{AccessMap, AccessModel, CredentialChange, EndpointKind, EndpointModel, Witness};

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
    /// What changed about credentials.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credentials: Vec<CredentialChange>,
}

/// What changed about one endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndpointChange {
    /// The method; none for any method, or for every other one.
    pub method: Option<String>,
    /// The full path, as the new version writes it.
    pub path: String,
    /// What the path means.
    pub kind: EndpointKind,
    /// What changed.
    pub change: Change,
    /// The requirement before; empty if everyone could call, none if nothing answered. Of an
    /// endpoint that is new, that of what answered before: see [`note`](Self::note).
    pub before: Option<String>,
    /// The requirement now; empty if everyone can call, none if nothing answers. Of an endpoint
    /// that is gone, that of what answers now.
    pub after: Option<String>,
    /// Someone who was rejected and is let in now.
    pub opened: Option<Witness>,
    /// Someone who was let in and is rejected now.
    pub closed: Option<Witness>,
    /// Whether all callers were compared. If not, the bound was hit, the change counts as
    /// [`Change::Incomparable`], and a witness that is missing may exist.
    pub complete: bool,
    /// What else there is to know: what answered before or answers now, if that is another
    /// endpoint; why it could not be compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What changed about who may call an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Callers with a token were let in only; now everyone is.
    BecamePublic,
    /// There was no such endpoint, and every caller may call it.
    NewPublic,
    /// Someone is let in who was not, and no one is rejected who was not.
    Widened,
    /// Someone is let in who was not, and someone else is rejected who was not; or it cannot be
    /// determined: the bound was hit, entries cannot be distinguished, or it is not known which check
    /// was meant.
    Incomparable,
    /// The endpoint is new, and accepts no caller that the endpoint which answered before rejected.
    New,
    /// Fewer callers are accepted, and none is newly accepted.
    Narrowed,
    /// There is no such endpoint any more, and no caller is let in by what answers now who was not.
    Removed,
    /// Exactly the same callers are let in.
    Equivalent,
}

impl Change {
    /// Whether this may let in someone who was rejected.
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
    /// parameters do not count. An endpoint that is new is compared with what answered its method
    /// and path before, one that is gone with what answers them now: another method's handler
    /// (`any`, `GET` for `HEAD`), a wildcard, a nested service, a fallback. A request that no one
    /// answered (404, 405) let no caller in. Entries that cannot be distinguished (axum routers with the
    /// same paths) are [`Change::Incomparable`]. Who holds what is read from each version's own vocabulary, so that
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
        let (before, after) = (Closure::of(&self.vocabulary), Closure::of(&new.vocabulary));
        let same = before.same(&after);
        let versions = Versions { before: &before, after: &after, same };
        let mut endpoints: Vec<EndpointChange> = meetings(&self.endpoints, &new.endpoints)
            .iter()
            .filter_map(|meeting| change(meeting, versions))
            .collect();
        endpoints.sort_by(|one, two| one.order().cmp(&two.order()));
        let mut vocabulary =
            if same { Vec::new() } else { super::vocabulary_diff::sentences(&before, &after) };
        vocabulary.extend(sentences_of_checks(self, new));
        let credentials = self.credentials.changes(&new.credentials);
        Comparison { endpoints, vocabulary, credentials }
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

/// What is to be said besides: of what answered, and of factors that are not asked for any more.
fn note(answered: Option<String>, change: Change, meeting: &Meeting<'_>) -> Option<String> {
    let loosened = match (meeting.old, meeting.new) {
        (Some(old), Some(new)) if matches!(change, Change::Widened | Change::Incomparable) => {
            factor_note::loosened(old, new)
        }
        _ => None,
    };
    let cross_site = cross_site_note::note(meeting.old, meeting.new);
    let parts: Vec<String> = answered.into_iter().chain(loosened).chain(cross_site).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// What changed about one endpoint, given everything that answered its requests before and now.
fn change(meeting: &Meeting<'_>, versions: Versions<'_>) -> Option<EndpointChange> {
    let Meeting { old, new, .. } = *meeting;
    let either = new.or(old)?;
    let mut sum = Sum::default();
    for pair in &meeting.pairs {
        sum.add(pair.old, pair.new, pair.certain, versions);
    }
    let pairs = meeting.pairs.iter().map(|pair| (pair.old, pair.new));
    let cross_site = CrossSiteChange::of_all(pairs);
    let change = cross_site.beside(sum.change(meeting));
    let (before, after) = match sum.shown {
        Some((old, new)) => texts(Some(old), Some(new)),
        None => texts(old, new),
    };
    Some(EndpointChange {
        method: either.method.clone(),
        path: either.path.clone(),
        kind: either.kind,
        change,
        before,
        after,
        note: note(sum.note(meeting), change, meeting),
        opened: sum.opened,
        closed: sum.closed,
        complete: !(sum.incomplete || meeting.bounded),
    })
}

/// What was found about one endpoint.
#[derive(Default)]
struct Sum<'a> {
    opened: Option<Witness>,
    closed: Option<Witness>,
    /// Whether a bound was hit, so that there may be someone who is not found.
    incomplete: bool,
    /// Whether what opened it answers these requests perhaps.
    perhaps: bool,
    /// The two that `opened` is about, or the first two.
    shown: Option<(&'a EndpointModel, &'a EndpointModel)>,
}

impl<'a> Sum<'a> {
    fn add(
        &mut self,
        old: Option<&'a EndpointModel>,
        new: Option<&'a EndpointModel>,
        certain: bool,
        versions: Versions<'_>,
    ) {
        let Difference { opened, closed, complete } = Difference::of(old, new, versions);
        let opens = opened.is_some() || !complete;
        self.perhaps |= opens && !certain;
        self.incomplete |= !complete;
        let smaller = |one: &Option<Witness>, two: &Option<Witness>| match (one, two) {
            (Some(one), Some(two)) => two.size() < one.size(),
            (None, Some(_)) => true,
            (_, None) => false,
        };
        if let (Some(old), Some(new)) = (old, new)
            && (self.shown.is_none() || smaller(&self.opened, &opened))
        {
            self.shown = Some((old, new));
        }
        if smaller(&self.opened, &opened) {
            self.opened = opened;
        }
        if smaller(&self.closed, &closed) {
            self.closed = closed;
        }
    }

    fn change(&self, meeting: &Meeting<'_>) -> Change {
        let is_public = |it: Option<&EndpointModel>| it.is_some_and(EndpointModel::is_public);
        let unknown = self.incomplete || self.perhaps || meeting.bounded || meeting.alike;
        let now_public = self
            .shown
            .is_some_and(|(old, new)| new.is_public() && !old.is_public() && self.opened.is_some());
        match (meeting.old, meeting.new, &self.opened, &self.closed) {
            (None, new, ..) if is_public(new) => Change::NewPublic,
            _ if unknown => Change::Incomparable,
            _ if now_public => Change::BecamePublic,
            (_, _, Some(_), Some(_)) => Change::Incomparable,
            (_, _, Some(_), None) => Change::Widened,
            (None, _, None, _) => Change::New,
            (_, None, None, _) => Change::Removed,
            (_, _, None, Some(_)) => Change::Narrowed,
            (_, _, None, None) => Change::Equivalent,
        }
    }

    fn note(&self, meeting: &Meeting<'_>) -> Option<String> {
        if meeting.alike {
            return Some(
                "it cannot be distinguished from the others there, which answer the same paths: nest \
                 it below a path of its own, or merge them before"
                    .to_owned(),
            );
        }
        let (old, new) = self.shown?;
        let may = if self.perhaps { "may be " } else { "" };
        match (meeting.old, meeting.new) {
            (None, _) => Some(format!("{may}answered by `{old}` before")),
            (_, None) => Some(format!("{may}answered by `{new}` now")),
            (Some(own), _) if !std::ptr::eq(own, old) => {
                Some(format!("{may}answered by `{old}` before"))
            }
            (Some(_), Some(own)) if !std::ptr::eq(own, new) => {
                Some(format!("{may}answered by `{new}` now"))
            }
            _ => None,
        }
    }
}
