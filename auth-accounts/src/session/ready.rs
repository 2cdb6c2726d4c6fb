//! What is said of the sessions that are used most, ready to be said again.

use std::sync::{Arc, Mutex, PoisonError};

use auth_core::identity::KnownAuthentication;

use super::cache::Kept;

/// How many there are at most: each takes several times the memory of a session that is kept.
const MOST: u64 = 4_096;

/// The authentications of sessions that a node keeps. Whether one is valid is not asked here: it is
/// for the very record that was found valid, or it is made anew.
pub(super) struct Ready(Box<[Mutex<Option<Entry>>]>);

struct Entry {
    of: Arc<Kept>,
    said: KnownAuthentication,
}

impl Ready {
    pub(super) fn new() -> Self {
        Self((0..MOST).map(|_| Mutex::default()).collect())
    }

    /// What is said of this session; made, if it was not ready.
    pub(super) fn get(
        &self,
        session: &Arc<Kept>,
        make: impl FnOnce() -> KnownAuthentication,
    ) -> KnownAuthentication {
        let number = usize::try_from(session.digest.first_64_bits() % MOST).ok();
        let Some(place) = number.and_then(|it| self.0.get(it)) else { return make() };
        let mut entry = place.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = &*entry
            && Arc::ptr_eq(&entry.of, session)
        {
            return entry.said.clone();
        }
        let said = make();
        *entry = Some(Entry { of: Arc::clone(session), said: said.clone() });
        said
    }
}

#[cfg(test)]
mod tests {
    use auth_core::{Authentication, Method};

    use super::super::cache::tests::with_digest;
    use super::*;
    use crate::model::AccountId;
    use crate::secret::Digest;

    fn session() -> Arc<Kept> {
        with_digest(Digest::of(&[b"a"]), &AccountId::random())
    }

    fn said(ready: &Ready, session: &Arc<Kept>, subject: &'static str) -> String {
        let said = ready.get(session, || {
            Authentication::vouched_by_scheme(Method::Session, "https://a.test", subject)
                .build_known()
        });
        said.authentication().subject().to_owned()
    }

    #[test]
    fn what_is_said_of_a_record_is_made_once_and_counts_for_no_other() {
        let ready = Ready::new();
        let (one, other) = (session(), session());
        assert_eq!(said(&ready, &one, "alice"), "alice");
        assert_eq!(said(&ready, &one, "made again"), "alice");
        // The same digest, but read anew.
        assert_eq!(said(&ready, &other, "bob"), "bob");
        assert_eq!(said(&ready, &one, "carol"), "carol");
    }
}
