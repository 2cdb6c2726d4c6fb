//! How API keys look, and how long they last.

/// How API keys look, and how long they last.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct ApiKeySettings {}
