//! A step of the pipeline that most requests need not wait for.

use std::future::{IntoFuture, Ready, ready};
use std::pin::Pin;

use futures_util::future::Either;

use crate::error::AuthError;

type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, AuthError>> + Send + 'a>>;

/// What a step comes to, or the wait for it.
///
/// Each request carries the way through the pipeline, and with a known token it waits nowhere. So only what
/// waits is on the heap, and a request that does not wait has no future for each step. The type of what
/// waits ends here too: it leads down to the runtime, and a caller's compiler has a limit of its depth.
pub(crate) enum Step<'a, T> {
    Done(Result<T, AuthError>),
    Waits(Boxed<'a, T>),
}

impl<'a, T: Send + 'a> Step<'a, T> {
    pub(super) fn waits(step: impl Future<Output = Result<T, AuthError>> + Send + 'a) -> Self {
        Self::Waits(Box::pin(step))
    }

    /// Goes on with the next step; the first one that fails is the answer.
    pub(super) fn and_then<U: Send + 'a>(
        self,
        next: impl FnOnce(T) -> Step<'a, U> + Send + 'a,
    ) -> Step<'a, U> {
        match self {
            Self::Done(Ok(done)) => next(done),
            Self::Done(Err(error)) => Step::Done(Err(error)),
            Self::Waits(step) => Step::waits(async move { next(step.await?).await }),
        }
    }

    /// Passes its error through this, if the step fails.
    pub(super) fn map_err(self, change: impl FnOnce(AuthError) -> AuthError + Send + 'a) -> Self {
        match self {
            Self::Done(outcome) => Self::Done(outcome.map_err(change)),
            Self::Waits(step) => Self::waits(async move { step.await.map_err(change) }),
        }
    }
}

impl<'a, T> IntoFuture for Step<'a, T> {
    type Output = Result<T, AuthError>;
    type IntoFuture = Either<Ready<Self::Output>, Boxed<'a, T>>;

    fn into_future(self) -> Self::IntoFuture {
        match self {
            Self::Done(outcome) => Either::Left(ready(outcome)),
            Self::Waits(step) => Either::Right(step),
        }
    }
}
