//! The refresh of a key set in the interleavings of `shuttle`: the same source files, with its types
//! in place of those of std.
//!
//! A thread that waits for a wake-up that never comes is a deadlock, which `shuttle` reports.

#[expect(dead_code, reason = "the model needs a part of it")]
#[path = "../../../auth-core/src/keys/current_keys.rs"]
mod current_keys;
#[expect(dead_code, reason = "the model needs a part of it")]
#[path = "../../../auth-core/src/keys/refresh/permit.rs"]
mod permit;
#[expect(dead_code, reason = "the model needs a part of it")]
#[path = "../../../auth-core/src/keys/refresh/schedule.rs"]
mod schedule;
#[path = "../../../auth-core/src/keys/unavailable.rs"]
#[expect(dead_code, reason = "the model needs a part of it")]
mod unavailable;
#[path = "../../../auth-core/src/keys/refresh/wait.rs"]
mod wait;

pub(crate) mod key_set {
    /// A key set is the number of the newest key in it.
    #[derive(Debug)]
    pub(crate) struct KeySet(pub(crate) u64);

    impl KeySet {
        pub(crate) const NONE: &'static Self = &Self(0);
    }
}

use std::future::Future as _;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use crate::sync::Arc;
use current_keys::LiveKeys;
use key_set::KeySet;
use permit::{Ask, Due, Refresh, RefreshPermit};
use schedule::{Outcome, RefreshLimits, Refusal};
use shuttle::future::block_on;
use shuttle::sync::atomic::{AtomicU64, Ordering::SeqCst};
use shuttle::thread;

/// Tries so many interleavings, each of which is another one with high probability.
fn try_interleavings(model: impl Fn() + Send + Sync + 'static) {
    shuttle::check_random(model, 2_000);
}

const LIMITS: RefreshLimits = RefreshLimits {
    min_refetch_interval: Duration::from_secs(30),
    min_age: Duration::from_secs(60),
    max_age: Duration::from_secs(3600),
    max_stale: Duration::from_secs(24 * 3600),
};

/// A provider and a service. Time does not move, so a cool-down never ends.
struct World {
    /// The newest key that the provider publishes.
    published: AtomicU64,
    fetches: AtomicU64,
    in_flight: AtomicU64,
    live: LiveKeys,
    refresh: Arc<Refresh>,
    now: Duration,
}

impl World {
    fn new(now: Duration) -> Arc<Self> {
        Arc::new(Self {
            published: AtomicU64::new(1),
            fetches: AtomicU64::new(0),
            in_flight: AtomicU64::new(0),
            live: LiveKeys::pending(),
            refresh: Refresh::new(LIMITS),
            now,
        })
    }

    /// A service that has fetched the first key.
    fn warm() -> Arc<Self> {
        let world = Self::new(Duration::ZERO);
        match world.refresh.due(world.now) {
            Due::Start(permit) => world.run(permit),
            _ => panic!("the first set is due"),
        }
        world.fetches.store(0, SeqCst);
        world
    }

    /// As the refresher does it: publish, then complete.
    fn run(&self, permit: RefreshPermit) {
        assert_eq!(self.in_flight.fetch_add(1, SeqCst), 0, "two refreshes at once");
        self.fetches.fetch_add(1, SeqCst);
        let keys = KeySet(self.published.load(SeqCst));
        thread::yield_now();
        self.live.publish(keys);
        self.in_flight.fetch_sub(1, SeqCst);
        permit.complete(self.now, Outcome::Good { age: None }, 0);
    }

    fn has(&self, key: u64) -> bool {
        self.live.current().is_ok_and(|keys| keys.0 >= key)
    }

    /// As a request does it.
    fn verify(self: &Arc<Self>, key: u64) -> Result<(), Refusal> {
        let seen = self.refresh.completed();
        if self.has(key) {
            return Ok(());
        }
        let start = |permit| {
            let world = Arc::clone(self);
            thread::spawn(move || world.run(permit));
        };
        let again = || self.has(key).then_some(());
        block_on(wait::wait_for_key(&self.refresh, seen, || self.now, start, again))
    }
}

#[test]
fn a_new_key_is_found_by_all_requests_with_one_fetch() {
    try_interleavings(|| {
        let world = World::warm();
        world.published.store(2, SeqCst);
        let requests: Vec<_> = (0..3)
            .map(|_| {
                let world = Arc::clone(&world);
                thread::spawn(move || world.verify(2))
            })
            .collect();
        for request in requests {
            assert_eq!(request.join().unwrap(), Ok(()));
        }
        assert_eq!(world.fetches.load(SeqCst), 1);
    });
}

#[test]
fn keys_that_do_not_exist_cause_one_fetch() {
    try_interleavings(|| {
        let world = World::warm();
        let requests: Vec<_> = (0..3)
            .map(|number| {
                let world = Arc::clone(&world);
                thread::spawn(move || world.verify(10 + number))
            })
            .collect();
        for request in requests {
            assert_eq!(request.join().unwrap(), Err(Refusal::UnknownKey));
        }
        assert_eq!(world.fetches.load(SeqCst), 1);
    });
}

/// A refresh ahead of time may have been answered just before the key was published.
#[test]
fn a_key_that_is_published_before_its_token_is_never_said_to_be_unknown() {
    try_interleavings(|| {
        let mut world = World::warm();
        // The set is due, and someone else sees to that.
        Arc::get_mut(&mut world).unwrap().now = LIMITS.min_age * 5;
        let timer = {
            let world = Arc::clone(&world);
            thread::spawn(move || {
                if let Due::Start(permit) = world.refresh.due(world.now) {
                    world.run(permit);
                }
            })
        };
        let issuer = {
            let world = Arc::clone(&world);
            thread::spawn(move || {
                world.published.store(2, SeqCst);
                assert_eq!(world.verify(2), Ok(()));
            })
        };
        timer.join().unwrap();
        issuer.join().unwrap();
        assert!(world.fetches.load(SeqCst) <= 2);
    });
}

#[test]
fn before_the_first_keys_all_requests_wait_for_the_same_attempt() {
    try_interleavings(|| {
        let world = World::new(Duration::ZERO);
        let threads: Vec<_> = (0..3)
            .map(|number| {
                let world = Arc::clone(&world);
                thread::spawn(move || match number {
                    0 => match world.refresh.due(world.now) {
                        Due::Start(permit) => world.run(permit),
                        // Someone else does it, or has done it.
                        Due::At(..) => {}
                        Due::Stale => panic!("there was no set that could be"),
                    },
                    _ => assert_eq!(world.verify(1), Ok(())),
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(world.fetches.load(SeqCst), 1);
    });
}

/// A task that is dropped in the middle of a refresh (its runtime ends, it panics) leaves no one
/// waiting, and does not prevent the next one.
#[test]
fn an_abandoned_refresh_has_failed() {
    try_interleavings(|| {
        let world = World::warm();
        let Ask::Start(permit, _) = world.refresh.ask(world.now, world.refresh.completed()) else {
            panic!("the first unknown key causes a refresh");
        };
        let waiting = {
            let world = Arc::clone(&world);
            thread::spawn(move || world.verify(2))
        };
        drop(permit);
        let refused = waiting.join().unwrap();
        assert!(matches!(refused, Err(Refusal::Unreachable { .. })), "{refused:?}");
        assert!(matches!(world.refresh.due(world.now + LIMITS.min_age), Due::Start(_)));
    });
}

/// A request that is given up while it waits takes no one's wake-up with it.
#[test]
fn a_caller_that_gives_up_keeps_no_other_from_waking() {
    try_interleavings(|| {
        let world = World::warm();
        world.published.store(2, SeqCst);
        let Ask::Start(permit, done) = world.refresh.ask(world.now, world.refresh.completed())
        else {
            panic!("the first unknown key causes a refresh");
        };
        let impatient = thread::spawn(move || {
            let mut done = pin!(done);
            let _ = done.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        });
        let waiting = {
            let world = Arc::clone(&world);
            thread::spawn(move || world.verify(2))
        };
        world.run(permit);
        impatient.join().unwrap();
        assert_eq!(waiting.join().unwrap(), Ok(()));
    });
}

/// What is remembered as verified: never with keys that are no longer in force.
#[test]
fn a_stamp_that_is_current_was_taken_from_the_keys_in_force() {
    try_interleavings(|| {
        let world = World::warm();
        world.published.store(2, SeqCst);
        let remembering = {
            let world = Arc::clone(&world);
            // Often enough to be in the middle of any step of the refresh.
            let look = move || {
                let keys = world.live.current().unwrap();
                (keys.0, keys.stamp())
            };
            thread::spawn(move || std::iter::repeat_with(look).take(20).collect::<Vec<_>>())
        };
        let refreshing = {
            let world = Arc::clone(&world);
            thread::spawn(move || world.verify(2).unwrap())
        };
        refreshing.join().unwrap();
        // The key 1 is withdrawn from here on.
        for (verified_with, stamp) in remembering.join().unwrap() {
            assert!(verified_with == 2 || !stamp.is_current());
        }
    });
}
