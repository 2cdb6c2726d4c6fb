//! When a key set is fetched again: a pure machine without a clock and without a network.
//!
//! Every call gets the time, as what has passed since some start. Others do what it answers, and say to it
//! how that ended.

use std::time::Duration;

/// How long a set counts as fresh if its server does not say.
const DEFAULT_AGE: Duration = Duration::from_secs(5 * 60);
/// How long to wait after a first failure; doubled with each further one.
const FIRST_RETRY: Duration = Duration::from_secs(1);
pub(super) const LAST_RETRY: Duration = Duration::from_secs(60);

/// How often, how rarely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RefreshLimits {
    /// How long tokens of unknown keys cause no further refresh after one.
    pub(crate) min_refetch_interval: Duration,
    /// How long a set counts as fresh at least, also if its server says less.
    pub(crate) min_age: Duration,
    /// How long a set counts as fresh at most.
    pub(crate) max_age: Duration,
    /// How long a set may be used without a good refresh.
    pub(crate) max_stale: Duration,
}

/// How a refresh ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// There is a good set, and its server said how long it is fresh, or did not.
    Good { age: Option<Duration> },
    /// A set came in which no key can be used.
    NoUsableKey,
    /// No set came.
    Failed,
}

/// What to do without being asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// Refresh now: this call has begun it.
    Start,
    /// The set has just become too old to be used. Reported once.
    Stale,
    /// Nothing, until then or until the refresh in flight has ended.
    At(Duration),
}

/// What to do for a token whose key is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// Refresh now: this call has begun it.
    Start,
    /// Wait for the refresh in flight.
    Join,
    /// Reject the token at once.
    Refuse(Refusal),
}

/// Why a token whose key is not there is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The server of the keys has answered: there is no such key.
    UnknownKey,
    /// The keys could not be fetched; it is tried again at this time.
    Unreachable { until: Duration },
}

/// The state of one key set.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    limits: RefreshLimits,
    flight: Option<Flight>,
    /// When the last good answer was asked for: what it says may be that old.
    good: Option<Duration>,
    stale_told: bool,
    last: Option<(Duration, Outcome)>,
    /// When the last refresh for an unknown key ended.
    asked: Option<Duration>,
    /// When to refresh without being asked.
    next: Duration,
    failures: u32,
}

#[derive(Clone, Copy, Debug)]
struct Flight {
    started: Duration,
    /// Begun for an unknown key, while there were other keys.
    for_unknown: bool,
}

impl Schedule {
    /// A set that was never fetched, to be fetched at once.
    pub(crate) const fn new(limits: RefreshLimits) -> Self {
        Self {
            limits,
            flight: None,
            good: None,
            stale_told: false,
            last: None,
            asked: None,
            next: Duration::ZERO,
            failures: 0,
        }
    }

    /// Called from time to time, at least whenever [`Due::At`] says.
    pub(crate) fn due(&mut self, now: Duration) -> Due {
        let stale_at = self.stale_at();
        if !self.stale_told && stale_at.is_some_and(|at| now >= at) {
            self.stale_told = true;
            return Due::Stale;
        }
        let stale_at = stale_at.filter(|at| now < *at).unwrap_or(Duration::MAX);
        if self.flight.is_some() {
            return Due::At(stale_at);
        }
        if now >= self.next {
            self.start(now, false);
            return Due::Start;
        }
        Due::At(self.next.min(stale_at))
    }

    /// A token came whose key is not among those at hand, or there are none at hand.
    ///
    /// While there are keys, such tokens cause one refresh in each `min_refetch_interval`, whichever client
    /// sends them. As long as there are no keys, the next attempt of all is the one for them too.
    pub(crate) fn ask(&mut self, now: Duration) -> Ask {
        if self.flight.is_some() {
            return Ask::Join;
        }
        let usable = self.is_usable(now);
        if now >= self.next_ask(usable) {
            self.start(now, usable);
            return Ask::Start;
        }
        Ask::Refuse(self.refusal(now))
    }

    /// The answer to a token whose key is still missing.
    pub(crate) fn refusal(&self, now: Duration) -> Refusal {
        let usable = self.is_usable(now);
        match self.last {
            Some((_, Outcome::Good { .. })) if usable => Refusal::UnknownKey,
            Some((_, Outcome::NoUsableKey)) if !usable => Refusal::UnknownKey,
            _ => Refusal::Unreachable { until: self.next_ask(usable).min(self.next).max(now) },
        }
    }

    /// The refresh in flight has ended. `random` spreads many services over time.
    pub(crate) fn complete(&mut self, now: Duration, outcome: Outcome, random: u32) {
        let Some(flight) = self.flight.take() else { return };
        self.last = Some((now, outcome));
        if flight.for_unknown {
            self.asked = Some(now);
        }
        if let Outcome::Good { age } = outcome {
            self.good = Some(flight.started);
            self.stale_told = false;
            self.failures = 0;
            let RefreshLimits { min_age, max_age, .. } = self.limits;
            let age = age.unwrap_or(DEFAULT_AGE).min(max_age).max(min_age);
            // A slow answer may have used up most of its own age.
            let soonest = now.saturating_add(ahead_of(min_age, random));
            self.next = flight.started.saturating_add(ahead_of(age, random)).max(soonest);
        } else {
            self.failures = self.failures.saturating_add(1);
            self.next = now.saturating_add(retry(self.failures, random));
        }
    }

    /// When the refresh in flight was begun.
    pub(crate) fn started(&self) -> Option<Duration> {
        self.flight.map(|flight| flight.started)
    }

    /// When to refresh without being asked.
    pub(crate) const fn next(&self) -> Duration {
        self.next
    }

    /// From when on the set is too old to be used, if there is one.
    pub(crate) fn stale_at(&self) -> Option<Duration> {
        self.good.map(|good| good.saturating_add(self.limits.max_stale))
    }

    pub(super) fn is_usable(&self, now: Duration) -> bool {
        self.stale_at().is_some_and(|at| now < at)
    }

    /// From when on an unknown key may cause a refresh.
    fn next_ask(&self, usable: bool) -> Duration {
        let cooled = |since: Duration| since.saturating_add(self.limits.min_refetch_interval);
        if usable {
            return self.asked.map_or(Duration::ZERO, cooled);
        }
        self.last.map_or(Duration::ZERO, |(ended, _)| cooled(ended).min(self.next))
    }

    fn start(&mut self, now: Duration, for_unknown: bool) {
        self.flight = Some(Flight { started: now, for_unknown });
    }
}

/// A refresh is due before the set expires: after 80 to 90 hundredths of its age.
fn ahead_of(age: Duration, random: u32) -> Duration {
    age.saturating_sub(age / 10).saturating_sub(share(age / 10, random))
}

/// Twice as long after each failure, up to a minute; of that, between a half and the whole.
fn retry(failures: u32, random: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(failures.saturating_sub(1));
    let longest = FIRST_RETRY.saturating_mul(doubled).min(LAST_RETRY);
    longest / 2 + share(longest / 2, random)
}

/// The part of `whole` that `random` is of all numbers.
fn share(whole: Duration, random: u32) -> Duration {
    whole.mul_f64(f64::from(random) / f64::from(u32::MAX))
}
