//! Where a credential stands in a request. Whether it is believable is the matter of
//! [`token`](crate::token).

mod authorization;
mod bearer;
mod presented;

pub use bearer::{CredentialError, bearer};

pub(crate) use authorization::Unread;
pub(crate) use presented::{Presented, Scheme};
