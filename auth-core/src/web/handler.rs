//! The trait that lets a handler into a route only if it declares who may call it.
//!
//! axum implements `Handler<T, S>` for functions with `T` the tuple of their extractors, behind a
//! marker. Here a second trait holds for the tuples whose first extractor is a [`Guard`] or a
//! [`Public`], so that a handler without either fails to compile into a route. axum does not
//! promise the shape of that tuple: this file is the only one that knows it.
//!
//! Two impls per arity are needed. With one of them alone, type inference would pick it for every
//! handler and the message below would never be seen. And the trait is on the tuple, not on
//! the handler: a guarded handler with an argument that is no extractor then still gets axum's own
//! error, since only `Handler` fails for it.

use std::any::TypeId;

use super::{Guard, Public};
use crate::policy::{Access, Declaration, Policy};

/// A handler with a declared access policy.
///
/// Implemented for the extractors of every `async fn` under `#[requires(..)]` or `#[public]`. It
/// cannot be implemented by hand:
///
/// ```compile_fail,E0277
/// # use auth_core::{policy::Declaration, web::Declared};
/// struct Mine;
/// impl Declared<Mine> for (Mine,) {
///     const DECLARATION: Declaration = panic!();
/// }
/// ```
///
/// What it cannot see is a type of your own that implements axum's `Handler<(M, Guard<P>), S>` by
/// hand and then does not extract the guard. Leave `Handler` to functions.
#[diagnostic::on_unimplemented(
    message = "handler `{H}` has no access policy",
    label = "this handler could be called by anyone",
    note = "add `#[requires(..)]` to say who may call it, or `#[public]` to leave it open on purpose",
    note = "a closure cannot carry one: write an `async fn`"
)]
pub trait Declared<H>: sealed::Sealed<H> {
    /// What the handler declares.
    const DECLARATION: Declaration;

    /// The type of the policy that it declares.
    #[doc(hidden)]
    fn policy() -> TypeId;
}

mod sealed {
    /// Holds for the tuples below and nothing else: code that could name it might declare a handler
    /// that has no guard.
    pub trait Sealed<H> {}
}

/// Fails the build for a [`Public`] written by hand around a policy that requires something: no one
/// would make sure of it, and every listing would say otherwise.
const fn public(declaration: Declaration) -> Declaration {
    assert!(
        matches!(declaration.access, Access::Public { .. }),
        "`Public<P>` stands for a policy that is public; a policy that requires something belongs in `Guard<P>`"
    );
    declaration
}

macro_rules! declared {
    ($([$($extractor:ident),*])+) => {$(
        impl<H, M, P, $($extractor),*> sealed::Sealed<H> for (M, Guard<P>, $($extractor,)*) {}
        impl<H, M, P, $($extractor),*> sealed::Sealed<H> for (M, Public<P>, $($extractor,)*) {}

        #[diagnostic::do_not_recommend]
        impl<H, M, P: Policy, $($extractor),*> Declared<H> for (M, Guard<P>, $($extractor,)*) {
            const DECLARATION: Declaration = P::DECLARATION;

            fn policy() -> TypeId {
                TypeId::of::<P>()
            }
        }

        #[diagnostic::do_not_recommend]
        impl<H, M, P: Policy, $($extractor),*> Declared<H> for (M, Public<P>, $($extractor,)*) {
            const DECLARATION: Declaration = public(P::DECLARATION);

            fn policy() -> TypeId {
                TypeId::of::<P>()
            }
        }
    )+};
}

declared! {
    []
    [T2]
    [T2, T3]
    [T2, T3, T4]
    [T2, T3, T4, T5]
    [T2, T3, T4, T5, T6]
    [T2, T3, T4, T5, T6, T7]
    [T2, T3, T4, T5, T6, T7, T8]
    [T2, T3, T4, T5, T6, T7, T8, T9]
    [T2, T3, T4, T5, T6, T7, T8, T9, T10]
    [T2, T3, T4, T5, T6, T7, T8, T9, T10, T11]
    [T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12]
    [T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13]
    [T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14]
    [T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15]
    [T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15, T16]
}
