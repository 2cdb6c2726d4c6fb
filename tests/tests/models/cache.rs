//! The cache of verified tokens and the revocation list, in the interleavings of `shuttle`: the same
//! source files, with its types in place of those of std.

#[path = "../../../auth-core/src/revocation/table.rs"]
mod revocation_table;
#[expect(unreachable_pub, reason = "it is public in its crate")]
#[path = "../../../auth-core/src/token/known_tokens/table.rs"]
mod table;

use crate::epoch::{Epoch, Stamp};
use revocation_table::{Entry, RevocationTable, Writer};
use shuttle::scheduler::RandomScheduler;
use shuttle::sync::atomic::Ordering::SeqCst;
use shuttle::sync::atomic::{AtomicBool, AtomicU64};
use shuttle::sync::{Arc, Mutex, RwLock};
use shuttle::{Config, Runner, thread};
use table::{Perishable, Table, WAYS};

/// Tries so many interleavings, each of which is another one with high probability.
fn try_interleavings(count: usize, model: impl Fn() + Send + Sync + 'static) {
    let mut config = Config::new();
    config.stack_size = 512 * 1024;
    Runner::new(RandomScheduler::new(count), config).run(model);
}

fn join<T>(threads: Vec<thread::JoinHandle<T>>) {
    for thread in threads {
        drop(thread.join().unwrap());
    }
}

/// Who was found behind a token, with which keys.
#[derive(Clone, Debug)]
struct Caller {
    stamp: Stamp,
    subject: u64,
    verified_with: u64,
}

impl Perishable for Caller {
    fn is_good(&self, _: u64) -> bool {
        self.stamp.is_current()
    }
}

/// A service with keys that change and tokens that are revoked, in the order of `LiveKeys` and of
/// `by_token` in the pipeline of the authenticator.
struct Service {
    known: Table<Caller>,
    /// The number of the key that is published.
    key: RwLock<u64>,
    epoch: Epoch,
    revoked: RevocationTable,
    writer: Mutex<Writer>,
    verifications: AtomicU64,
}

/// Every token has this hash: they all meet in one bucket.
const HASH: u64 = 1;

impl Service {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            known: Table::new(WAYS),
            key: RwLock::new(0),
            epoch: Epoch::default(),
            revoked: RevocationTable::default(),
            writer: Mutex::new(Writer::new()),
            verifications: AtomicU64::new(0),
        })
    }

    fn publish(&self, key: u64) {
        *self.key.write().unwrap() = key;
        self.epoch.advance();
    }

    fn revoke(&self, subject: u64) {
        let entry = Entry { digest: subject.into(), issued_until: u64::MAX, forget_at: u64::MAX };
        self.revoked.add(entry, 0, &mut self.writer.lock().unwrap());
    }

    fn is_revoked(&self, subject: u64) -> bool {
        self.revoked.revokes(|| subject.into(), None, u64::MAX)
    }

    fn verify(&self, subject: u64) -> Caller {
        self.verifications.fetch_add(1, SeqCst);
        let stamp = self.epoch.stamp();
        let verified_with = *self.key.read().unwrap();
        Caller { stamp, subject, verified_with }
    }

    /// Who is let in with the token of this subject. Any key fits any token here.
    fn authenticate(&self, subject: u64) -> Option<Caller> {
        let token = subject.to_string();
        if let Some(caller) = self.known.get(HASH, token.as_bytes(), 0, Clone::clone) {
            if self.is_revoked(subject) {
                self.known.remove(HASH, token.as_bytes());
                return None;
            }
            return Some(caller);
        }
        let caller = self.verify(subject);
        if self.is_revoked(subject) {
            return None;
        }
        self.known.put(HASH, token.as_bytes(), caller.clone(), 0);
        Some(caller)
    }
}

/// One verifies while another one withdraws the key; anyone who comes later never gets what was
/// verified with the former key.
#[test]
fn a_token_being_cached_is_rejected_after_its_key_is_withdrawn() {
    try_interleavings(1_000, || {
        let service = Service::new();
        let requests: Vec<_> = (0..2)
            .map(|_| {
                let service = Arc::clone(&service);
                thread::spawn(move || service.authenticate(7))
            })
            .collect();
        let rotation = {
            let service = Arc::clone(&service);
            thread::spawn(move || {
                service.publish(1);
                let caller = service.authenticate(7).unwrap();
                assert_eq!(caller.verified_with, 1, "the key was withdrawn before this request");
            })
        };
        rotation.join().unwrap();
        join(requests);
        assert_eq!(service.authenticate(7).unwrap().verified_with, 1);
    });
}

#[test]
fn a_token_being_cached_is_rejected_after_its_revocation() {
    try_interleavings(1_000, || {
        let service = Service::new();
        let requests: Vec<_> = (0..2)
            .map(|_| {
                let service = Arc::clone(&service);
                thread::spawn(move || service.authenticate(7))
            })
            .collect();
        let revocation = {
            let service = Arc::clone(&service);
            thread::spawn(move || {
                service.revoke(7);
                assert!(service.authenticate(7).is_none(), "revoked before this request");
                assert!(service.authenticate(8).is_some());
            })
        };
        revocation.join().unwrap();
        assert!(service.authenticate(7).is_none());
        join(requests);
        assert!(service.authenticate(7).is_none());
    });
}

/// More tokens than places, all in one bucket, with keys that change.
#[test]
fn a_crowded_bucket_never_mixes_callers_up() {
    try_interleavings(200, || {
        let service = Service::new();
        let requests: Vec<_> = (0..3)
            .map(|start| {
                let service = Arc::clone(&service);
                thread::spawn(move || {
                    for step in 0..5 {
                        let subject = (start * 4 + step * 3) % (WAYS as u64 + 2);
                        assert_eq!(service.authenticate(subject).unwrap().subject, subject);
                    }
                })
            })
            .collect();
        service.publish(1);
        join(requests);
        let before = service.verifications.load(SeqCst);
        assert_eq!(service.authenticate(1).unwrap().verified_with, 1);
        assert_eq!(service.authenticate(1).unwrap().verified_with, 1);
        let verified = service.verifications.load(SeqCst) - before;
        assert!(verified <= 1, "the second request finds what the first one left");
        assert!(service.known.len() <= service.known.capacity());
    });
}

/// Writers share a shard, one drops what is due while others add: no one loses what was revoked.
#[test]
fn a_revocation_holds_from_the_moment_it_is_acknowledged() {
    try_interleavings(300, || {
        let table = Arc::new(RevocationTable::default());
        let writer = Arc::new(Mutex::new(Writer::new()));
        let entry = |digest, forget_at| Entry { digest, issued_until: 100, forget_at };
        let writers: Vec<_> = (1..4_u8)
            .map(|number| {
                let (table, writer) = (Arc::clone(&table), Arc::clone(&writer));
                thread::spawn(move || {
                    // The same shard for all of them.
                    let digest = u128::from(number) * revocation_table::SHARDS as u128;
                    table.add(entry(digest, 1_000), 0, &mut writer.lock().unwrap());
                    assert!(table.revokes(|| digest, Some(100), 1_000));
                    table.add(entry(digest + 1, 5), 0, &mut writer.lock().unwrap());
                    table.sweep(10, &mut writer.lock().unwrap());
                    assert!(table.revokes(|| digest, Some(100), 1_000));
                    assert!(!table.revokes(|| digest, Some(101), 1_000));
                })
            })
            .collect();
        join(writers);
        assert_eq!(table.len(), 3);
        assert!((1..4).all(|number| table.contains(number * revocation_table::SHARDS as u128)));
    });
}

/// While an entry is dropped, whom it is about is rejected: by the entry, or because it is gone.
#[test]
fn there_is_no_gap_between_an_entry_and_its_being_forgotten() {
    try_interleavings(600, || {
        let table = Arc::new(RevocationTable::default());
        let writer = Mutex::new(Writer::new());
        table.add(
            Entry { digest: 1, issued_until: 100, forget_at: 5 },
            0,
            &mut writer.lock().unwrap(),
        );
        let is_over = Arc::new(AtomicBool::new(false));
        let reader = {
            let (table, is_over) = (Arc::clone(&table), Arc::clone(&is_over));
            thread::spawn(move || {
                for _ in 0..3 {
                    assert!(table.revokes(|| 1, Some(100), 5));
                }
                is_over.store(true, SeqCst);
            })
        };
        table.sweep(5, &mut writer.lock().unwrap());
        assert_eq!(table.len(), 0);
        reader.join().unwrap();
        assert!(is_over.load(SeqCst));
    });
}

/// A token of a tenant rests on the keys and on what the resolver said: with whichever ends first.
#[test]
fn a_stamp_of_two_epochs_ends_with_either() {
    try_interleavings(2_000, || {
        let (keys, issuer) = (Epoch::default(), Epoch::default());
        let stamp = issuer.stamp().and(keys.stamp());
        let has_ended = Arc::new(AtomicBool::new(false));
        let threads = [keys, issuer].map(|epoch| {
            let has_ended = Arc::clone(&has_ended);
            thread::spawn(move || {
                epoch.advance();
                has_ended.store(true, SeqCst);
            })
        });
        let was_over = has_ended.load(SeqCst);
        assert!(!(was_over && stamp.is_current()));
        join(threads.into());
        assert!(!stamp.is_current());
    });
}
