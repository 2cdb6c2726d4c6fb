//! The repository itself: what its documents promise is there.

mod documents;
