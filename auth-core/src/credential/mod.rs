//! Where a credential stands in a request. Whether it is believable is the matter of
//! [`verify`](crate::verify).

mod bearer;
mod presented;

pub use bearer::{CredentialError, bearer};

pub(crate) use presented::{Presented, Scheme};
