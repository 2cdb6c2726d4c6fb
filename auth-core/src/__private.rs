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

use crate::vocabulary::{lookup, message};

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

/// The table of an enum of scopes, and of nothing else.
#[must_use]
pub const fn scopes_of<T: Scopes>() -> &'static NameTable {
    T::TABLE
}

/// The table of an enum of groups, and of nothing else.
#[must_use]
pub const fn groups_of<T: Groups>() -> &'static NameTable {
    T::TABLE
}

/// Compiles for a handler's future that axum can run on any thread, and names the `.await` that
/// keeps others from it.
pub fn demand_send<T: Send>(_future: &T) {}

/// Answers for a type that no derive has given an `__auth_name`: by saying which derive is missing.
pub trait NotAName: Sized {
    /// Never called: the derives write a function of this name that the compiler prefers.
    #[must_use]
    fn __auth_name(self) -> NameRef
    where
        Self: Name,
    {
        self.reference()
    }
}

impl<T> NotAName for T {}

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

/// The same name, if it is of this kind; a build error otherwise.
#[must_use]
#[track_caller]
#[expect(clippy::panic, reason = "const evaluation: this is the build error")]
pub const fn of_kind(name: NameRef, kind: NameKind) -> NameRef {
    if name.kind().same(kind) {
        name
    } else {
        panic!("{}", message::wrong_kind(name, kind).as_str())
    }
}

#[track_caller]
#[expect(clippy::panic, reason = "const evaluation: this is the build error")]
const fn unknown(table: &NameTable, text: &str, known: &[&NameTable]) -> ! {
    panic!("{}", message::no_such_name(table, text, known).as_str())
}
