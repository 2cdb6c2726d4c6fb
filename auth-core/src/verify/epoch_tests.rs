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
    assert!(!Stamp::never_current().is_current());
}
