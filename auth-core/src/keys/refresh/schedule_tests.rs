//! The machine against what is promised of it, for any order of events.

use std::time::Duration;

use proptest::prelude::*;

use super::schedule::*;

const SECOND: Duration = Duration::from_secs(1);
const LIMITS: RefreshLimits = RefreshLimits {
    min_refetch_interval: Duration::from_secs(30),
    min_age: Duration::from_secs(60),
    max_age: Duration::from_secs(3600),
    max_stale: Duration::from_secs(24 * 3600),
};

fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn between(earlier: Duration, later: Duration) -> Duration {
    later.checked_sub(earlier).unwrap()
}

fn good(age: impl Into<Option<u64>>) -> Outcome {
    Outcome::Good { age: age.into().map(s) }
}

/// A machine whose first set came at 0.
fn fetched(age: impl Into<Option<u64>>) -> Schedule {
    let mut schedule = Schedule::new(LIMITS);
    assert_eq!(schedule.due(s(0)), Due::Start);
    schedule.complete(s(0), good(age), 0);
    schedule
}

#[test]
fn a_set_is_refreshed_before_it_expires_and_within_bounds() {
    for (told, refreshed) in [
        (None, 270),
        (Some(600), 540),
        (Some(0), 54),
        (Some(59), 54),
        (Some(u64::MAX), 3240),
        (Some(3600), 3240),
    ] {
        let mut schedule = fetched(told);
        assert_eq!(schedule.due(s(1)), Due::At(s(refreshed)), "{told:?}");
        assert_eq!(schedule.due(s(refreshed)), Due::Start, "{told:?}");
        let mut jittered = Schedule::new(LIMITS);
        jittered.due(s(0));
        jittered.complete(s(0), good(told), u32::MAX);
        assert_eq!(jittered.next(), s(refreshed) * 8 / 9, "{told:?}");
    }
}

#[test]
fn failures_are_followed_by_longer_and_longer_pauses_up_to_a_minute() {
    let mut schedule = fetched(None);
    let mut now = s(270);
    let mut pauses = Vec::new();
    for _ in 0..9 {
        assert_eq!(schedule.due(now), Due::Start);
        schedule.complete(now, Outcome::Failed, u32::MAX);
        pauses.push(between(now, schedule.next()).as_secs());
        now = schedule.next();
    }
    assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    assert_eq!(schedule.due(now), Due::Start);
    schedule.complete(now, good(None), 0);
    assert_eq!(between(now, schedule.next()), s(270));
    // And the first pause again, shortened by chance.
    schedule.due(schedule.next());
    schedule.complete(now, Outcome::NoUsableKey, 0);
    assert_eq!(between(now, schedule.next()), SECOND / 2);
}

#[test]
fn an_unknown_key_causes_one_refresh_in_a_cool_down() {
    let mut schedule = fetched(None);
    // The first set was not fetched for it, so it causes one at once.
    assert_eq!(schedule.ask(s(1)), Ask::Start);
    assert_eq!(schedule.ask(s(1)), Ask::Join);
    assert_eq!(schedule.due(s(2)), Due::At(LIMITS.max_stale));
    schedule.complete(s(3), good(None), 0);
    assert_eq!(schedule.ask(s(3)), Ask::Refuse(Refusal::UnknownKey));
    assert_eq!(schedule.ask(s(32)), Ask::Refuse(Refusal::UnknownKey));
    assert_eq!(schedule.ask(s(33)), Ask::Start);
    schedule.complete(s(34), Outcome::Failed, u32::MAX);
    // The provider was not reached, so no one knows: it is tried again a second later.
    let unreachable = Refusal::Unreachable { until: s(35) };
    assert_eq!(schedule.ask(s(34)), Ask::Refuse(unreachable));
    assert_eq!(schedule.due(s(35)), Due::Start);
    assert_eq!(schedule.ask(s(35)), Ask::Join);
    schedule.complete(s(35), good(None), 0);
    assert_eq!(schedule.ask(s(63)), Ask::Refuse(Refusal::UnknownKey));
    assert_eq!(schedule.ask(s(64)), Ask::Start);
}

#[test]
fn without_keys_all_callers_share_the_next_attempt() {
    let mut schedule = Schedule::new(LIMITS);
    assert_eq!(schedule.ask(s(5)), Ask::Start);
    assert_eq!(schedule.ask(s(5)), Ask::Join);
    schedule.complete(s(6), Outcome::Failed, u32::MAX);
    let until = s(7);
    assert_eq!(schedule.ask(s(6)), Ask::Refuse(Refusal::Unreachable { until }));
    assert_eq!(schedule.ask(s(7)), Ask::Start);
    schedule.complete(s(7), good(None), 0);
    // That was for the first keys, and no unknown key: one may still cause a refresh.
    assert_eq!(schedule.ask(s(7)), Ask::Start);
}

#[test]
fn a_set_without_usable_keys_says_that_the_key_is_unknown_only_where_there_are_no_others() {
    let mut cold = Schedule::new(LIMITS);
    cold.due(s(0));
    cold.complete(s(0), Outcome::NoUsableKey, 0);
    assert_eq!(cold.refusal(s(0)), Refusal::UnknownKey);
    let mut warm = fetched(None);
    assert_eq!(warm.ask(s(0)), Ask::Start);
    warm.complete(s(0), Outcome::NoUsableKey, 0);
    assert!(matches!(warm.refusal(s(0)), Refusal::Unreachable { .. }));
}

#[test]
fn a_set_that_is_never_refreshed_ends_after_a_day() {
    let mut schedule = fetched(None);
    let day = LIMITS.max_stale;
    let before = between(SECOND, day);
    schedule.due(s(300));
    schedule.complete(before, Outcome::Failed, u32::MAX);
    assert_eq!(schedule.due(before), Due::At(day));
    assert_eq!(schedule.due(day), Due::Stale);
    // Said once; then it is as if there never were keys.
    assert_eq!(schedule.due(day), Due::Start);
    assert_eq!(schedule.ask(day), Ask::Join);
    schedule.complete(day, Outcome::Failed, 0);
    assert!(matches!(schedule.refusal(day), Refusal::Unreachable { .. }));
    assert!(!schedule.is_usable(day));
    let later = schedule.next();
    assert_eq!(schedule.due(later), Due::Start);
    schedule.complete(later, good(None), 0);
    assert!(schedule.is_usable(later));
    assert_eq!(schedule.due(later + day), Due::Stale);
}

#[derive(Clone, Debug)]
enum Event {
    Pass(u64),
    Due,
    Ask,
    Land(Outcome, u32),
}

fn event() -> impl Strategy<Value = Event> {
    let outcome = prop_oneof![
        3 => proptest::option::of(0_u64..100_000).prop_map(good),
        1 => Just(Outcome::NoUsableKey),
        2 => Just(Outcome::Failed),
    ];
    prop_oneof![
        2 => (0_u64..20_000).prop_map(Event::Pass),
        1 => (0_u64..90_000_000).prop_map(Event::Pass),
        3 => Just(Event::Due),
        4 => Just(Event::Ask),
        3 => (outcome, any::<u32>()).prop_map(|(outcome, random)| Event::Land(outcome, random)),
    ]
}

/// What an outsider sees of the machine, and what it owes them.
#[derive(Default)]
struct Witness {
    now: Duration,
    begun: Option<Duration>,
    good: Option<Duration>,
    ended: Option<(Duration, Outcome)>,
    for_unknown: bool,
    unknown_ended: Vec<Duration>,
}

impl Witness {
    fn usable(&self) -> bool {
        self.good.is_some_and(|good| self.now < good + LIMITS.max_stale)
    }

    fn start(&mut self, asked: bool) {
        assert_eq!(self.begun, None, "two refreshes at once");
        self.begun = Some(self.now);
        self.for_unknown = asked && self.usable();
        if self.for_unknown
            && let Some(last) = self.unknown_ended.last()
        {
            assert!(
                self.now >= *last + LIMITS.min_refetch_interval,
                "asked for within the cool-down"
            );
        }
        if let Some((ended, outcome)) = self.ended {
            let pause = between(ended, self.now);
            match outcome {
                Outcome::Good { .. } => {
                    assert!(asked || pause >= LIMITS.min_age * 8 / 10, "too early: {pause:?}");
                }
                _ => assert!(self.for_unknown || pause >= SECOND / 2, "no pause: {pause:?}"),
            }
        }
    }

    fn complete(&mut self, schedule: &mut Schedule, outcome: Outcome, random: u32) {
        schedule.complete(self.now, outcome, random);
        let Some(begun) = self.begun.take() else { return };
        self.ended = Some((self.now, outcome));
        if self.for_unknown {
            self.unknown_ended.push(self.now);
        }
        let latest = if let Outcome::Good { .. } = outcome {
            self.good = Some(begun);
            // Ahead of its greatest age, unless the answer itself took longer than that.
            (begun + LIMITS.max_age * 9 / 10).max(self.now + LIMITS.min_age)
        } else {
            self.now + LAST_RETRY
        };
        assert!(schedule.next() > self.now && schedule.next() <= latest);
    }
}

proptest! {
    #[test]
    fn the_schedule_keeps_its_promises_for_random_events(events in prop::collection::vec(event(), 1..200)) {
        let (mut schedule, mut witness) = (Schedule::new(LIMITS), Witness::default());
        for event in events {
            let now = witness.now;
            match event {
                Event::Pass(millis) => witness.now += Duration::from_millis(millis),
                Event::Land(outcome, random) => witness.complete(&mut schedule, outcome, random),
                Event::Due => match schedule.due(now) {
                    Due::Start => witness.start(false),
                    Due::Stale => prop_assert!(!witness.usable()),
                    Due::At(until) => {
                        // Someone has something to do before the end of time.
                        prop_assert!(until > now);
                        prop_assert!(witness.begun.is_some() || until <= now + LIMITS.max_age);
                    }
                },
                Event::Ask => match schedule.ask(now) {
                    Ask::Start => witness.start(true),
                    Ask::Join => prop_assert!(witness.begun.is_some()),
                    Ask::Refuse(refusal) => {
                        prop_assert!(witness.begun.is_none());
                        let last = witness.ended.map(|(_, outcome)| outcome);
                        match refusal {
                            Refusal::UnknownKey => {
                                let heard = match last {
                                    Some(Outcome::Good { .. }) => witness.usable(),
                                    Some(Outcome::NoUsableKey) => !witness.usable(),
                                    _ => false,
                                };
                                prop_assert!(heard);
                            }
                            Refusal::Unreachable { until } => {
                                prop_assert!(until >= now && until <= now + LIMITS.max_age);
                            }
                        }
                    }
                },
            }
            prop_assert_eq!(schedule.is_usable(witness.now), witness.usable());
        }
        // Never more than one refresh for unknown keys in any cool-down.
        let ends = &witness.unknown_ended;
        prop_assert!(ends.windows(2).all(|pair| between(pair[0], pair[1]) >= LIMITS.min_refetch_interval));
    }

    #[test]
    fn the_schedule_never_overflows(now in any::<u64>(), random in any::<u32>(), age in any::<u64>()) {
        let mut schedule = Schedule::new(LIMITS);
        for now in [s(now), Duration::MAX] {
            schedule.due(now);
            schedule.complete(now, good(age), random);
            schedule.due(now);
            schedule.ask(now);
            schedule.complete(now, Outcome::Failed, random);
            schedule.refusal(now);
        }
    }
}
