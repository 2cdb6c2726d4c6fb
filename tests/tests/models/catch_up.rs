//! Those who read a feed of revocations at once, in the interleavings of `shuttle`: the reads that requests
//! share, and the one that follows, beside nodes that revoke and a store that is replaced.

#[path = "../../../auth-core/src/revocation/place.rs"]
mod place;
#[expect(unreachable_pub, reason = "it is public in its crate")]
#[path = "../../../auth-core/src/time/shared_read.rs"]
mod shared_read;

use std::collections::BTreeSet;
use std::future::Future as _;
use std::pin::pin;
use std::task::{Context, Waker};

use place::{Heard, Place, Read};
use shared_read::SharedRead;
use shuttle::future::{block_on, yield_now};
use shuttle::sync::atomic::AtomicU64;
use shuttle::sync::atomic::Ordering::SeqCst;
use shuttle::sync::{Arc, Mutex};
use shuttle::thread;

fn try_interleavings(model: impl Fn() + Send + Sync + 'static) {
    shuttle::check_random(model, 3_000);
}

/// How much the store gives at once.
const PAGE: usize = 2;

/// A store, and a node that has a list of what was revoked there.
struct World {
    store: Mutex<Store>,
    list: Mutex<BTreeSet<u64>>,
    place: Mutex<Place>,
    catching_up: SharedRead<Result<u64, &'static str>>,
    reads: AtomicU64,
}

#[derive(Clone)]
struct Store {
    generation: u64,
    revoked: Vec<u64>,
    fails: bool,
}

impl World {
    /// A store in which these are revoked.
    fn new(revoked: &[u64]) -> Arc<Self> {
        Arc::new(Self {
            store: Mutex::new(Store { generation: 1, revoked: revoked.to_vec(), fails: false }),
            list: Mutex::default(),
            place: Mutex::new(Place::START),
            catching_up: SharedRead::new(),
            reads: AtomicU64::new(0),
        })
    }

    fn revoke(&self, what: u64) {
        self.store.lock().unwrap().revoked.push(what);
    }

    /// Puts a copy in the place of the store, which has lost its end and is numbered anew.
    fn restore(&self) {
        let mut store = self.store.lock().unwrap();
        store.generation += 1;
        store.revoked.truncate(1);
    }

    /// Asks the store once, and takes what it says, as `follow` does both.
    async fn read(&self) -> Result<Read, &'static str> {
        let asked = *self.place.lock().unwrap();
        yield_now().await;
        let store = self.store.lock().unwrap().clone();
        self.reads.fetch_add(1, SeqCst);
        yield_now().await;
        if store.fails {
            return Err("no store");
        }
        let from = usize::try_from(asked.position).unwrap().min(store.revoked.len());
        let page: Vec<u64> = store.revoked[from..].iter().copied().take(PAGE).collect();
        let to = from + page.len();
        for what in page {
            self.list.lock().unwrap().insert(what);
        }
        let heard = Heard {
            generation: store.generation,
            position: to as u64,
            complete: to == store.revoked.len(),
        };
        Ok(self.place.lock().unwrap().advance(asked, heard))
    }

    async fn catch_up(&self) -> Result<u64, &'static str> {
        let read = || async {
            loop {
                if let Read::All { generation } = self.read().await? {
                    return Ok(generation);
                }
            }
        };
        self.catching_up.ask(read).await
    }

    /// Whether all is in the list that is acknowledged when this begins.
    fn knows_all(&self) {
        let before = self.store.lock().unwrap().clone();
        let generation = block_on(self.catch_up()).unwrap();
        let list = self.list.lock().unwrap().clone();
        let missed: Vec<_> = before.revoked.iter().filter(|it| !list.contains(it)).collect();
        // Of a store that was replaced meanwhile, what went with it was never read.
        if generation == before.generation {
            assert_eq!(missed, Vec::<&u64>::new(), "revoked before, and not known");
        }
    }
}

fn all(threads: Vec<thread::JoinHandle<()>>) {
    for thread in threads {
        thread.join().unwrap();
    }
}

fn beside(world: &Arc<World>, act: impl FnOnce(&World) + Send + 'static) -> thread::JoinHandle<()> {
    let world = Arc::clone(world);
    thread::spawn(move || act(&world))
}

#[test]
fn a_question_after_a_revocation_finds_it() {
    try_interleavings(|| {
        let world = World::new(&[1, 2, 3]);
        let follower = beside(&world, |world| {
            block_on(async {
                for _ in 0..3 {
                    world.read().await.unwrap();
                }
            });
        });
        let nodes = (4..6).map(|what| {
            beside(&world, move |world| {
                world.revoke(what);
                world.knows_all();
                assert!(world.list.lock().unwrap().contains(&what));
            })
        });
        let asking = (0..2).map(|_| beside(&world, World::knows_all));
        all(nodes.chain(asking).chain([follower]).collect());
    });
}

#[test]
fn a_store_that_is_replaced_is_read_from_the_start_by_each_reader() {
    try_interleavings(|| {
        let world = World::new(&[1, 2, 3]);
        let follower = beside(&world, |world| {
            block_on(async {
                for _ in 0..4 {
                    world.read().await.unwrap();
                }
            });
        });
        let replacing = beside(&world, |world| {
            world.knows_all();
            world.restore();
            world.revoke(7);
            world.knows_all();
            assert!(world.list.lock().unwrap().contains(&7));
        });
        let asking = beside(&world, World::knows_all);
        all(vec![follower, replacing, asking]);
        world.knows_all();
        assert_eq!(world.store.lock().unwrap().revoked, [1, 7]);
    });
}

/// Otherwise each request would cost a read, and a slow store would have a queue of them.
#[test]
fn those_who_ask_at_once_share_two_reads_at_most() {
    try_interleavings(|| {
        let world = World::new(&[]);
        let mut asking: Vec<_> = (0..4).map(|_| Box::pin(world.catch_up())).collect();
        // All of them have asked before the first read ends.
        for one in &mut asking {
            assert!(one.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }
        for one in asking {
            block_on(one).unwrap();
        }
        assert!(world.reads.load(SeqCst) <= 2, "{}", world.reads.load(SeqCst));
    });
}

#[test]
fn a_caller_that_goes_away_leaves_the_others_to_read() {
    try_interleavings(|| {
        let world = World::new(&[1]);
        let impatient = beside(&world, |world| {
            let mut asking = pin!(world.catch_up());
            for _ in 0..2 {
                if asking.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
                    return;
                }
                thread::yield_now();
            }
        });
        let nodes = (4..6).map(|what| {
            beside(&world, move |world| {
                world.revoke(what);
                world.knows_all();
            })
        });
        all(nodes.chain([impatient]).collect());
    });
}

/// An error reaches the callers whose read it is, and a store that is back answers callers who ask then.
#[test]
fn no_caller_gets_what_a_store_did_not_say() {
    try_interleavings(|| {
        let world = World::new(&[1]);
        world.store.lock().unwrap().fails = true;
        let failing: Vec<_> = (0..2)
            .map(|_| {
                let world = Arc::clone(&world);
                thread::spawn(move || block_on(world.catch_up()))
            })
            .collect();
        let back = beside(&world, |world| {
            world.store.lock().unwrap().fails = false;
            world.revoke(2);
            world.knows_all();
        });
        for answer in failing {
            let answer = answer.join().unwrap();
            assert!(answer.is_err() || world.list.lock().unwrap().contains(&1));
        }
        back.join().unwrap();
    });
}
