//! A module without a prelude.

use ::auth_core::{Identity, check, public, requirement, requires};

use super::{Role, Scope};

#[expect(dead_code, non_camel_case_types, reason = "never meant to be used")]
mod shadows {
    pub(super) struct Result;
    pub(super) struct Ok;
    pub(super) struct String;
    pub(super) struct bool;
    pub(super) struct u8;
    pub(super) mod core {}
    pub(super) mod axum {}
}
#[expect(unused_imports, reason = "never meant to be used")]
use shadows::*;

#[requires(role = "clerk", scope = Read, check = yes)]
pub(super) async fn guarded() -> &'static str {
    ::std::future::ready("").await
}
#[public(reason = "a test")]
pub(super) async fn open() -> &'static str {
    ::std::future::ready("").await
}
#[check("always")]
async fn yes(_caller: &Identity, _: ::axum::http::Method) -> ::core::primitive::bool {
    ::std::future::ready(true).await
}
#[requires(role = Clerk)]
pub(super) fn function(caller: &Identity) -> ::core::result::Result<(), ::auth_core::AuthError> {
    let _ = caller;
    ::core::result::Result::Ok(())
}
pub(super) const VALUE: ::auth_core::Requirement = requirement!(any(role = "clerk", scope = Read));
