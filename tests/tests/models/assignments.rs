//! Model: the order of stamp, question and `forget`, in the interleavings that `shuttle` tries.
//!
//! It is a model of `authenticator/grants`, whose own code runs on real threads in
//! `kept::the_new_state_wins_every_race`.

use shuttle::sync::atomic::{AtomicU64, Ordering::SeqCst};
use shuttle::sync::{Arc, Mutex};
use shuttle::thread;

/// When the stamp of an answer is taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stamped {
    BeforeTheQuestion,
    AfterTheQuestion,
}

#[derive(Default)]
struct Model {
    /// The role in the database; a later one is greater.
    role: AtomicU64,
    epoch: AtomicU64,
    /// A role and the stamp it was asked for under.
    kept: Mutex<Option<(u64, u64)>>,
}

impl Model {
    fn held(&self, stamped: Stamped) -> u64 {
        let kept = *self.kept.lock().unwrap();
        if let Some((role, stamp)) = kept
            && stamp == self.epoch.load(SeqCst)
        {
            return role;
        }
        let before = self.epoch.load(SeqCst);
        let role = self.role.load(SeqCst);
        let stamp = match stamped {
            Stamped::BeforeTheQuestion => before,
            Stamped::AfterTheQuestion => self.epoch.load(SeqCst),
        };
        *self.kept.lock().unwrap() = Some((role, stamp));
        role
    }

    /// First the change, then forgetting.
    fn assign(&self, role: u64) {
        self.role.store(role, SeqCst);
        self.epoch.fetch_add(1, SeqCst);
    }
}

fn a_caller_after_a_change_sees_it(stamped: Stamped) {
    let model = Arc::new(Model::default());
    let others: Vec<_> = (0..2)
        .map(|_| {
            let model = Arc::clone(&model);
            thread::spawn(move || {
                model.held(stamped);
                model.held(stamped);
            })
        })
        .collect();
    for role in 1..3 {
        model.assign(role);
        assert_eq!(model.held(stamped), role);
    }
    for other in others {
        other.join().unwrap();
    }
    assert_eq!(model.held(stamped), 2, "nothing old was left behind");
}

#[test]
fn the_new_state_wins_in_every_order() {
    shuttle::check_pct(|| a_caller_after_a_change_sees_it(Stamped::BeforeTheQuestion), 5000, 3);
}

/// The model can tell: with the stamp taken too late, an old answer counts as a new one.
#[test]
#[should_panic(expected = "assertion")]
fn a_stamp_that_is_taken_too_late_is_found() {
    shuttle::check_pct(|| a_caller_after_a_change_sees_it(Stamped::AfterTheQuestion), 5000, 3);
}
