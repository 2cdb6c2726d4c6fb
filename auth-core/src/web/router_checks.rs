//! Checks that a router requires of all its endpoints: they run at the guard of each.
//!
//! A check takes the state of the router, which is known once `Router::with_state` or
//! `Router::protect` is called. Until then its place is empty.

use std::fmt;
use std::future::ready;
use std::marker::PhantomData;
use std::sync::{Arc, OnceLock};

use http::request::Parts;

use super::Checks;
use super::check::{Outcome, RunChecks};
use crate::identity::Identity;
use crate::policy::{CheckAnswers, CheckInfo, Requirement};

/// A requirement with checks, for [`Router::require`](crate::Router::require): what
/// `requirement!(check = ..)` makes.
///
/// It is no plain [`Requirement`], since its checks run with the state of a router.
#[derive(Clone, Copy)]
pub struct RouterRequirement<C> {
    requirement: Requirement,
    checks: PhantomData<fn() -> C>,
}

impl<C> RouterRequirement<C> {
    /// `C` runs the checks of the requirement, by their slots.
    #[doc(hidden)]
    #[must_use]
    pub const fn new(requirement: Requirement) -> Self {
        Self { requirement, checks: PhantomData }
    }
}

impl<C> fmt::Debug for RouterRequirement<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RouterRequirement").field(&self.requirement).finish()
    }
}

/// Where the checks of one requirement are once their state is known.
type Place = Arc<OnceLock<Box<dyn RunChecks>>>;

/// What one call of `Router::require` demands.
#[derive(Clone)]
pub(super) struct Required {
    requirement: Requirement,
    checks: Option<Place>,
}

/// Checks that wait for the state of their router.
pub(super) struct Pending<S> {
    place: Place,
    with_state: fn(&S) -> Box<dyn RunChecks>,
}

impl<S> Pending<S> {
    pub(super) fn set_state(&self, state: &S) {
        // Set once: what has its state waits no longer.
        let _ = self.place.set((self.with_state)(state));
    }
}

/// What is given to `Router::require`, for a router with the state `S`.
#[doc(hidden)]
pub struct ForRouter<S>(pub(super) Required, pub(super) Option<Pending<S>>);

impl<S> ForRouter<S> {
    pub(super) const fn plain(requirement: Requirement) -> Self {
        Self(Required { requirement, checks: None }, None)
    }

    pub(super) fn with_checks<C>(requirement: &RouterRequirement<C>) -> Self
    where
        S: Clone + Send + Sync + 'static,
        C: Checks<S> + 'static,
    {
        let place = Place::default();
        let checks = Some(Arc::clone(&place));
        let pending = Pending { place, with_state: with_state::<S, C> };
        Self(Required { requirement: requirement.requirement, checks }, Some(pending))
    }
}

impl<S> fmt::Debug for ForRouter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Required {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.requirement.fmt(f)
    }
}

struct WithState<S, C> {
    state: S,
    checks: PhantomData<fn() -> C>,
}

fn with_state<S, C>(state: &S) -> Box<dyn RunChecks>
where
    S: Clone + Send + Sync + 'static,
    C: Checks<S> + 'static,
{
    Box::new(WithState::<S, C> { state: state.clone(), checks: PhantomData })
}

impl<S: Send + Sync, C: Checks<S>> RunChecks for WithState<S, C> {
    fn run<'a>(&'a self, slot: u8, parts: &'a mut Parts, caller: &'a Identity) -> Outcome<'a> {
        Box::pin(C::run(slot, parts, &self.state, caller))
    }
}

/// The checks of one guard, by their slots in what the guard requires.
#[derive(Clone, Default)]
pub(super) struct EndpointChecks(Vec<EndpointCheck>);

#[derive(Clone)]
struct EndpointCheck {
    slot: u8,
    place: Place,
    /// Its slot in the requirement that it was written in.
    written: u8,
}

impl EndpointChecks {
    /// What all of these require, the outermost first, beside what an endpoint itself requires.
    ///
    /// Each requirement numbers its checks on its own. Here each check gets a slot of its own, and a
    /// check that is written in several requirements has one slot.
    pub(super) fn join(all: &[Required], own: Option<Requirement>) -> (Option<Requirement>, Self) {
        let mut slots: Vec<(u8, &'static CheckInfo)> =
            own.iter().flat_map(Requirement::checks).collect();
        let mut checks = Vec::new();
        let mut joined: Option<Requirement> = None;
        for Required { requirement, checks: place } in all {
            let moved = requirement.with_slots(&mut |written, check| {
                let slot = slot_of(&mut slots, check);
                if let Some(place) = place {
                    checks.push(EndpointCheck { slot, place: Arc::clone(place), written });
                }
                slot
            });
            joined = Some(joined.map_or(moved, |before| before.and(moved)));
        }
        (joined, Self(checks))
    }
}

/// The slot of a check. If there are too many checks, a slot without an answer: no caller meets it.
fn slot_of(slots: &mut Vec<(u8, &'static CheckInfo)>, check: &'static CheckInfo) -> u8 {
    if let Some((slot, _)) = slots.iter().find(|(_, known)| *known == check) {
        return *slot;
    }
    let is_free = |slot: &u8| !slots.iter().any(|(taken, _)| taken == slot);
    let slot = (0..CheckAnswers::SLOTS).find(is_free).unwrap_or(u8::MAX);
    slots.push((slot, check));
    slot
}

impl RunChecks for EndpointChecks {
    fn run<'a>(&'a self, slot: u8, parts: &'a mut Parts, caller: &'a Identity) -> Outcome<'a> {
        let check = self.0.iter().find(|check| check.slot == slot);
        match check.and_then(|check| Some((check.place.get()?, check.written))) {
            Some((checks, written)) => checks.run(written, parts, caller),
            None => Box::pin(ready(Ok(None))),
        }
    }
}

impl fmt::Debug for EndpointChecks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|check| check.slot)).finish()
    }
}
