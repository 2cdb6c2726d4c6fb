//! T13: what `compile-time` and `crates` have left.

use super::Figure;
use crate::figure::left_by;

/// T13.
#[must_use]
pub fn lines() -> Vec<Figure> {
    let of = |program: &str, row: &str| {
        let left = left_by(program);
        left.get(&(row.to_owned(), "auth-core".to_owned())).copied()
    };
    let check = match of("compile-time", "cargo check, 500 handlers") {
        Some(seconds) => Figure::new(
            "T13",
            "`cargo check` of 500 handlers",
            format!("{seconds:.2} s"),
            "≤ 1.1 × 1.73 s",
            seconds <= 1.1 * 1.73,
        ),
        None => {
            Figure::missing("T13", "`cargo check` of 500 handlers", "run `benches/compile-time`")
        }
    };
    let crates = match of("crates", "crates of an application") {
        Some(crates) => Figure::new(
            "T13",
            "crates of an application without accounts",
            format!("{crates:.0}"),
            "≤ 85",
            crates <= 85.0,
        ),
        None => Figure::missing("T13", "crates of an application", "run `benches/crates`"),
    };
    vec![check, crates]
}
