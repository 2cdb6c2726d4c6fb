//! The seeds of the fuzz targets: what a fuzzer starts from is tried by each run of the tests.

use std::fs;
use std::path::{Path, PathBuf};

#[path = "../../../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "it is a crate of its own, too")]
mod targets;

#[test]
fn a_seed_breaks_no_promise_and_is_accepted_where_its_name_says_so() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    let mut refused = Vec::new();
    for (name, target) in targets::TARGETS {
        let seeds = fs::read_dir(corpus.join(name)).unwrap().map(|it| it.unwrap().path());
        let (accepted, others): (Vec<_>, Vec<_>) =
            seeds.partition(|it| target(&fs::read(it).unwrap()));
        assert!(!accepted.is_empty(), "{name} never gets past the first checks");
        let is_good = |path: &PathBuf| path.to_string_lossy().contains("/accepted-");
        refused.extend(others.into_iter().filter(is_good));
    }
    assert_eq!(refused, [] as [PathBuf; 0]);
}
