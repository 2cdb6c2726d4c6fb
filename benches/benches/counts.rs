//! Every case, in instructions: callgrind counts one warm run.
#![expect(missing_docs, reason = "the macros of gungraun write items without any")]

use std::hint::black_box;

use auth_benches::case::Case;
use gungraun::prelude::*;

/// The case of this name, after a run that is not counted: what is made on first use is made.
fn warm(row: &'static str, who: &'static str) -> Case {
    let mut case = auth_benches::find(row, who);
    case.run();
    case
}

#[library_benchmark]
#[benches::limit(
    args = [
        ("decision: 1 role and 1 scope", "limit"),
        ("decision: any of 5, 32 held", "limit"),
        ("decision: nested over 12, 256 held", "limit"),
        ("verify RS256", "limit"),
        ("verify ES256", "limit"),
        ("verify EdDSA", "limit"),
        ("verify HS256", "limit"),
        ("the same token again", "limit"),
        ("request: known token", "limit"),
        ("request: no token", "limit"),
        ("request: forged token", "limit"),
        ("request: known token, role missing", "limit"),
    ],
    setup = warm
)]
#[benches::ours(
    args = [
        ("decision: 1 role and 1 scope", "auth-core"),
        ("decision: any of 5, 32 held", "auth-core"),
        ("decision: nested over 12, 256 held", "auth-core"),
        ("decision: both of 2, 4 held of 4", "auth-core"),
        ("decision: both of 2, 4,096 held of 4,096", "auth-core"),
        ("verify RS256", "auth-core"),
        ("verify ES256", "auth-core"),
        ("verify EdDSA", "auth-core"),
        ("verify HS256", "auth-core"),
        ("the same token again", "auth-core"),
        ("request: known token", "auth-core"),
        ("request: new token", "auth-core"),
        ("request: no token", "auth-core"),
        ("request: forged token", "auth-core"),
        ("request: known token, role missing", "auth-core"),
    ],
    setup = warm
)]
fn count(mut case: Case) -> Case {
    black_box(&mut case).run();
    case
}

library_benchmark_group!(name = cases, benchmarks = count);
main!(library_benchmark_groups = cases);
