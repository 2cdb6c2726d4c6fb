//! Who calls, and what vouches for it.

pub(crate) mod authentication;
pub(crate) mod caller;

pub use authentication::{AuthenticationBuilder, KnownAuthentication};

pub(crate) use authentication::Authentication;
pub(crate) use caller::Identity;
