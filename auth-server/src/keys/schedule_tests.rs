//! The rotation as a machine: nodes read the store at their own pace, sign, and verifiers keep key sets.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::schedule::{KeyTimes, NewKey, Schedule, Urgency, order, signing};
use super::{SigningAlgorithm, SigningKeys};

const ALGORITHM: SigningAlgorithm = SigningAlgorithm::Es256;
/// The longest life of a token.
const TOKEN: u64 = 24 * 3_600;

/// What happens next.
#[derive(Clone, Debug)]
enum Step {
    /// So many seconds pass; nodes that are due read the store.
    Wait(u64),
    /// A node reads the store before it is due.
    Read(usize),
    /// An administrator asks for a key.
    Rotate(Urgency),
}

struct Key {
    times: KeyTimes,
    publish_at: u64,
    urgent: bool,
}

/// A node: the keys as it has read them, and when.
#[derive(Default)]
struct Node {
    keys: Vec<KeyTimes>,
    read_at: u64,
}

struct World {
    schedule: Schedule,
    max_age: u64,
    now: u64,
    made: usize,
    store: Vec<Key>,
    nodes: [Node; 3],
    /// Until when something that a key has signed is valid.
    tokens: BTreeMap<String, u64>,
}

impl World {
    fn new(rotate_every: u64, max_age: u64) -> Self {
        let settings = SigningKeys::default()
            .rotate_every(std::time::Duration::from_secs(rotate_every))
            .jwks_max_age(std::time::Duration::from_secs(max_age));
        let mut world = Self {
            schedule: settings.schedule(),
            max_age,
            now: 1_800_000_000,
            made: 0,
            store: Vec::new(),
            nodes: Default::default(),
            tokens: BTreeMap::new(),
        };
        for node in 0..world.nodes.len() {
            world.read(node);
        }
        world
    }

    fn times(&self) -> Vec<KeyTimes> {
        let mut times: Vec<_> = self.store.iter().map(|it| it.times.clone()).collect();
        times.sort_by(order);
        times
    }

    /// As the store does: nothing is added if another node was quicker.
    fn add(&mut self, new: &NewKey, urgent: bool) {
        let latest = self.times().pop().map(|it| it.kid);
        assert_eq!(latest, new.after, "the store refuses what comes after another key");
        self.made += 1;
        let kid = format!("{:04}", self.made);
        let times = KeyTimes { kid, algorithm: ALGORITHM, sign_at: new.sign_at };
        let urgent = urgent || new.after.is_none();
        self.store.push(Key { times, publish_at: self.now, urgent });
    }

    /// A node does what is due, and reads.
    fn read(&mut self, node: usize) {
        let before = self.made;
        while let Some(new) = self.schedule.next(&self.times(), ALGORITHM, self.now) {
            self.add(&new, false);
        }
        assert!(self.made - before <= 2, "the first, and its follower");
        let times = self.times();
        let dead: Vec<_> = self.schedule.dead(&times, self.now).map(|it| it.kid.clone()).collect();
        self.store.retain(|it| !dead.contains(&it.times.kid));
        self.nodes[node] = Node { keys: self.times(), read_at: self.now };
    }

    fn rotate(&mut self, urgency: Urgency) {
        if let Some(new) = self.schedule.asked_for(&self.times(), ALGORITHM, urgency, self.now) {
            self.add(&new, urgency == Urgency::AtOnce);
        }
    }

    /// Every node signs a token that lives as long as any.
    fn sign(&mut self) -> Result<(), TestCaseError> {
        for node in &self.nodes {
            let key = signing(&node.keys, ALGORITHM, self.now, Some);
            let key = key.expect("a node has nothing to sign with");
            let stored = self.store.iter().find(|it| it.times.kid == key.kid);
            let stored = stored.expect("a node signs with a key that is gone");
            let published_for = self.now - stored.publish_at;
            prop_assert!(
                stored.urgent || published_for >= 2 * self.max_age + 3_600,
                "a key signs that was published {published_for} s ago"
            );
            self.tokens.insert(key.kid.clone(), self.now + TOKEN);
        }
        Ok(())
    }

    fn check(&mut self) -> Result<(), TestCaseError> {
        self.tokens.retain(|_, until| self.now < *until);
        for kid in self.tokens.keys() {
            prop_assert!(
                self.store.iter().any(|it| it.times.kid == *kid),
                "a valid token has no key"
            );
        }
        let waits = |it: &&Key| !it.urgent && it.times.sign_at > self.now;
        let next = self.store.iter().filter(waits).count();
        prop_assert!(next <= 1, "{next} keys wait");
        // Nodes that have read the same sign with the same key.
        let signs =
            |it: &Node| signing(&it.keys, ALGORITHM, self.now, Some).map(|it| it.kid.clone());
        for one in &self.nodes {
            for other in &self.nodes {
                prop_assert!(one.keys != other.keys || signs(one) == signs(other));
            }
        }
        Ok(())
    }

    fn step(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match step {
            Step::Read(node) => self.read(*node),
            Step::Rotate(urgency) => self.rotate(*urgency),
            Step::Wait(seconds) => {
                let end = self.now + seconds;
                // Nodes read every half of the age; between these nothing happens.
                while self.now < end {
                    self.now = (self.now + self.max_age.div_ceil(2)).min(end);
                    for node in 0..self.nodes.len() {
                        if self.now - self.nodes[node].read_at >= self.max_age.div_ceil(2) {
                            self.read(node);
                        }
                    }
                    self.sign()?;
                    self.check()?;
                }
            }
        }
        self.sign()?;
        self.check()
    }
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0_u64..200_000).prop_map(Step::Wait),
        3 => (0_usize..3).prop_map(Step::Read),
        1 => Just(Step::Rotate(Urgency::Published)),
        1 => Just(Step::Rotate(Urgency::AtOnce)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_key_signs_before_it_is_known_and_none_goes_before_its_tokens(
        rotate_every in prop_oneof![1_u64..5_000, 5_000_u64..400_000, Just(30 * 24 * 3_600)],
        max_age in prop_oneof![Just(300_u64), 300_u64..7_200],
        steps in prop::collection::vec(step(), 1..16),
    ) {
        let mut world = World::new(rotate_every, max_age);
        for step in &steps {
            world.step(step)?;
        }
    }
}

#[test]
fn a_key_signs_for_thirty_days_and_its_follower_is_published_ahead() {
    let mut world = World::new(30 * 24 * 3_600, 300);
    let start = world.now;
    assert_eq!(world.store.len(), 1);
    let month = 30 * 24 * 3_600;
    world.now = start + month - 4_201;
    world.read(0);
    assert_eq!(world.store.len(), 1);
    world.now += 1;
    world.read(0);
    assert_eq!(
        world.times()[1].sign_at,
        start + month,
        "published 2 x 300 s + 1 h before it signs"
    );
    world.now = start + month;
    world.read(1);
    let keys = &world.nodes[1].keys;
    assert_eq!(signing(keys, ALGORITHM, world.now - 1, Some).unwrap().kid, "0001");
    assert_eq!(signing(keys, ALGORITHM, world.now, Some).unwrap().kid, "0002");
    world.now += 24 * 3_600;
    world.read(1);
    assert_eq!(world.store.len(), 2, "its last token may still be valid");
    world.now += 3_900;
    world.read(1);
    assert_eq!(world.store.len(), 1);
}

#[test]
fn a_server_that_slept_for_a_year_signs_with_its_old_key_until_the_new_one_is_known() {
    let mut world = World::new(30 * 24 * 3_600, 300);
    world.now += 365 * 24 * 3_600;
    world.read(0);
    let times = world.times();
    assert_eq!(times[1].sign_at, world.now + 4_200);
    assert_eq!(signing(&times, ALGORITHM, world.now, Some).unwrap().kid, "0001");
}
