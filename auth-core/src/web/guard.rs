//! The guard: the first extractor of a handler that declares who may call it.

use std::any::TypeId;
use std::convert::Infallible;
use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::extract::FromRequestParts;
use http::request::Parts;
use pin_project_lite::pin_project;

use super::GuardPolicy;
use super::authorize::{Compiled, Demand, authorize, authorize_known};
use super::check::CheckRunner;
use super::endpoint_guard::HandlerName;
use crate::error::AuthError;
use crate::identity::Identity;
use crate::policy::{Declaration, Policy, Requirement};
use crate::response::Rejection;

/// Proof that the caller meets the policy `P`. Only the guard's own evaluation makes one.
///
/// `#[requires(..)]` puts it in front of a handler's own parameters. axum runs extractors from left
/// to right and reads the body last, so nothing of the request is parsed, and no extractor of the
/// handler runs, before the caller is known to be allowed.
///
/// A guard outside of a router made by [`Router::protect`](crate::Router::protect) answers 500: it
/// never lets a request through because no one is there to ask.
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
    /// Makes a guard for a caller that was authenticated before: to call a guarded handler as a
    /// function, in tests for instance.
    ///
    /// This is the real evaluation. Checks need a request, so here they count as not answered. A
    /// caller whose credential has expired in the meantime is rejected.
    ///
    /// ```
    /// # use auth_core::{AuthError, Guard, Identity, requires};
    /// #[requires(authenticated)]
    /// async fn me(caller: Identity) -> String {
    ///     caller.subject().to_owned()
    /// }
    ///
    /// async fn ask(caller: Identity) -> Result<String, AuthError> {
    ///     Ok(me(Guard::for_identity(&caller)?, caller).await)
    /// }
    /// ```
    ///
    /// # Errors
    /// What the guard would answer to this caller.
    pub fn for_identity(caller: &Identity) -> Result<Self, AuthError> {
        authorize_known(required(&P::DECLARATION), caller).map(|()| Self(PhantomData))
    }
}

impl<P> Public<P> {
    /// Makes the marker: to call a handler under `#[public]` as a function, in tests for instance.
    ///
    /// ```
    /// # use auth_core::{Public, public};
    /// #[public]
    /// async fn health() -> &'static str {
    ///     "ok"
    /// }
    ///
    /// async fn ask() -> &'static str {
    ///     health(Public::new()).await
    /// }
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<P> Default for Public<P> {
    fn default() -> Self {
        Self::new()
    }
}

/// Only what depends on the policy is here, since it is compiled for each handler: `decide` is
/// compiled once.
impl<S: Send + Sync + 'static, P: GuardPolicy<S>> FromRequestParts<S> for Guard<P> {
    type Rejection = Rejection;

    fn from_request_parts(
        parts: &mut Parts,
        state: &S,
    ) -> impl Future<Output = Result<Self, Rejection>> + Send {
        let checks = CheckRunner::new::<S, P::Runs>(state);
        let asks_for_login = const { required(&P::DECLARATION).asks_for_login() };
        let policy = (const { &P::DECLARATION }, TypeId::of::<P>());
        let decided = decide(parts, policy, asks_for_login, checks);
        Proven { decided, policy: PhantomData }
    }
}

pin_project! {
    /// A decision that makes a guard.
    struct Proven<F, P> {
        #[pin]
        decided: F,
        policy: PhantomData<fn() -> P>,
    }
}

impl<F: Future<Output = Result<(), Rejection>>, P> Future for Proven<F, P> {
    type Output = Result<Guard<P>, Rejection>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().decided.poll(context) {
            Poll::Ready(Ok(())) => Poll::Ready(Ok(Guard(PhantomData))),
            Poll::Ready(Err(rejection)) => Poll::Ready(Err(rejection)),
            Poll::Pending => Poll::Pending,
        }
    }
}

/// Whether the request may go on by this declaration.
async fn decide(
    request: &mut Parts,
    (declaration, policy): (&'static Declaration, TypeId),
    asks_for_login: bool,
    checks: CheckRunner<'_>,
) -> Result<(), Rejection> {
    let demand = Demand {
        requirement: required(declaration),
        compiled: Compiled::AtEndpoint(policy),
        asks_for_login,
        checks: &checks,
        handler: HandlerName(Some(&declaration.handler)),
        in_all: None,
        is_last: true,
        tenant_may_follow: false,
    };
    authorize(request, &demand).await.map(drop)
}

/// What the guard of this declaration asks for.
const fn required(declaration: &Declaration) -> &Requirement {
    match declaration.requirement() {
        Some(requirement) => requirement,
        // A public policy has no guard. Should someone write one by hand, it lets no one through.
        None => &Requirement::Any(&[]),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Access, HandlerInfo};

    /// It is a part of the future of each request. Where that has more than 1,032 bytes, the allocator of
    /// glibc takes its slow way.
    #[test]
    fn a_guard_adds_little_to_the_future_of_a_request() {
        static DECLARATION: Declaration = Declaration {
            access: Access::Requires(Requirement::Authenticated),
            handler: HandlerInfo { name: "", module: "", doc: "", file: "", line: 0 },
            cross_site: None,
        };
        let (mut parts, ()) = http::Request::new(()).into_parts();
        let policy = (&DECLARATION, TypeId::of::<()>());
        let decided = decide(&mut parts, policy, false, CheckRunner::new::<(), ()>(&()));
        assert!(size_of_val(&decided) <= 440, "{}", size_of_val(&decided));
    }
}
