//! What auth-core costs, beside the least that the same work can cost and beside other crates.
//!
//! Every piece of work is a [`case::Case`]. The benchmarks, the counts of instructions and the
//! tests of allocations all go through the same list: [`cases`].

pub mod access;
pub mod accounts;
pub mod case;
pub mod claims;
pub mod counted;
pub mod decision;
pub mod figure;
pub mod material;
#[cfg(feature = "peers")]
pub mod peers;
pub mod service;
pub mod target;
pub mod token;

use case::Case;

/// Every case there is.
#[must_use]
pub fn cases() -> Vec<Case> {
    [decision::cases(), token::cases(), service::cases(), accounts::cases()]
        .into_iter()
        .flatten()
        .collect()
}

/// The case of this row and this name; only its neighbours are made along with it.
///
/// # Panics
/// If there is none.
#[must_use]
pub fn find(row: &str, who: &str) -> Case {
    let neighbours = match row.split(' ').next() {
        Some("decision:") => decision::cases(),
        Some("request:") => service::cases(),
        Some("accounts:") => accounts::cases::of(row),
        Some("verify") => token::verifications(row),
        _ => token::cached::cases(),
    };
    let found = neighbours.into_iter().find(|case| case.row == row && case.who == who);
    found.unwrap_or_else(|| panic!("no case {row} / {who}"))
}
