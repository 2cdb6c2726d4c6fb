//! Apart from the source file, which a model of concurrency compiles with other types.

use super::epoch::{Epoch, Stamp};

#[test]
fn a_change_ends_every_stamp_before_it() {
    let epoch = Epoch::default();
    let before = epoch.stamp();
    assert!(before.is_current());
    epoch.clone().advance();
    assert!(!before.is_current());
    assert!(epoch.stamp().is_current());
}

#[test]
fn stamps_that_belong_together_end_with_the_first_change() {
    let chained = |[a, b, c]: [Stamp; 3]| a.and(b).and(c);
    let nested = |[a, b, c]: [Stamp; 3]| a.and(b.and(c));
    for changed in 0..3 {
        let epochs = [Epoch::default(), Epoch::default(), Epoch::default()];
        let stamps = || epochs.each_ref().map(Epoch::stamp);
        let all = [chained(stamps()), nested(stamps())];
        assert!(all.iter().all(Stamp::is_current));
        epochs[changed].advance();
        assert!(!all.iter().any(Stamp::is_current), "{changed}");
    }
}
