//! How sessions are carried, and how long they last.

/// How sessions are carried, and how long they last.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct SessionSettings {}
