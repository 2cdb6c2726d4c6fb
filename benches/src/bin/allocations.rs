//! Counts the allocations of every case and leaves them in `target/results/allocations`.
//!
//! `cargo run --release --bin allocations`

use std::alloc::System;

use auth_benches::figure::{Figures, leave};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static GLOBAL: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() {
    let mut figures = Figures::new();
    for mut case in auth_benches::cases() {
        case.run();
        let region = Region::new(GLOBAL);
        case.run();
        let change = region.change();
        let made = u32::try_from(change.allocations + change.reallocations).expect("not so many");
        let name = (case.row.to_owned(), case.who.to_owned());
        figures.insert(name, f64::from(made) / f64::from(case.times));
    }
    leave("allocations", &figures);
}
