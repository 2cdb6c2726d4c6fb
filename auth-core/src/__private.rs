//! What generated code may name. Not a public interface: it changes with every release.

use std::any::TypeId;

pub use axum::extract::FromRequestParts;
pub use axum::response::{IntoResponse, Response};
pub use core;
pub use http::request::Parts;

pub use send::*;

pub use crate::error::auth_error::AuthError;
pub use crate::identity::caller::Identity;
pub use crate::policy::RequiredFactor;
pub use crate::policy::analysis::assert_sound;
pub use crate::policy::compiled_requirement::CompiledRequirement;
pub use crate::policy::factor::Factor;
pub use crate::policy::method::Method;
pub use crate::policy::requirement::Requirement;
pub use crate::policy::{Access, CheckInfo, Declaration, HandlerInfo, Policy};
pub use crate::vocabulary::authority::{AuthLevels, Groups, Permissions, Roles, Scopes};
pub use crate::vocabulary::inclusion::{close, compose, words};
pub use crate::vocabulary::kind::AuthorityKind;
pub use crate::vocabulary::lookup::hash;
pub use crate::vocabulary::{Authority, AuthorityInfo, AuthorityRef, AuthorityTable, Implied};
pub use crate::web::check::{Checks, RunCheck, check_info};
pub use crate::web::guard::{Guard, Public};
pub use crate::web::half_finished::{AtPending, ServesPending};
pub use crate::web::open::{Extractor, ServesEverybody};
pub use crate::web::require::require;
pub use crate::web::router_checks::RouterRequirement;
pub use crate::web::{Check, CheckOutcome, NamedCheck};

/// What the repository's own tests ask of signatures.
pub mod jws {
    pub use crate::jose::jws::{BACKEND, verify_compact};
}

/// What fuzzing asks of tokens that are not verified.
pub mod unverified {
    pub use crate::token::unverified::{claimed_issuer, is_compact_jws};
}

/// What a function under `#[requires]` that is handed its caller may return.
#[diagnostic::on_unimplemented(
    message = "a function under `#[requires]` that takes `&Identity` has to return a `Result` whose error is `From<AuthError>`, not `{Self}`",
    label = "a refused caller cannot be told by this type",
    note = "write `Result<.., AuthError>`, or an error type of your own that is `From<AuthError>`"
)]
pub trait Refuse {
    /// The rejection as what the function returns.
    fn refuse(error: AuthError) -> Self;
}

// Without the attribute the compiler would only speak of a `From` that is nowhere to be seen.
#[diagnostic::do_not_recommend]
impl<T, E: From<AuthError>> Refuse for Result<T, E> {
    fn refuse(error: AuthError) -> Self {
        Err(error.into())
    }
}

use crate::vocabulary::{lookup, message};

/// Fails the build where a constant that is named as a requirement has a check.
///
/// # Panics
/// If it has one. In const evaluation that is a build error.
#[track_caller]
pub const fn has_no_check(requirement: &Requirement) {
    assert!(
        !requirement.asks_for_checks() || requirement.is_too_deep(),
        "a named requirement cannot have a check\nhelp: name the check at the handler: `check = ..`"
    );
}

/// Where `routes!` begins.
#[cfg(feature = "openapi")]
pub fn documented_routes<S: Clone + Send + Sync + 'static>() -> crate::web::DocumentedRoutes<S> {
    crate::web::DocumentedRoutes::new()
}

/// The type of a function that is named as a check but is not one: no `#[check]` made a type of its
/// name.
#[derive(Debug)]
pub enum NotACheck {}

/// So that a single error is left: that it is no [`NamedCheck`](crate::web::NamedCheck).
impl<S: Sync> RunCheck<S> for NotACheck {
    async fn run_check(_: &mut Parts, _: &S, _: &Identity) -> Result<bool, Response> {
        Err(http::StatusCode::INTERNAL_SERVER_ERROR.into_response())
    }
}

/// The stand-in under each name that `#[requires]` gives to a check.
pub mod not_checks {
    macro_rules! stand_ins {
        ($($name:ident)*) => { $(pub use super::NotACheck as $name;)* };
    }

    stand_ins! {
        __check_0 __check_1 __check_2 __check_3 __check_4 __check_5 __check_6 __check_7
        __check_8 __check_9 __check_10 __check_11 __check_12 __check_13 __check_14 __check_15
        __check_16 __check_17 __check_18 __check_19 __check_20 __check_21 __check_22 __check_23
        __check_24 __check_25 __check_26 __check_27 __check_28 __check_29 __check_30 __check_31
        __check_32 __check_33 __check_34 __check_35 __check_36 __check_37 __check_38 __check_39
        __check_40 __check_41 __check_42 __check_43 __check_44 __check_45 __check_46 __check_47
        __check_48 __check_49 __check_50 __check_51 __check_52 __check_53 __check_54 __check_55
        __check_56 __check_57 __check_58 __check_59 __check_60 __check_61 __check_62 __check_63
    }
}

/// The enum behind a table.
#[must_use]
pub fn id_of<T: 'static>() -> TypeId {
    TypeId::of::<T>()
}

/// The table of an enum of permissions, and of nothing else.
#[must_use]
pub const fn permissions_of<T: Permissions>() -> &'static AuthorityTable {
    T::TABLE
}

/// The table of an enum of roles, and of nothing else.
#[must_use]
pub const fn roles_of<T: Roles>() -> &'static AuthorityTable {
    T::TABLE
}

/// The table of an enum of scopes, and of nothing else.
#[must_use]
pub const fn scopes_of<T: Scopes>() -> &'static AuthorityTable {
    T::TABLE
}

/// The table of an enum of groups, and of nothing else.
#[must_use]
pub const fn groups_of<T: Groups>() -> &'static AuthorityTable {
    T::TABLE
}

/// The table of an enum of levels, and of nothing else.
#[must_use]
pub const fn levels_of<T: AuthLevels>() -> &'static AuthorityTable {
    T::TABLE
}

/// The levels of `T`, if it is an enum of levels: `Level` where a requirement is written, or a stand-in.
#[derive(Debug)]
pub struct LevelsIn<T: ?Sized>(core::marker::PhantomData<T>);

impl<T: AuthLevels> LevelsIn<T> {
    /// Its table. The compiler prefers it to that of [`NoLevels`].
    pub const TABLE: Option<&'static AuthorityTable> = Some(T::TABLE);
}

/// Answers for every type that is no enum of levels.
pub trait NoLevels {
    /// None.
    const TABLE: Option<&'static AuthorityTable> = None;
}

impl<T: ?Sized> NoLevels for LevelsIn<T> {}

/// What `Level` means where no type of that name is in scope.
pub mod no_level {
    /// No enum of levels.
    #[derive(Debug)]
    pub enum Level {}
}

/// The class `text` of a login: the level of that name, if the enum in scope has it.
#[must_use]
pub const fn class(
    levels: Option<&'static AuthorityTable>,
    text: &'static str,
    hash: u64,
) -> Requirement {
    if let Some(table) = levels
        && let Some(index) = lookup::find(table, text, hash)
    {
        return Requirement::Level(AuthorityRef::new(table, index));
    }
    Requirement::Acr(text)
}

/// A build error with the nearest level if there is an enum of levels in scope, and it lacks `text`.
///
/// # Panics
/// In const evaluation: this is the build error.
#[track_caller]
pub const fn is_level(levels: Option<&'static AuthorityTable>, text: &str, hash: u64) {
    if let Some(table) = levels {
        exists(table, text, hash, &[]);
    }
}

/// Answers for a type that no derive has given the function that is asked for: by saying which
/// derive is missing.
///
/// None of these is ever called: the derives write functions of these names that the compiler
/// prefers, `__auth_name` and the one of their kind.
pub trait NotAName: Sized {
    /// A name of any kind; [`is_of_kind`] says which.
    #[must_use]
    fn __auth_name(self) -> AuthorityRef
    where
        Self: Authority,
    {
        self.reference()
    }

    /// A role.
    #[must_use]
    fn __auth_role(self) -> AuthorityRef
    where
        Self: Roles,
    {
        self.reference()
    }

    /// A permission.
    #[must_use]
    fn __auth_permission(self) -> AuthorityRef
    where
        Self: Permissions,
    {
        self.reference()
    }

    /// A scope.
    #[must_use]
    fn __auth_scope(self) -> AuthorityRef
    where
        Self: Scopes,
    {
        self.reference()
    }

    /// A group.
    #[must_use]
    fn __auth_group(self) -> AuthorityRef
    where
        Self: Groups,
    {
        self.reference()
    }

    /// A level of a login.
    #[must_use]
    fn __auth_level(self) -> AuthorityRef
    where
        Self: AuthLevels,
    {
        self.reference()
    }
}

impl<T> NotAName for T {}

/// What `#[requires]` declares of the handler that it is on.
#[must_use]
#[track_caller]
pub const fn required(
    requirement: Requirement,
    name: &'static str,
    module: &'static str,
    doc: &'static str,
) -> Declaration {
    declared(Access::Requires(requirement), handler(name, module, doc))
}

/// What `#[public]` declares of the handler that it is on.
#[must_use]
#[track_caller]
pub const fn open(
    reason: &'static str,
    name: &'static str,
    module: &'static str,
    doc: &'static str,
) -> Declaration {
    declared(Access::Public { reason }, handler(name, module, doc))
}

/// What `#[pending]` declares of the handler that it is on.
#[must_use]
#[track_caller]
pub const fn half_finished(
    step: &'static str,
    name: &'static str,
    module: &'static str,
    doc: &'static str,
) -> Declaration {
    declared(Access::Pending { step }, handler(name, module, doc))
}

const fn declared(access: Access, handler: HandlerInfo) -> Declaration {
    Declaration { access, handler, cross_site: None }
}

/// Fails the build where an exemption from the check for cross-site requests exempts nothing.
///
/// # Panics
/// If the requirement names no method whose credential browsers send on their own. In const evaluation
/// that is a build error.
#[track_caller]
pub const fn takes_ambient(requirement: &Requirement) {
    assert!(
        requirement.is_too_deep() || requirement.names_ambient_method(),
        "no method is named here whose credential browsers send on their own\nhelp: remove `csrf(..)`, or say \
         which one it is about: `method = Session`"
    );
}

/// The handler under the attribute that this is called from.
#[must_use]
#[track_caller]
pub const fn handler(name: &'static str, module: &'static str, doc: &'static str) -> HandlerInfo {
    let place = core::panic::Location::caller();
    HandlerInfo { name, module, doc, file: place.file(), line: place.line() }
}

/// The name `text` of `table`. If there is none, a position that no one holds; [`exists`] then fails
/// the build.
///
/// Two functions, because a constant that fails drags a note along for each constant that reads it.
#[must_use]
pub const fn find(table: &'static AuthorityTable, text: &str, hash: u64) -> AuthorityRef {
    match lookup::find(table, text, hash) {
        Some(index) => AuthorityRef::new(table, index),
        None => AuthorityRef::new(table, NOWHERE),
    }
}

/// The position of a name that does not exist: no table is that long.
const NOWHERE: u16 = u16::MAX;

/// A build error with the nearest name if `table` has no name `text`.
///
/// `known` are the other tables that the same requirement names, to recognise a name of another kind.
///
/// # Panics
/// In const evaluation: this is the build error.
#[track_caller]
pub const fn exists(table: &AuthorityTable, text: &str, hash: u64, known: &[&AuthorityTable]) {
    if lookup::find(table, text, hash).is_none() {
        unknown(table, text, known)
    }
}

/// A build error if the name is of another kind than the key in front of it says.
///
/// # Panics
/// In const evaluation: this is the build error.
#[track_caller]
pub const fn is_of_kind(name: AuthorityRef, kind: AuthorityKind) {
    assert!(name.kind().same(kind), "{}", message::wrong_kind(name, kind).as_str());
}

#[track_caller]
#[expect(clippy::panic, reason = "const evaluation: this is the build error")]
const fn unknown(table: &AuthorityTable, text: &str, known: &[&AuthorityTable]) -> ! {
    panic!("{}", message::no_such_name(table, text, known).as_str())
}

/// Functions that take a handler whose future axum can run on any thread. For any other one, the
/// compiler names the `.await` that keeps it from that.
mod send {
    #![expect(clippy::type_complexity, reason = "one parameter for each of the handler's")]

    pub const fn demand_send_1<A, F: Send>(_: fn(A) -> F) {}
    pub const fn demand_send_2<A, B, F: Send>(_: fn(A, B) -> F) {}
    pub const fn demand_send_3<A, B, C, F: Send>(_: fn(A, B, C) -> F) {}
    pub const fn demand_send_4<A, B, C, D, F: Send>(_: fn(A, B, C, D) -> F) {}
    pub const fn demand_send_5<A, B, C, D, E, F: Send>(_: fn(A, B, C, D, E) -> F) {}
    pub const fn demand_send_6<A, B, C, D, E, G, F: Send>(_: fn(A, B, C, D, E, G) -> F) {}
    pub const fn demand_send_7<A, B, C, D, E, G, H, F: Send>(_: fn(A, B, C, D, E, G, H) -> F) {}
    pub const fn demand_send_8<A, B, C, D, E, G, H, I, F: Send>(
        _: fn(A, B, C, D, E, G, H, I) -> F,
    ) {
    }
    pub const fn demand_send_9<A, B, C, D, E, G, H, I, J, F: Send>(
        _: fn(A, B, C, D, E, G, H, I, J) -> F,
    ) {
    }
    pub const fn demand_send_10<A, B, C, D, E, G, H, I, J, K, F: Send>(
        _: fn(A, B, C, D, E, G, H, I, J, K) -> F,
    ) {
    }
    pub const fn demand_send_11<A, B, C, D, E, G, H, I, J, K, L, F: Send>(
        _: fn(A, B, C, D, E, G, H, I, J, K, L) -> F,
    ) {
    }
    pub const fn demand_send_12<A, B, C, D, E, G, H, I, J, K, L, M, F: Send>(
        _: fn(A, B, C, D, E, G, H, I, J, K, L, M) -> F,
    ) {
    }
    pub const fn demand_send_13<A, B, C, D, E, G, H, I, J, K, L, M, N, F: Send>(
        _: fn(A, B, C, D, E, G, H, I, J, K, L, M, N) -> F,
    ) {
    }
    pub const fn demand_send_14<A, B, C, D, E, G, H, I, J, K, L, M, N, O, F: Send>(
        _: fn(A, B, C, D, E, G, H, I, J, K, L, M, N, O) -> F,
    ) {
    }
    pub const fn demand_send_15<A, B, C, D, E, G, H, I, J, K, L, M, N, O, P, F: Send>(
        _: fn(A, B, C, D, E, G, H, I, J, K, L, M, N, O, P) -> F,
    ) {
    }
    pub const fn demand_send_16<A, B, C, D, E, G, H, I, J, K, L, M, N, O, P, Q, F: Send>(
        _: fn(A, B, C, D, E, G, H, I, J, K, L, M, N, O, P, Q) -> F,
    ) {
    }
}
