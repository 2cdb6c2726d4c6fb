//! Tokens: how they are issued.

pub(crate) mod issue;
