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
//! A store of an authorization server is tested by
//! [`authorization_conformance_tests!`](crate::authorization_conformance_tests), or
//! [`check_authorization`], on one node or on several.
//!
//! Where things are to be done at the same time, 64 tasks do them; random operations are compared with
//! the store in memory. The variables `AUTH_STORE_RACERS`, `AUTH_STORE_STEPS` (10,000 operations unless
//! it is set) and `AUTH_STORE_SEED` change that.

mod accounts;
mod api_keys;
mod assignments;
mod attempts;
mod audit;
mod authorization;
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

pub use authorization::Nodes;
pub use kit::{Failure, Settings};

use list::{AUTHORIZATION, LASTING, SHORT_LIVED};

type Running = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send>>;

/// One promise, and what tests it on an empty store.
pub struct Case<S = Stores> {
    part: &'static str,
    name: &'static str,
    run: fn(S, Settings) -> Running,
}

impl<S> Clone for Case<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Case<S> {}

impl<S> Case<S> {
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

    /// Whether a store that is empty keeps the promise.
    ///
    /// # Errors
    /// If it does not: what it answered, and what was expected.
    pub async fn run(&self, empty: S, settings: Settings) -> Result<(), Failure> {
        (self.run)(empty, settings).await
    }
}

impl Case {
    /// Whether a store for what may be forgotten has to keep it, too.
    #[must_use]
    pub fn is_short_lived(&self) -> bool {
        SHORT_LIVED.iter().any(|case| case.part == self.part)
    }
}

impl<S> fmt::Debug for Case<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{}", self.part, self.name)
    }
}

/// All cases.
pub fn cases() -> impl Iterator<Item = Case> {
    LASTING.iter().chain(SHORT_LIVED).copied()
}

/// All cases for a store of an authorization server.
pub fn authorization_cases() -> impl Iterator<Item = Case<Nodes>> {
    AUTHORIZATION.iter().copied()
}

/// How a store did.
#[derive(Debug)]
pub struct Report<S = Stores> {
    results: Vec<(Case<S>, Result<(), Failure>)>,
}

impl<S> Report<S> {
    /// Whether it keeps every promise.
    #[must_use]
    pub fn is_passed(&self) -> bool {
        self.failures().next().is_none()
    }

    /// The promises that it does not keep.
    pub fn failures(&self) -> impl Iterator<Item = (&Case<S>, &Failure)> {
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

impl<S> fmt::Display for Report<S> {
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
    run_all(cases().filter(chosen), make, settings).await
}

/// Runs those cases for a store of an authorization server that are chosen, each on an empty one that
/// `make` makes.
pub async fn check_authorization<M, F>(
    make: M,
    settings: Settings,
    chosen: impl Fn(&Case<Nodes>) -> bool,
) -> Report<Nodes>
where
    M: Fn() -> F,
    F: Future<Output = Nodes>,
{
    run_all(authorization_cases().filter(chosen), make, settings).await
}

async fn run_all<S, M, F>(
    cases: impl Iterator<Item = Case<S>>,
    make: M,
    settings: Settings,
) -> Report<S>
where
    M: Fn() -> F,
    F: Future<Output = S>,
{
    let mut results = Vec::new();
    for case in cases {
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

/// The same of a store of an authorization server.
///
/// # Errors
/// If the store does not keep its promise, or there is no such case.
#[doc(hidden)]
pub async fn prove_authorization(part: &str, name: &str, empty: Nodes) -> Result<(), Failure> {
    let case = authorization_cases().find(|case| case.part == part && case.name == name);
    let case = case.ok_or_else(|| Failure::new("there is no such case"))?;
    case.run(empty, Settings::default()).await
}
