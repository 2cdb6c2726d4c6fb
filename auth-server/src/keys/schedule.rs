//! When a key is made, begins to sign, and is removed. It asks no clock and no store: what is to be done
//! follows from the keys that are there and the time.

use super::SigningAlgorithm;

/// The times of the rotation, in seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schedule {
    /// How long a key signs until the next one does.
    pub(crate) rotate_every: u64,
    /// How long a key is published before it signs.
    pub(crate) lead: u64,
    /// How long a key stays after the next one has begun to sign.
    pub(crate) kept: u64,
}

/// What the schedule has to know of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyTimes {
    pub(crate) kid: String,
    pub(crate) algorithm: SigningAlgorithm,
    /// From when on it signs.
    pub(crate) sign_at: u64,
}

impl KeyTimes {
    /// Whether another key of its algorithm signs in its place at this time.
    pub(crate) fn is_followed(&self, keys: &[Self], now: u64) -> bool {
        let follows =
            |it: &Self| it.algorithm == self.algorithm && it.sign_at <= now && is_later(it, self);
        keys.iter().any(follows)
    }
}

/// A key to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewKey {
    pub(crate) algorithm: SigningAlgorithm,
    /// The latest key of the algorithm. If another node has added a key meanwhile, this one is not added.
    pub(crate) after: Option<String>,
    /// From when on it signs. It is published at once.
    pub(crate) sign_at: u64,
}

/// When a key that an administrator asks for begins to sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// As soon as every verifier knows it.
    Published,
    /// At once: verifiers that keep an old key set reject its tokens until they read it again.
    AtOnce,
}

impl Schedule {
    /// The key of this algorithm that is to be made at this time, if it is time.
    pub(crate) fn next(
        self,
        keys: &[KeyTimes],
        algorithm: SigningAlgorithm,
        now: u64,
    ) -> Option<NewKey> {
        let Some(latest) = latest(keys, algorithm) else {
            // Nothing was signed with this algorithm yet, so no verifier has an old key set.
            return Some(NewKey { algorithm, after: None, sign_at: now });
        };
        let due = latest.sign_at.saturating_add(self.rotate_every);
        // One that does not sign yet is the next one: there is never more than one of these.
        let is_time = now >= latest.sign_at && now.saturating_add(self.lead) >= due;
        is_time.then(|| NewKey {
            algorithm,
            after: Some(latest.kid.clone()),
            sign_at: due.max(now.saturating_add(self.lead)),
        })
    }

    /// The key that is to be made because an administrator asks for one; `None` if the next one is there
    /// already.
    pub(crate) fn asked_for(
        self,
        keys: &[KeyTimes],
        algorithm: SigningAlgorithm,
        urgency: Urgency,
        now: u64,
    ) -> Option<NewKey> {
        let latest = latest(keys, algorithm);
        let sign_at = match (urgency, latest) {
            (Urgency::Published, Some(latest)) if latest.sign_at > now => return None,
            (Urgency::Published, Some(_)) => now.saturating_add(self.lead),
            (Urgency::AtOnce, _) | (_, None) => {
                // Later than the key that would sign otherwise. A key that waits takes over in its time.
                let begun = keys.iter().filter(|it| it.algorithm == algorithm && it.sign_at <= now);
                let last = begun.map(|it| it.sign_at).max();
                last.map_or(now, |it| now.max(it.saturating_add(1)))
            }
        };
        Some(NewKey { algorithm, after: latest.map(|it| it.kid.clone()), sign_at })
    }

    /// The keys whose last token has expired.
    pub(crate) fn dead(self, keys: &[KeyTimes], now: u64) -> impl Iterator<Item = &KeyTimes> {
        keys.iter().filter(move |key| {
            let next = keys
                .iter()
                .filter(|it| it.algorithm == key.algorithm && is_later(it, key))
                .min_by(|one, other| order(one, other));
            next.is_some_and(|next| next.sign_at.saturating_add(self.kept) <= now)
        })
    }
}

/// The key of this algorithm that signs at this time: of those that may, the latest. If the clock is behind
/// that of the node which made the first one, the first.
pub(crate) fn signing<'a, K>(
    keys: &'a [K],
    algorithm: SigningAlgorithm,
    now: u64,
    times: impl Fn(&'a K) -> Option<&'a KeyTimes>,
) -> Option<&'a K> {
    let mut first = None;
    let mut found = None;
    for key in keys {
        let Some(it) = times(key) else { continue };
        if it.algorithm == algorithm {
            first = first.or(Some(key));
            if it.sign_at <= now {
                found = Some(key);
            }
        }
    }
    found.or(first)
}

fn latest(keys: &[KeyTimes], algorithm: SigningAlgorithm) -> Option<&KeyTimes> {
    keys.iter().filter(|it| it.algorithm == algorithm).max_by(|one, other| order(one, other))
}

fn is_later(one: &KeyTimes, other: &KeyTimes) -> bool {
    order(one, other).is_gt()
}

/// The order of keys: by the time from which on they sign.
pub(crate) fn order(one: &KeyTimes, other: &KeyTimes) -> std::cmp::Ordering {
    (one.sign_at, &one.kid).cmp(&(other.sign_at, &other.kid))
}
