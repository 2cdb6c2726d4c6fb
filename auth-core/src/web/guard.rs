//! The guard: the first extractor of a handler that declares who may call it.

use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use http::request::Parts;

use super::decided::{Basis, Decided};
use super::gate::HandlerName;
use super::{GuardPolicy, Rejection, admission, session};
use crate::error::AuthError;
use crate::identity::Identity;
use crate::policy::{Access, CheckAnswers, Policy, Requirement, next_check};

/// Proof that the caller meets the policy `P`. Only the guard's own evaluation makes one.
///
/// `#[requires(..)]` puts it in front of a handler's own parameters. axum runs extractors from left
/// to right and reads the body last, so nothing of the request is parsed, and no extractor of the
/// handler runs, before the caller is known to be allowed.
///
/// A guard outside of a router made by [`Router::protect`](crate::Router::protect) answers 500: it
/// never lets a request through because nobody is there to ask.
///
/// There is no other way to one:
///
/// ```compile_fail,E0423
/// fn forge<P>() -> auth_core::Guard<P> {
///     auth_core::Guard(std::marker::PhantomData)
/// }
/// ```
pub struct Guard<P>(PhantomData<fn() -> P>);

/// Marks a handler that `#[public]` leaves open.
///
/// It decides nothing and costs nothing; it is there so that the handler counts as declared.
pub struct Public<P>(PhantomData<fn() -> P>);

impl<P: Policy> Guard<P> {
    const REQUIREMENT: Requirement = match P::DECLARATION.access {
        Access::Requires(requirement) => requirement,
        // A public policy has no guard. Should somebody write one by hand, it lets nobody through.
        Access::Public { .. } => Requirement::Any(&[]),
    };

    /// Makes a guard for a caller that was authenticated before: to call a guarded handler as a
    /// function, in tests for instance.
    ///
    /// This is the real evaluation. Checks need a request, so here they count as not answered. A
    /// caller whose credential has expired in the meantime is refused.
    ///
    /// ```
    /// # use auth_core::{AuthError, Guard, Identity, requires};
    /// #[requires(authenticated)]
    /// async fn me(caller: Identity) -> String {
    ///     caller.subject().to_owned()
    /// }
    ///
    /// async fn ask(caller: Identity) -> Result<String, AuthError> {
    ///     Ok(me(Guard::check(&caller)?, caller).await)
    /// }
    /// ```
    ///
    /// # Errors
    /// What the guard would answer to this caller.
    pub fn check(caller: &Identity) -> Result<Self, AuthError> {
        admission::decide_for_known(&Self::REQUIREMENT, caller).map(|()| Self(PhantomData))
    }
}

impl<S: Send + Sync, P: GuardPolicy<S>> FromRequestParts<S> for Guard<P> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        let name = HandlerName(Some(P::DECLARATION.handler));
        let requirement = &Self::REQUIREMENT;
        let authenticator = &session::authenticator(parts, &name)?;
        let outcome = session::caller(parts, authenticator).await;
        let caller = match outcome {
            Ok(caller) => caller,
            Err(error) => {
                let decided = Decided { parts, authenticator, handler: &name, basis: None };
                return Err(decided.refused(error));
            }
        };
        let mut answers = CheckAnswers::default();
        // At most one round per slot: `next_check` names only checks that were not answered.
        while let Some(slot) = next_check(requirement, &admission::facts(&caller, answers)) {
            #[cfg(feature = "testing")]
            if let Some(yes) = super::probe::assumed(parts, requirement, slot) {
                answers.answer(slot, yes);
                continue;
            }
            match P::run_check(slot, parts, state, &caller).await {
                Ok(yes) => answers.answer(slot, yes),
                Err(response) => {
                    let basis = Some(Basis { requirement, answers });
                    let decided = Decided { parts, authenticator, handler: &name, basis };
                    return Err(decided.answered_by_check(response));
                }
            }
        }
        let basis = Some(Basis { requirement, answers });
        let decided = Decided { parts, authenticator, handler: &name, basis };
        match admission::conclude(requirement, &admission::facts(&caller, answers)) {
            Ok(()) => decided.allowed().map(|()| Self(PhantomData)),
            Err(error) => Err(decided.refused(error)),
        }
    }
}

impl<S: Send + Sync, P: Policy> FromRequestParts<S> for Public<P> {
    type Rejection = Infallible;

    async fn from_request_parts(_parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self(PhantomData))
    }
}

impl<P> fmt::Debug for Guard<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guard")
    }
}

impl<P> fmt::Debug for Public<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Public")
    }
}
