#![forbid(unsafe_code, deprecated, dead_code)]
#![deny(warnings, missing_docs, unused)]
//! The framework behind a re-export, under strict lints.

mod auth {
    pub(crate) use auth_core::*;
}

#[derive(Clone, Copy, auth_core::Roles)]
#[roles(crate = self::auth)]
enum Role {
    Clerk,
    #[role(includes(Clerk))]
    Manager,
}

#[test]
fn it_holds() {
    assert_eq!(auth::vocabulary::Authority::name(Role::Manager), "manager");
    assert_eq!(auth::vocabulary::Authority::name(Role::Clerk), "clerk");
}
