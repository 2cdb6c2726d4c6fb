//! Every case, in time.

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput};

fn main() {
    let mut criterion = Criterion::default()
        .configure_from_args()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(50);
    let mut cases = auth_benches::cases();
    // Those of one row one after the other: what disturbs the machine disturbs all of them.
    cases.sort_by_key(|case| case.row);
    for mut case in cases {
        let mut group = criterion.benchmark_group(case.row);
        group.throughput(Throughput::Elements(case.times.into()));
        group.bench_function(BenchmarkId::from_parameter(case.who), |bencher| {
            bencher.iter(|| case.run());
        });
        group.finish();
    }
    criterion.final_summary();
}
