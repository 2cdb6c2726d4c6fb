//! Accounts for [`auth_core`]: the half that gives callers the credentials that it checks.
//!
//! Passwords, passkeys, sessions, API keys, second factors, roles and groups, on a store that several nodes
//! share. [`Accounts`] is where an application begins: it brings the authentication schemes, the
//! assignments and a router to mount. Where the records are, [`store`] says; `auth-store` has the
//! stores.

pub mod accounts;
pub mod api_key;
pub mod assignment;
pub mod audit;
pub mod basic;
pub mod delivery;
pub mod factor;
pub mod model;
pub mod password;
pub mod provided;
pub mod review;
pub mod secret;
pub mod session;
pub mod sign_in;
pub mod store;
mod web;

pub use accounts::{Accounts, AccountsBuilder, AccountsError};
pub use web::pages;

/// The examples of the manual, which are tests too.
#[cfg(doctest)]
mod documents {
    #[doc = include_str!("../../docs/accounts.md")]
    struct Accounts;
}
