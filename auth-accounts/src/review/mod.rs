//! Who can call what, by name: what an auditor asks for.
//!
//! The access map of an application knows which roles open an endpoint, the store knows who holds them.
//! An [`AccessReview`] brings both together: for each endpoint the accounts and API keys that it lets
//! in, and why; for each account all that it can call. It is decided by the framework itself
//! ([`AccessMap::admission`](auth_core::AccessMap::admission)), as a request would be. What depends on
//! the login or on checks of the application is open here, and is listed beside the name.
//!
//! It is JSON, to be kept and [held against](AccessReview::since) the next one, comma-separated values, or
//! a page.

mod csv;
mod difference;
mod gather;
pub(crate) mod html;
mod judge;
mod model;

pub use difference::{ReviewDifference, ReviewedChange};
pub use model::{
    AccessReview, ByEveryAccount, ReviewError, ReviewedAccount, ReviewedAssignment, ReviewedCall,
    ReviewedCaller, ReviewedEndpoint, ReviewedKey,
};
