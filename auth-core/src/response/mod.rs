//! How a request is rejected: the status, the challenge and the body that its client sees.

mod challenge;
pub(crate) mod rejection;
mod renderer;

pub use renderer::{ErrorDetail, RejectionBody, RejectionInfo};

pub(crate) use challenge::Challenges;
pub(crate) use rejection::{Rejection, finalize_response};
pub(crate) use renderer::{DpopChallenge, RejectionRenderer, status};
