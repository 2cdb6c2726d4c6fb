//! The repository itself: what its documents promise is there.

mod documents;
mod features;
mod promises;
mod requirements;
mod rooms;
mod root;
mod source;
mod walks;
