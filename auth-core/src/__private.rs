//! What generated code may name. Not a public interface: it changes with every release.

use std::any::TypeId;

pub use axum::extract::FromRequestParts;
pub use axum::response::{IntoResponse, Response};
pub use core;
pub use http::request::Parts;

pub use crate::error::AuthError;
pub use crate::identity::Identity;
pub use crate::policy::{
    Access, CheckInfo, Declaration, HandlerInfo, Policy, Requirement, assert_sound,
};
pub use crate::vocabulary::{
    Groups, Implied, Name, NameInfo, NameKind, NameRef, NameTable, Permissions, Roles, Scopes,
    close, compose, hash, words,
};
pub use crate::web::{Check, CheckOutcome, Guard, GuardPolicy, NamedCheck, Public, require};

use crate::vocabulary::{lookup, nearest};

/// The enum behind a table.
#[must_use]
pub fn id_of<T: 'static>() -> TypeId {
    TypeId::of::<T>()
}

/// The table of an enum of permissions, and of nothing else.
#[must_use]
pub const fn permissions_of<T: Permissions>() -> &'static NameTable {
    T::TABLE
}

/// The table of an enum of roles, and of nothing else.
#[must_use]
pub const fn roles_of<T: Roles>() -> &'static NameTable {
    T::TABLE
}

/// The name `text` of `table`; a build error with the nearest name if there is none.
///
/// `known` are the other tables that the same requirement names, to recognise a name of another kind.
#[must_use]
#[track_caller]
pub const fn named(
    table: &'static NameTable,
    text: &str,
    hash: u64,
    known: &[&NameTable],
) -> NameRef {
    match lookup::find(table, text, hash) {
        Some(index) => NameRef::new(table, index),
        None => unknown(table, text, known),
    }
}

#[track_caller]
#[expect(clippy::panic, reason = "const evaluation: this is the build error")]
const fn unknown(table: &NameTable, text: &str, known: &[&NameTable]) -> ! {
    let _ = (known, nearest(table, text));
    panic!("{}", text)
}
