//! Levels by variant, by path and by text; a text alone where there are none.
#![allow(unused)]

#[path = "../../access.rs"]
mod access;

use access::{Level, Role};
use auth_core::{AuthError, Identity, Requirement, requirement, requires};

#[requires(acr = Mfa)]
async fn by_variant() {}

#[requires(role = Admin, acr = access::Level::Password, max_age = "5m")]
async fn by_path() {}

#[requires(acr = "urn:mfa")]
async fn by_text() {}

#[requires(acr = Visit | "urn:mfa")]
async fn either() {}

#[requires(acr = Password, not(acr = Mfa))]
async fn weak_alone() {}

/// Returns an error to others.
#[requires(acr = Mfa)]
fn function(caller: &Identity) -> Result<(), AuthError> {
    Ok(())
}

const STRONG: Requirement = requirement!(acr = "urn:mfa");

#[requires(STRONG)]
async fn named() {}

mod by_a_glob {
    use super::access::*;

    #[auth_core::requires(acr = "password")]
    async fn handler() {}
}

mod in_a_function {
    use auth_core::{AuthLevels, requires};

    fn module() {
        #[derive(Clone, Copy, AuthLevels)]
        enum Level {
            Mfa,
        }

        #[requires(acr = Mfa)]
        async fn handler() {}
    }
}

/// Any text will do.
mod without_levels {
    #[auth_core::requires(acr = "phr")]
    async fn handler() {}

    const EITHER: auth_core::Requirement = auth_core::requirement!(acr = "phr" | "phrh");
}

mod another_type_of_that_name {
    struct Level<'a>(&'a str);

    #[auth_core::requires(acr = "phr")]
    async fn handler() {}
}
