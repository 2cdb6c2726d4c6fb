//! What a change says of requests that pages of other sites cause.

use super::{Change, EndpointModel};

/// What changed about the check for cross-site requests.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum CrossSiteChange {
    Nothing,
    /// Some of them are accepted that were rejected.
    Opened,
    /// Some of them are rejected that were accepted.
    Closed,
}

impl CrossSiteChange {
    /// Over all that answered the requests of an endpoint before and answers them now.
    pub(super) fn of_all<'a>(
        pairs: impl Iterator<Item = (Option<&'a EndpointModel>, Option<&'a EndpointModel>)>,
    ) -> Self {
        pairs.fold(Self::Nothing, |sum, (old, new)| match (sum, Self::of(old, new)) {
            (Self::Opened, _) | (_, Self::Opened) => Self::Opened,
            (Self::Nothing, own) => own,
            (Self::Closed, _) => Self::Closed,
        })
    }

    fn of(old: Option<&EndpointModel>, new: Option<&EndpointModel>) -> Self {
        // Where nothing answered, nothing was rejected.
        let (Some(old), Some(new)) = (old, new) else { return Self::Nothing };
        let (before, after) = (extent(old), extent(new));
        match before.cmp(&after) {
            std::cmp::Ordering::Less => Self::Opened,
            std::cmp::Ordering::Equal => Self::Nothing,
            std::cmp::Ordering::Greater => Self::Closed,
        }
    }

    /// The change of an endpoint, given what changed about its callers.
    pub(super) const fn beside(self, callers: Change) -> Change {
        match (self, callers) {
            (Self::Opened, Change::Equivalent | Change::New | Change::Removed) => Change::Widened,
            (Self::Opened, Change::Narrowed) | (Self::Closed, Change::Widened) => {
                Change::Incomparable
            }
            (Self::Closed, Change::Equivalent) => Change::Narrowed,
            (_, callers) => callers,
        }
    }
}

/// How much is exempt: nothing, requests, or `WebSockets` as well. A public endpoint looks at no credential.
fn extent(endpoint: &EndpointModel) -> u8 {
    match &endpoint.cross_site {
        Some(_) if endpoint.is_public() => 0,
        None => 0,
        Some(it) => 1 + u8::from(it.web_socket),
    }
}

/// One sentence for what is accepted now, or not any more; none if nothing changed.
pub(super) fn note(old: Option<&EndpointModel>, new: Option<&EndpointModel>) -> Option<String> {
    let exemption = new.and_then(|it| it.cross_site.as_ref());
    match (CrossSiteChange::of(old, new), old, exemption) {
        (CrossSiteChange::Opened, _, Some(exemption)) | (_, None, Some(exemption)) => {
            let what =
                if exemption.web_socket { "requests and open WebSockets" } else { "requests" };
            Some(format!(
                "pages of other sites can make a browser send {what} here, with the credentials of its user: exempt for {:?}",
                exemption.exempt
            ))
        }
        (CrossSiteChange::Closed, ..) => {
            Some("requests that pages of other sites cause are checked again".to_owned())
        }
        _ => None,
    }
}
