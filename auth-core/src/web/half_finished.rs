//! What the compiler says of an extractor that a handler under `#[pending]` cannot take, in the way of
//! those under `#[public]`.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use super::{Claims, CurrentUser, FromIdentity, Guard};
use crate::identity::Identity;
use crate::policy::Policy;

/// The extractor `T` of a handler under `#[pending]`.
#[doc(hidden)]
#[derive(Debug)]
pub struct AtPending<T>(PhantomData<T>);

/// Holds for every extractor. The compiler prefers a function of [`AtPending`] itself.
#[doc(hidden)]
pub trait ServesPending {
    /// Never called.
    fn serves_pending();
}

impl<T> ServesPending for AtPending<T> {
    fn serves_pending() {}
}

/// Someone whose sign-in is half finished. The lifetime keeps the compiler from looking at the bounds
/// below before someone asks.
#[doc(hidden)]
#[derive(Debug)]
pub struct HalfFinished<'a>(PhantomData<&'a ()>);

/// Implemented by nothing.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{T}` is not there under `#[pending]`: the sign-in is not finished",
    label = "no one has signed in here",
    note = "take `PendingSignIn`, which says whose sign-in it is",
    note = "write `#[requires(..)]` in place of `#[pending]` if callers have to have signed in"
)]
pub trait IsSignedIn<T> {}

macro_rules! not_there {
    ($([$($bound:tt)*] $extractor:ty;)+) => {$(
        impl<$($bound)*> AtPending<$extractor> {
            /// Never called.
            #[doc(hidden)]
            pub fn serves_pending()
            where
                for<'a> HalfFinished<'a>: IsSignedIn<$extractor>,
            {
            }
        }
    )+};
}

not_there! {
    [] Identity;
    [] Option<Identity>;
    [U: FromIdentity] CurrentUser<U>;
    [U: FromIdentity] Option<CurrentUser<U>>;
    [T: DeserializeOwned] Claims<T>;
    [T: DeserializeOwned] Option<Claims<T>>;
    [P: Policy] Guard<P>;
}
