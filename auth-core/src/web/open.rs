//! What the compiler says of an extractor that a handler under `#[public]` cannot take.
//!
//! A negative bound does not exist. So `#[public]` names a function of [`Extractor<T>`] for each
//! extractor `T`: for those that reject a request without a caller it is one of their own, which
//! asks for what never holds; for all others it is the one of [`ServesEverybody`].

use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use super::{Claims, CurrentUser, FromIdentity, Guard, PendingSignIn};
use crate::identity::Identity;
use crate::policy::Policy;

/// The extractor `T` of a handler under `#[public]`.
#[doc(hidden)]
#[derive(Debug)]
pub struct Extractor<T>(PhantomData<T>);

/// Holds for every extractor. The compiler prefers a function of [`Extractor`] itself.
#[doc(hidden)]
pub trait ServesEverybody {
    /// Never called.
    fn serves_everybody();
}

impl<T> ServesEverybody for Extractor<T> {
    fn serves_everybody() {}
}

/// A request that carries no credential. The lifetime keeps the compiler from looking at the bounds
/// below before someone asks.
#[doc(hidden)]
#[derive(Debug)]
pub struct Stranger<'a>(PhantomData<&'a ()>);

/// Implemented by nothing.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`#[public]` lets every request in, but `{T}` rejects a request without a credential",
    label = "callers without a credential are answered with 401 here",
    note = "write `#[requires(authenticated)]` if only authenticated callers may call it",
    note = "write `Option<{T}>` to serve callers with and without a credential"
)]
pub trait IsGiven<T> {}

/// Implemented by nothing.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`#[public]` lets every request in, but `{T}` rejects callers who do not satisfy its policy",
    label = "this guard decides who may call",
    note = "write `#[requires(..)]` in place of `#[public]`"
)]
pub trait Passes<T> {}

/// Implemented by nothing.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`#[public]` lets every request in, but `{T}` is there under `#[pending]` alone",
    label = "every request is answered with 500 here",
    note = "write `#[pending(second_factor)]` in place of `#[public]`"
)]
pub trait IsHalfFinished<T> {}

impl Extractor<PendingSignIn> {
    /// Never called.
    #[doc(hidden)]
    pub fn serves_everybody()
    where
        for<'a> Stranger<'a>: IsHalfFinished<PendingSignIn>,
    {
    }
}

impl Extractor<Identity> {
    /// Never called.
    #[doc(hidden)]
    pub fn serves_everybody()
    where
        for<'a> Stranger<'a>: IsGiven<Identity>,
    {
    }
}

impl<U: FromIdentity> Extractor<CurrentUser<U>> {
    /// Never called.
    #[doc(hidden)]
    pub fn serves_everybody()
    where
        for<'a> Stranger<'a>: IsGiven<CurrentUser<U>>,
    {
    }
}

impl<T: DeserializeOwned> Extractor<Claims<T>> {
    /// Never called.
    #[doc(hidden)]
    pub fn serves_everybody()
    where
        for<'a> Stranger<'a>: IsGiven<Claims<T>>,
    {
    }
}

impl<P: Policy> Extractor<Guard<P>> {
    /// Never called.
    #[doc(hidden)]
    pub fn serves_everybody()
    where
        for<'a> Stranger<'a>: Passes<Guard<P>>,
    {
    }
}
