//! What a release build refuses. `tests/run` builds `auth-core` once more for it, without debug assertions;
//! in any other run it shows that a development build takes the same.

#![cfg(test)]

use auth_core::authenticator::AuthenticatorError;
use auth_core::{Authenticator, Roles, testing};

#[derive(Clone, Copy, Roles)]
enum Role {
    Manager,
}

#[test]
fn a_user_of_a_development_server_is_no_part_of_a_release_build() {
    let user = testing::as_user("alice").role(Role::Manager);
    let built = Authenticator::builder().vocabulary::<(Role,)>().scheme(user).build();
    if cfg!(debug_assertions) {
        assert!(std::env::var_os("AUTH_CORE_RELEASED").is_none(), "built with debug assertions");
        assert!(built.is_ok(), "{built:?}");
    } else {
        assert!(matches!(built, Err(AuthenticatorError::DevelopmentScheme)), "{built:?}");
    }
}
