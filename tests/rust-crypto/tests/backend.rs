//! Which backend the vectors of this package were verified by.

#![cfg(test)]

use auth_core::__private::jws::BACKEND;

/// `tests/run` says which one it means to test; without that, the build decided.
#[test]
fn the_backend_is_the_one_that_was_asked_for() {
    let asked_for = std::env::var("AUTH_CORE_BACKEND").unwrap_or_else(|_| BACKEND.to_owned());
    assert_eq!(BACKEND, asked_for);
}
