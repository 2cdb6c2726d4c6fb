//! Every case, in instructions: callgrind counts one warm run.
#![expect(missing_docs, reason = "the macros of gungraun write items without any")]

use std::hint::black_box;

use auth_benches::case::Case;
use auth_benches::counted;
use gungraun::Callgrind;
use gungraun::prelude::*;

/// The case of this name, after runs that are not counted: what is made on first use is made, and the
/// allocator has sorted what the making of the others left.
fn warm((row, who): counted::Name) -> Case {
    let mut case = auth_benches::find(row, who);
    for _ in 0..3 {
        case.run();
    }
    case
}

#[library_benchmark]
#[benches::limits(iter = counted::LIMITS, setup = warm)]
#[benches::ours(iter = counted::OURS, setup = warm)]
fn count(mut case: Case) -> Case {
    black_box(&mut case).run();
    case
}

#[cfg(feature = "peers")]
#[library_benchmark]
#[benches::peers(iter = counted::PEERS, setup = warm)]
fn count_peers(mut case: Case) -> Case {
    black_box(&mut case).run();
    case
}

library_benchmark_group!(name = cases, benchmarks = count);
#[cfg(feature = "peers")]
library_benchmark_group!(name = peers, benchmarks = count_peers);

fn plain() -> LibraryBenchmarkConfig {
    let mut config = LibraryBenchmarkConfig::default();
    config.tool(Callgrind::with_args(["--cache-sim=no"]));
    config
}

#[cfg(not(feature = "peers"))]
main!(config = plain(), library_benchmark_groups = cases);
#[cfg(feature = "peers")]
main!(config = plain(), library_benchmark_groups = [cases, peers]);
