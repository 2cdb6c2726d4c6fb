//! Checks: the part of a requirement that only the application can answer.

use std::any::Any;
use std::future::{Future, ready};
use std::pin::Pin;

use axum::response::{IntoResponse, Response};
use http::request::Parts;

use crate::identity::Identity;
use crate::policy::{CheckInfo, Policy};

/// A function under `#[check("..")]`, as a type of the same name.
#[diagnostic::on_unimplemented(
    message = "what `check = ..` names here is not a check",
    label = "not under `#[check(\"..\")]`",
    note = "put `#[check(\"the caller ..\")]` on the function: an `async fn` that returns `bool` or `Result<bool, E>`",
    note = "import a check by the name of its function: `use crate::checks::owns_order;`"
)]
pub trait NamedCheck {
    /// Its name and its sentence.
    const INFO: &'static CheckInfo;
}

/// A check that can run in an application with the state `S`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a check for the state `{S}`",
    note = "a check is an `async fn` under `#[check(\"..\")]`; each of its arguments but `&Identity` is an extractor that leaves the body alone"
)]
pub trait Check<S>: NamedCheck {
    /// Runs the extractors of the check and then the check.
    ///
    /// # Errors
    /// The response of the first extractor that rejects, or of the check's own error.
    fn check(
        parts: &mut Parts,
        state: &S,
        caller: &Identity,
    ) -> impl Future<Output = Result<bool, Response>> + Send;
}

/// A check as generated code calls it. Without the supertrait, the compiler says nothing of a type
/// that is no check before the check itself is asked for.
#[doc(hidden)]
pub trait RunCheck<S> {
    /// Runs the check.
    ///
    /// # Errors
    /// As [`Check::check`].
    fn run_check(
        parts: &mut Parts,
        state: &S,
        caller: &Identity,
    ) -> impl Future<Output = Result<bool, Response>> + Send;
}

impl<S: Sync, C: NamedCheck + Check<S>> RunCheck<S> for C {
    fn run_check(
        parts: &mut Parts,
        state: &S,
        caller: &Identity,
    ) -> impl Future<Output = Result<bool, Response>> + Send {
        C::check(parts, state, caller)
    }
}

/// What may be said of the check `C`. The function of its name is mentioned beside it, so that the
/// compiler says what was meant by a misspelled name: of an import it does not.
#[doc(hidden)]
#[must_use]
pub const fn check_info<C: NamedCheck, F: ?Sized>(_function: &F) -> &'static CheckInfo {
    C::INFO
}

/// What a check may return: `bool`, or a `Result` of it whose error is a response.
#[diagnostic::on_unimplemented(
    message = "a check cannot answer with `{Self}`",
    label = "neither `bool` nor `Result<bool, E>`",
    note = "return `bool`, or `Result<bool, E>` with an `E` that implements `IntoResponse`"
)]
pub trait CheckOutcome {
    /// The answer of the check.
    ///
    /// # Errors
    /// The response that the check answers with.
    #[expect(clippy::result_large_err, reason = "the error is the answer itself, sent as it is")]
    fn into_outcome(self) -> Result<bool, Response>;
}

impl CheckOutcome for bool {
    fn into_outcome(self) -> Result<bool, Response> {
        Ok(self)
    }
}

impl<E: IntoResponse> CheckOutcome for Result<bool, E> {
    fn into_outcome(self) -> Result<bool, Response> {
        self.map_err(IntoResponse::into_response)
    }
}

/// The checks of one policy, in an application with the state `S`.
pub trait Checks<S> {
    /// Runs the check in `slot`. `None` if there is none: that is not "no", which would meet a
    /// `not(..)` around it.
    ///
    /// # Errors
    /// The response of the check's extractor or of the check itself.
    fn run(
        _slot: u8,
        _parts: &mut Parts,
        _state: &S,
        _caller: &Identity,
    ) -> impl Future<Output = Result<Option<bool>, Response>> + Send {
        ready(Ok(None))
    }
}

/// What a policy without checks has, so that its handler costs the compiler no impl of this trait.
impl<S> Checks<S> for () {}

/// A policy whose checks can run in an application with the state `S`.
pub trait GuardPolicy<S>: Policy {
    /// What runs them.
    #[doc(hidden)]
    type Runs: Checks<S> + 'static;
}

impl<S, P> GuardPolicy<S> for P
where
    S: Sync,
    P: Policy,
    P::Checks: Checks<S> + 'static,
{
    type Runs = P::Checks;
}

/// The outcome of a check, as a future whose type says nothing of the check.
pub(super) type Outcome<'a> =
    Pin<Box<dyn Future<Output = Result<Option<bool>, Response>> + Send + 'a>>;

/// Checks with the state that they run in.
pub(super) trait RunChecks: Send + Sync {
    /// Runs the check in `slot`. `None` if there is none.
    fn run<'a>(&'a self, slot: u8, parts: &'a mut Parts, caller: &'a Identity) -> Outcome<'a>;
}

/// The checks of one policy with the state that they run in, without the types of either: what
/// decides is compiled once, not for each policy.
#[derive(Clone, Copy)]
pub(super) struct CheckRunner<'s> {
    state: &'s (dyn Any + Send + Sync),
    run: for<'a> fn(u8, &'a mut Parts, &'a (dyn Any + Send + Sync), &'a Identity) -> Outcome<'a>,
}

impl<'s> CheckRunner<'s> {
    pub(super) fn new<S: Send + Sync + 'static, C: Checks<S> + 'static>(state: &'s S) -> Self {
        Self { state, run: run::<S, C> }
    }
}

impl RunChecks for CheckRunner<'_> {
    fn run<'a>(&'a self, slot: u8, parts: &'a mut Parts, caller: &'a Identity) -> Outcome<'a> {
        (self.run)(slot, parts, self.state, caller)
    }
}

fn run<'a, S: Send + Sync + 'static, C: Checks<S> + 'static>(
    slot: u8,
    parts: &'a mut Parts,
    state: &'a (dyn Any + Send + Sync),
    caller: &'a Identity,
) -> Outcome<'a> {
    match state.downcast_ref::<S>() {
        Some(state) => Box::pin(C::run(slot, parts, state, caller)),
        // The state is the one that the runner was made with.
        None => Box::pin(ready(Ok(None))),
    }
}
