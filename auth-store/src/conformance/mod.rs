//! The suite that every store passes.
//!
//! A case asks a store that is empty for one thing that the traits of
//! [`auth_accounts::store`] promise. [`conformance_tests!`](crate::conformance_tests) makes a test of
//! each; [`check`] runs them all and reports.
//!
//! ```
//! use auth_accounts::store::Stores;
//! use auth_store::memory::MemoryStore;
//!
//! async fn empty_store() -> Stores {
//!     Stores::all_in(MemoryStore::new())
//! }
//!
//! mod conformance {
//!     use super::empty_store;
//!
//!     auth_store::conformance_tests!(empty_store);
//! }
//! # fn main() {}
//! ```
//!
//! A store for what may be forgotten alone (sessions, one-time secrets and attempts) is put beside
//! another one by [`Stores::short_lived_in`], and tested by
//! `auth_store::conformance_tests!(short_lived: empty_store)`.
//!
//! Where things are to be done at the same time, 64 tasks do them; random operations are compared with
//! the store in memory. The variables `AUTH_STORE_RACERS`, `AUTH_STORE_STEPS` (10,000 operations unless
//! it is set) and `AUTH_STORE_SEED` change that.

mod accounts;
mod api_keys;
mod assignments;
mod attempts;
mod audit;
mod cancel;
mod changes;
mod factors;
mod kit;
mod list;
mod model;
mod one_time;
mod sessions;
mod together;

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use auth_accounts::store::Stores;

pub use kit::{Failure, Settings};

use kit::Kit;
use list::{LASTING, SHORT_LIVED};

type Running = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send>>;

/// One promise, and what tests it.
#[derive(Clone, Copy)]
pub struct Case {
    part: &'static str,
    name: &'static str,
    run: fn(Kit) -> Running,
}

impl Case {
    /// The trait that it belongs to: `sessions`, `one_time`; or `together`, for what several promise
    /// when one store has all of them.
    #[must_use]
    pub const fn part(&self) -> &'static str {
        self.part
    }

    /// What is promised.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Whether a store for what may be forgotten has to keep it, too.
    #[must_use]
    pub fn is_short_lived(&self) -> bool {
        SHORT_LIVED.iter().any(|case| case.part == self.part)
    }

    /// Whether a store that is empty keeps the promise.
    ///
    /// # Errors
    /// If it does not: what it answered, and what was expected.
    pub async fn run(&self, empty: Stores, settings: Settings) -> Result<(), Failure> {
        (self.run)(Kit::new(empty, settings)).await
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{}", self.part, self.name)
    }
}

/// All cases.
pub fn cases() -> impl Iterator<Item = Case> {
    LASTING.iter().chain(SHORT_LIVED).copied()
}

/// How a store did.
#[derive(Debug)]
pub struct Report {
    results: Vec<(Case, Result<(), Failure>)>,
}

impl Report {
    /// Whether it keeps every promise.
    #[must_use]
    pub fn is_passed(&self) -> bool {
        self.failures().next().is_none()
    }

    /// The promises that it does not keep.
    pub fn failures(&self) -> impl Iterator<Item = (&Case, &Failure)> {
        self.results.iter().filter_map(|(case, result)| Some((case, result.as_ref().err()?)))
    }

    /// How many cases were run.
    #[must_use]
    pub fn len(&self) -> usize {
        self.results.len()
    }

    /// Whether none was run.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.results.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} cases, {} failed", self.len(), self.failures().count())?;
        self.failures().try_for_each(|(case, failure)| writeln!(f, "{case:?}: {failure}"))
    }
}

/// Runs all cases, each on a store that `make` makes: an empty one that no other case has.
pub async fn check<M, F>(make: M) -> Report
where
    M: Fn() -> F,
    F: Future<Output = Stores>,
{
    check_some(make, Settings::default(), |_| true).await
}

/// Runs those cases that are chosen.
pub async fn check_some<M, F>(make: M, settings: Settings, chosen: impl Fn(&Case) -> bool) -> Report
where
    M: Fn() -> F,
    F: Future<Output = Stores>,
{
    let mut results = Vec::new();
    for case in cases().filter(chosen) {
        results.push((case, case.run(make().await, settings).await));
    }
    Report { results }
}

/// Runs the case of this name; what [`conformance_tests!`](crate::conformance_tests) calls.
///
/// # Errors
/// If the store does not keep its promise, or there is no such case.
#[doc(hidden)]
pub async fn prove(part: &str, name: &str, empty: Stores) -> Result<(), Failure> {
    let case = cases().find(|case| case.part == part && case.name == name);
    let case = case.ok_or_else(|| Failure::new("there is no such case"))?;
    case.run(empty, Settings::default()).await
}
